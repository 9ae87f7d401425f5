"""Does the model under- or overfit? Read off the losses of three settings, and what a constant would score."""

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

SHOWN = 2.0  # standard errors: what a difference must exceed
WORTH = 0.05  # of a validation loss: what another one must be above it by
WIDE = (
    0.25  # of the validation loss: a gap between training and validation worth naming, a loss known too badly
)
POOR = 0.5  # of a constant's loss: a model that leaves more than half of it unexplained fits poorly

Kind: TypeAlias = Literal["underfit", "overfit", "fits", "cannot tell"]
Why: TypeAlias = Literal[
    "unknown",
    "noisy",
    "too strong",
    "between",
    "gap",
    "reference overfits",
    "gap not shown",
    "poor",
    "no gap",
    "small gap",
]


@dataclass(frozen=True)
class Fit:
    """One setting: mean data losses, the standard error of the validation loss, and that of its paired difference.

    `apart` is the standard error of this setting's validation loss less the selected one's on the same rows; None of
    the selected setting itself, or where it is not known.
    """

    train: float
    validation: float
    se: float | None
    apart: float | None = None

    @property
    def gap(self) -> float:
        """Validation loss less training loss."""
        return self.validation - self.train

    @property
    def known(self) -> bool:
        """Whether the losses are there."""
        return math.isfinite(self.train) and math.isfinite(self.validation)


@dataclass(frozen=True)
class Verdict:
    """How the selected setting fits, why that is said, and whether the reference overfits.

    `selected`, `reference` and `strongest` are the evidence (`strongest` None without an axis), `constant` the loss of
    the best constant prediction. `regularized`: the selected setting has a penalty, noise or decay.
    """

    kind: Kind
    why: Why
    selected: Fit
    reference: Fit
    strongest: Fit | None
    constant: float
    regularized: bool
    reference_overfits: bool = False


def verdict(
    selected: Fit, reference: Fit, strongest: Fit | None, constant: float, *, regularized: bool = True
) -> Verdict:
    """Under- or overfit, fits, or cannot tell, as the textbook reads a curve of loss against complexity.

    Less regularization lowers the training loss. Where it also raises the validation loss, the model overfits there;
    where more of it raises both, the model underfits there (Hastie, Tibshirani and Friedman 2009, section 7.2;
    Goodfellow, Bengio and Courville 2016, section 5.2). A difference counts when it is more than two standard errors
    from 0: of two settings paired by row, of training and validation loss √(1 + (training / validation)²) times that of
    the validation loss, since these are different rows, and a lower loss varies less. Of two settings it must be 5 % of
    the loss besides. In this order:

    - `cannot tell`, unknown: a loss or its standard error is not known;
    - `underfit`, too strong: the reference has the lower validation loss, and the selected setting is regularized;
    - `fits`, between: the reference has the higher validation loss, and a gap between it and its training loss of over
      a quarter of it, so that it overfits, and the strongest setting has both losses higher;
    - `overfit`: the gap between validation and training loss is shown, and over a quarter of the validation loss;
    - `fits`: the reference overfits, and the gap that is left is no such;
    - `cannot tell`: a gap that wide is measured and not shown, or the standard error is over a quarter of the loss;
    - `underfit`, poor: no such gap, regularization not shown to help, and a validation loss over half of a constant's:
      a model that can fit neither part. (Or what is left is noise, which these losses cannot tell from it.)
    - `fits`: neither.

    Parameters:
        selected, reference, strongest: the settings; None for the last without an axis to be strong along.
        constant: data loss of the best constant prediction, on the training rows.
        regularized: whether the selected setting is, by penalty, noise or decay.
    """

    def found(kind: Kind, why: Why, overfits: bool = False) -> Verdict:
        return Verdict(kind, why, selected, reference, strongest, constant, regularized, overfits)

    if not selected.known or not reference.known or not selected.se:
        return found("cannot tell", "unknown")
    if regularized and _worse(replace(selected, apart=reference.apart), reference):
        return found("underfit", "too strong")
    overfits = _worse(reference, selected) and reference.gap > WIDE * reference.validation
    if (
        overfits
        and strongest is not None
        and _worse(strongest, selected)
        and strongest.train > selected.train
    ):
        return found("fits", "between", overfits)
    wide, shown = selected.gap > WIDE * selected.validation, _above(selected.gap, _gap_error(selected))
    if wide and shown:
        return found("overfit", "gap", overfits)
    if overfits:
        return found("fits", "reference overfits", overfits)
    if wide:
        return found("cannot tell", "gap not shown")
    if selected.se > WIDE * selected.validation:
        return found("cannot tell", "noisy")
    if selected.validation > POOR * constant:
        return found("underfit", "poor")
    return found("fits", "small gap" if shown else "no gap")


def _gap_error(fit: Fit) -> float | None:
    return None if fit.se is None else fit.se * math.hypot(1.0, fit.train / fit.validation)


def _worse(other: Fit, selected: Fit) -> bool:
    """Whether another setting's validation loss is shown to be the higher, by 5 %; one that diverged tells nothing."""
    higher = other.validation - selected.validation
    return other.known and higher > WORTH * selected.validation and _above(higher, other.apart)


def _above(difference: float, error: float | None) -> bool:
    return error is not None and error > 0 and difference > SHOWN * error
