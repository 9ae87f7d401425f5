"""Whether the models of a spec have an exact solution."""

from typing import TYPE_CHECKING

from regctl.spec.model import LINEAR_MODELS

if TYPE_CHECKING:
    from regctl.spec.schema import Spec

EXACT_GOES_WITH = (
    f"model {' or '.join(LINEAR_MODELS)} and squared loss, "
    "without input dropout, weight decay and early stopping"
)


def hindrances(spec: "Spec") -> tuple[str, ...]:
    """What in the spec keeps its models from being the minimum of the objective in closed form; () when nothing does.

    The exact solution minimises `mean squared error + λ₁Σ|θ| + λ₂Σθ²` of a model linear in its parameters. Noise and
    AdamW's decay minimise something else, and a trial that stops early ends elsewhere on purpose.
    """
    regularization = spec.regularization
    found = {
        f"model {spec.model.name}": not spec.model.is_linear,
        f"input_dropout {regularization.input_dropout:g}": regularization.input_dropout > 0,
        f"weight_decay {regularization.weight_decay:g}": regularization.weight_decay > 0,
        "early_stopping": spec.training.early_stopping is not None,
    }
    texts = [text for text, hinders in found.items() if hinders]
    return tuple(texts if (other := other_loss(spec)) is None else [*texts, other])


def is_solved(spec: "Spec") -> bool:
    """Whether the spec's models are solved exactly: where they can be, unless it wants gradient descent."""
    return spec.training.solver != "gradient" and not hindrances(spec)


def other_loss(spec: "Spec") -> str | None:
    """What in the spec makes the loss another than the squared one; None when nothing does."""
    if spec.task == "classification":
        return "task classification"
    return None if spec.training.loss in ("auto", "mean_squared_error") else f"loss {spec.training.loss}"
