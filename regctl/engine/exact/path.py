"""`lambda: auto`: which λ are worth trying."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from regctl.engine.exact.least_squares import least_squares
from regctl.errors import DataError
from regctl.types import Float64

# Ridge has no λ that makes every weight zero: below this share of L1 the path starts as if it had this much (glmnet).
_SMALLEST_RATIO = 1e-3


def lambda_max(x: NDArray[Any], y: NDArray[Any], l1_ratio: float) -> float:
    """The smallest λ at which λ₁ = λ·l1_ratio leaves no nonzero weight: `(2/n)·max|xᵀy| / l1_ratio`, both centred.

    A ratio below 0.001 counts as 0.001 (Friedman, Hastie and Tibshirani 2010, section 2.5, and glmnet).

    Parameters:
        x: `[n, d]`, training rows only.
        y: `[n]`, on the model's scale.
        l1_ratio: r, in λ₁ = λ·r and λ₂ = λ·(1 − r).
    """
    problem = least_squares(x, y)
    steepest = float(np.abs(problem.products).max())
    return 2 * steepest / problem.rows / max(l1_ratio, _SMALLEST_RATIO)


def lambda_path(x: NDArray[Any], y: NDArray[Any], l1_ratio: float, points: int = 100) -> Float64:
    """`points` values from λ_max down to 1e-4 of it, or 1e-2 where rows < columns, evenly on the log scale.

    Raises:
        DataError: no column is correlated with the target, so that there is nothing to penalise.
    """
    strongest = lambda_max(x, y, l1_ratio)
    if not strongest > 0:
        raise DataError(
            "lambda auto: expected a feature that is correlated with the target in the training rows, found none.",
            "Give λ values, or other features.",
        )
    weakest = 1e-4 if x.shape[0] >= x.shape[1] else 1e-2
    path: Float64 = strongest * np.geomspace(1.0, weakest, points)
    return path
