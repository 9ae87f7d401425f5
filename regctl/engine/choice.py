"""Which engine trains a spec's models, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from regctl.engine.stacking import unstackable
from regctl.models.layers import Layer
from regctl.spec.schema import Spec
from regctl.spec.solvers import hindrances
from regctl.types import EngineName


@dataclass(frozen=True)
class EngineChoice:
    """An engine, and in a few words why it is the one."""

    engine: EngineName
    why: str


def choose_engine(spec: Spec) -> EngineChoice:
    """The exact engine where the minimum of the objective can be computed, unless the spec wants gradient descent."""
    found = hindrances(spec)
    if found:
        return EngineChoice("fused", f"gradient descent: no exact solution with {' and '.join(found)}")
    if spec.training.solver == "gradient":
        return EngineChoice("fused", "gradient descent: training.solver is gradient")
    return EngineChoice("exact", f"exact solution: a {spec.model.name} model with squared loss")


def fitting_choice(choice: EngineChoice, layers: Sequence[Layer]) -> EngineChoice:
    """The choice, or the Keras engine in place of the fused one where a layer does not stack."""
    layer = unstackable(layers)
    if choice.engine != "fused" or layer is None:
        return choice
    what = f"{layer.name} ({type(layer).__name__})"
    return EngineChoice("keras", f"{what} does not stack: trained by the Keras engine, each trial by itself")


def seeds_note(choice: EngineChoice, asked: int) -> tuple[str, ...]:
    """What to say where the spec asks for several seeds of something that is not random."""
    if choice.engine != "exact" or asked == 1:
        return ()
    return (f"The exact solution is the same for every seed: 1 seed instead of {asked}.",)
