"""Which setting a curve singles out, along an axis of any kind and over two crossed axes."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.types import CurvePoint, Float64, Int64, Selection

Stronger: TypeAlias = Literal["larger", "smaller"]

MORE_REGULARIZED: Mapping[str, Stronger] = {
    "lambda": "larger",
    "l1_ratio": "larger",  # more of λ on Σ|θ|: fewer coefficients
    "dropout": "larger",
    "degree": "smaller",
    "samples": "larger",  # no regularization; of equal losses that of more rows
}
"""Which values of an axis are more regularized; ties go to them."""


def lowest(mean: Float64, *strengths: Float64) -> int | None:
    """The place of the lowest mean validation loss; None when none is finite.

    Of equal losses that of the largest first of `strengths` (each `[P]`, see `strength`), then of the second.

    Parameters:
        mean: `[P]`, not finite for a setting with a replicate that diverged.
        strengths: of the sweep's own axis, and of the one it is crossed with.
    """
    if not np.isfinite(mean).any():
        return None
    keys = [-each for each in reversed(strengths)]
    return int(np.lexsort([*keys, np.where(np.isfinite(mean), mean, np.inf)])[0])


def strength(axis: str, values: Sequence[float]) -> Float64:
    """Values `[P]` of an axis as numbers that grow with regularization."""
    numbers = np.asarray(values, dtype=np.float64)
    return numbers if MORE_REGULARIZED[axis] == "larger" else -numbers


def one_standard_error(
    strengths: Float64, mean: Float64, se: float | None, candidates: NDArray[np.bool_]
) -> int:
    """The place of the strongest candidate whose mean is at most the minimum's plus `se` (Breiman et al. 1984, 3.4.3).

    Parameters:
        strengths: along the sweep's own axis `[P]`.
        mean: validation loss `[P]`, not finite where a replicate diverged.
        se: the minimum's `validation_se`; without one, only ties are stronger than the minimum.
        candidates: `[P]`, the settings that share the minimum's value of the other axis; the minimum is the lowest of
            them.

    Raises:
        ValueError: no candidate has a finite mean.
    """
    allowed = candidates & np.isfinite(mean)
    if not allowed.any():
        raise ValueError("no candidate has all its replicates")
    allowed &= mean <= mean[allowed].min() + (se or 0.0)
    return int(np.where(allowed, strengths, -np.inf).argmax())


def select(
    points: Sequence[CurvePoint],
    rule: Literal["minimum", "one_standard_error"],
    axis: str = "lambda",
    other: tuple[str, Sequence[float]] | None = None,
) -> Selection | None:
    """The minimum, the one-standard-error choice, and the one of them that `rule` selects.

    The minimum has the lowest mean validation loss over all points; the one-standard-error choice is, among the points
    that share its value of the other axis, the most regularized along `axis` whose mean is at most the minimum's plus
    the minimum's `validation_se` (as `lambda.1se` of glmnet). Without a standard error the two are the same. Larger λ,
    larger rate and lower degree are more regularized, and ties go to the more regularized.

    Parameters:
        points: one per setting; `value` is that of `axis`.
        rule: which of the two is selected.
        axis: the sweep's own.
        other: the axis it is crossed with and its value at each point.

    Returns None when no setting has all its replicates.

    Raises:
        ValueError: along `samples`, where each size has its own choice (`lowest_at_each`).
    """
    if axis == "samples":
        raise ValueError("no setting is selected along samples; each size has its own choice")
    mean = np.array([point.validation_loss for point in points], dtype=np.float64)
    strengths = strength(axis, [point.value for point in points])
    crossed = np.zeros(len(points)) if other is None else strength(*other)
    place = lowest(mean, strengths, crossed)
    if place is None:
        return None
    minimum = points[place]
    within = one_standard_error(strengths, mean, minimum.validation_se, crossed == crossed[place])
    chosen = points[within]
    return Selection(minimum, chosen, minimum if rule == "minimum" else chosen)


def lowest_at_each(values: Sequence[float], mean: Float64, strengths: Float64) -> dict[float, int | None]:
    """For each distinct value of an axis, ascending, the place of its lowest mean; as λ is chosen anew at each size.

    Parameters:
        values: of the axis, `[P]`.
        mean: validation loss `[P]`; a value without a finite one has None.
        strengths: `[P]`, of the other axis; ties go to the larger.
    """
    own = np.asarray(values, dtype=np.float64)
    return {float(value): lowest(np.where(own == value, mean, np.nan), strengths) for value in np.unique(own)}


def along(values: Sequence[float], place: int) -> Int64:
    """The places of the points that share `values[place]`: the line through it along the other axis."""
    own = np.asarray(values, dtype=np.float64)
    return np.flatnonzero(own == own[place]).astype(np.int64)
