"""The target's scale: a transform, then centred and divided, fitted on training rows; and what has no scale."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.errors import DataError
from regctl.spec.dataset import Dataset
from regctl.types import Float32, Float64, TargetPreparation

_Elementwise: TypeAlias = Callable[[Float64], Float64]
_TRANSFORMS: dict[str, _Elementwise] = {"none": np.positive, "log": np.log, "log10": np.log10}
_INVERSES: dict[str, _Elementwise] = {
    "none": np.positive,
    "log": np.exp,
    "log10": lambda z: np.power(10.0, z),
}
_NEGLIGIBLE_STEPS = 4


def is_constant(values: Float64) -> bool:
    """Whether values `[n]` span no more than four steps of float32 at their size: what is left is rounding."""
    step = np.finfo(np.float32).eps * np.abs(values).max()
    return bool(np.ptp(values) <= _NEGLIGIBLE_STEPS * step)


def fit_target(
    values: Float64, dataset: Dataset, unit: str | None, classes: tuple[str, ...] = ()
) -> TargetPreparation:
    """The scale of the training rows' target, float64 `[n]`; its sd has divisor n. Classes have none.

    Raises:
        DataError: the target is the same in every training row, or too large for float32 after scaling.
    """
    name, transform = dataset.target, dataset.target_transform
    if classes:
        return TargetPreparation(name, unit, "none", 0.0, 1.0, classes)
    transformed = _TRANSFORMS[transform](values)
    if transformed.min() == transformed.max():
        raise DataError(
            f"target {name!r} is {values[0]:g} in every training row.",
            "Add rows, change split, or choose another target.",
        )
    mean, sd = 0.0, 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        if dataset.target_scale == "standardize":
            mean, sd = float(transformed.mean()), float(transformed.std())
        largest = np.abs((transformed - mean) / sd).max()
    if not (np.isfinite(sd) and largest < np.finfo(np.float32).max):
        raise DataError(
            f"target {name!r}: expected values below 3.4e38, received up to {np.abs(values).max():g}.",
            "Change its unit in the file.",
        )
    return TargetPreparation(name, unit, transform, mean, sd)


def scale_target(preparation: TargetPreparation, target: NDArray[Any]) -> Float32:
    """`(transform(y) − mean) / sd`, float32 `[n]`, from y in the target's own unit; computed in float64."""
    transformed = _TRANSFORMS[preparation.transform](np.asarray(target, dtype=np.float64))
    with np.errstate(over="ignore"):
        return ((transformed - preparation.mean) / preparation.sd).astype(np.float32)


def unscale_target(preparation: TargetPreparation, scaled: NDArray[Any]) -> Float64:
    """The inverse of `scale_target`: float64 of any shape in the target's own unit, inf beyond float64."""
    transformed = np.asarray(scaled, dtype=np.float64) * preparation.sd + preparation.mean
    with np.errstate(over="ignore"):
        return _INVERSES[preparation.transform](transformed)


def rescaled(scaled: Float32, own: TargetPreparation, other: TargetPreparation) -> Float32:
    """Numbers on one scale of a target, moved to another scale of it; the same bits where the two are one."""
    if own == other:
        return scaled
    with np.errstate(over="ignore", invalid="ignore"):
        moved = (scaled.astype(np.float64) * own.sd + own.mean - other.mean) / other.sd
        return moved.astype(np.float32)
