"""What the verdict says, in a sentence and as findings; their codes stand in the table of `findings.py`."""

from typing import Any

from regctl.analysis.verdict import Fit, Verdict
from regctl.types import Finding

HARDLY = 0.9  # of a constant's loss
_MORE_REGULARIZATION = "Regularize more (a larger grid, or dropout), take a smaller model, or add rows."
_MORE_CAPACITY = (
    "Try a larger model, further features or more epochs; if what is left is noise, nothing helps."
)


def fit_finding(verdict: Verdict) -> Finding | None:
    """REG701 underfitting, REG702 overfitting, REG703 regularizing although underfitting; None where it fits."""
    message, evidence = sentence(verdict), evidence_of(verdict)
    if verdict.kind == "overfit":
        return Finding("REG702", "warning", message, evidence, _MORE_REGULARIZATION)
    if verdict.why == "too strong":
        return Finding(
            "REG703", "warning", message, evidence, "Regularize less: a smaller λ, or lower rates."
        )
    if verdict.why != "poor":
        return None
    if verdict.regularized and verdict.reference.validation <= verdict.selected.validation:
        also = f"{message} It is regularized all the same, which is not shown to help."
        return Finding("REG703", "warning", also, evidence, "Take λ = 0 and no dropout, then a larger model.")
    return Finding("REG701", "warning", message, evidence, _MORE_CAPACITY)


def sentence(verdict: Verdict) -> str:
    """The verdict in plain words, with its evidence."""
    selected, reference = verdict.selected, verdict.reference
    losses, error = _losses(selected), f"{selected.se or 0.0:.2g}"
    without = f"Without regularization it overfits ({_losses(reference)})"
    unclear = "Whether the model under- or overfits cannot be told"
    texts = {
        "unknown": f"{unclear}: a loss or its standard error is not known.",
        "noisy": f"{unclear}: the validation loss, {selected.validation:.3g}, is known to ± {error} only.",
        "gap not shown": f"{unclear}: the gap between training and validation loss may be chance ({losses} ± {error}).",
        "too strong": f"The selected setting underfits: it is regularized ({losses}), and without regularization the "
        f"validation loss is lower ({_losses(reference)}).",
        "between": f"The selected setting fits ({losses}): more regularization underfits. {without}.",
        "reference overfits": f"The selected setting fits ({losses}). {without}.",
        "gap": f"The selected setting overfits: its validation loss is {_times(selected)} its training loss "
        f"({losses}).",
        "poor": f"The model underfits: it explains training and validation rows about equally badly ({losses}; a "
        f"constant would have {verdict.constant:.3g}).",
        "no gap": f"The selected setting fits: no gap between training and validation loss is shown ({losses}).",
        "small gap": f"The selected setting fits: the gap between training and validation loss is small ({losses}).",
    }
    poor = selected.validation > HARDLY * verdict.constant and verdict.why != "poor"
    than = "worse" if selected.validation > verdict.constant else "hardly better"
    return (
        texts[verdict.why] + f" It is {than} than a constant, which would have {verdict.constant:.3g}." * poor
    )


def evidence_of(verdict: Verdict) -> dict[str, Any]:
    """The numbers the verdict rests on."""
    known = {"selected": verdict.selected, "reference": verdict.reference, "strongest": verdict.strongest}
    settings = {name: None if fit is None else _numbers(fit) for name, fit in known.items()}
    return {**settings, "constant": verdict.constant}


def _numbers(fit: Fit) -> dict[str, float | None]:
    return {
        "train_loss": fit.train,
        "validation_loss": fit.validation,
        "validation_se": fit.se,
        "difference_se": fit.apart,
    }


def _losses(fit: Fit) -> str:
    return f"training {fit.train:.3g}, validation {fit.validation:.3g}"


def _times(fit: Fit) -> str:
    if fit.train <= 0 or fit.validation / fit.train > 99:
        return "over 99 times"
    return f"{fit.validation / fit.train:.1f} times"
