"""Metrics of a regression, defined once on sums over rows.

A metric is a function of column sums, so that the same definition serves a whole part, every bootstrap
resample and every jackknife (`uncertainty.py`).

rmse = √(mean e²), mae = mean |e|, r2 = 1 − Σe² / Σ(y − ȳ)² with e = prediction − truth, as in `sklearn.metrics`, all in
the target's own unit (r2 has none); r2 is NaN when all truths are equal.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.types import Float64

Statistic: TypeAlias = Callable[[Float64], Float64]
"""From sums float64 `[..., columns]` to values `[...]`."""

_COUNT, _LOSS, _SQUARED, _ABSOLUTE, _TRUTH, _TRUTH_SQUARED = range(6)


def metric_columns(loss: Float64, prediction: Float64, truth: Float64) -> Float64:
    """The columns `[n, 6]` whose sums every statistic here is a function of.

    Parameters:
        loss: per-row data loss `[n]` on the model's scale.
        prediction: `[n]` in the target's own unit.
        truth: `[n]` in the target's own unit.

    Raises:
        ValueError: the shapes are not one and the same `(n,)`, or n is 0.
    """
    check_vectors(loss, prediction, truth)
    if len(truth) == 0:
        raise ValueError("no rows")
    error = prediction - truth
    centred = truth - truth.mean()  # r2 does not change, and its variance does not cancel
    return np.column_stack([np.ones_like(truth), loss, error**2, np.abs(error), centred, centred**2])


def mean_loss(sums: Float64) -> Float64:
    """Mean of the per-row data loss."""
    return sums[..., _LOSS] / sums[..., _COUNT]


def _rmse(sums: Float64) -> Float64:
    return np.sqrt(sums[..., _SQUARED] / sums[..., _COUNT])


def _mae(sums: Float64) -> Float64:
    return sums[..., _ABSOLUTE] / sums[..., _COUNT]


def _r2(sums: Float64) -> Float64:
    total = np.asarray(sums[..., _TRUTH_SQUARED] - sums[..., _TRUTH] ** 2 / sums[..., _COUNT])
    # A resample may repeat a single value: what is left of its variance is rounding.
    varies = total > 1e-12 * sums[..., _TRUTH_SQUARED]
    return 1 - np.divide(sums[..., _SQUARED], total, out=np.full_like(total, np.nan), where=varies)


METRICS: Mapping[str, Statistic] = {"rmse": _rmse, "mae": _mae, "r2": _r2}


def check_vectors(*arrays: NDArray[np.floating]) -> None:
    """Refuse anything but vectors of one length.

    Raises:
        ValueError: names the shapes.
    """
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise ValueError(
            f"expected vectors of one length. Received shapes: {[array.shape for array in arrays]}"
        )
