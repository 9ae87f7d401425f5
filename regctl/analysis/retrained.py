"""Two settings retrained on the same fresh seeds and scored on the same rows: their difference, with its interval."""

import numpy as np
from scipy.special import stdtrit

from regctl.analysis.uncertainty import se_folds, standard_errors
from regctl.types import Float64, Int64, Interval


def row_difference(first: Float64, second: Float64, blocks: Int64 | None = None) -> Interval:
    """Mean loss of `first` less that of `second`, both `[seeds, rows]`, paired by seed and row; 95 %.

    The standard error is that of DESIGN section 7 for the differences d: √(se_rows² + se_seeds²). The interval is
    value ± t·se, t with Welch and Satterthwaite's degrees of freedom (Satterthwaite 1946): se⁴ / (se_rows⁴/(n − 1) +
    se_seeds⁴/(S − 1)), n being rows, or blocks of rows that belong together. None without a standard error.
    """
    differences = first - second
    if not np.isfinite(differences).all():
        return Interval(float("nan"), None, None)
    (errors,) = standard_errors(differences[None], blocks)
    value = float(differences.mean())
    if errors.validation is None or errors.rows is None:
        return Interval(value, None, None)
    independent = differences.shape[1] if blocks is None else len(np.unique(blocks))
    parts = [(errors.rows, independent - 1)]
    parts += [] if errors.seeds is None else [(errors.seeds, len(differences) - 1)]
    return _interval(value, errors.validation, _degrees_of_freedom(parts))


def fold_difference(first: Float64, second: Float64, repeats: int = 1) -> Interval:
    """The same under k-fold, of losses `[seeds, folds]`: sd over the K folds/√K, and t with K − 1."""
    differences = first - second
    if not np.isfinite(differences).all():
        return Interval(float("nan"), None, None)
    error = float(se_folds(differences, repeats))
    return _interval(float(differences.mean()), error, differences.shape[1] // repeats - 1)


def _degrees_of_freedom(parts: list[tuple[float, int]]) -> float:
    spread = sum(error**4 / degrees for error, degrees in parts)
    return float(sum(error**2 for error, _ in parts) ** 2 / spread) if spread > 0 else 1.0


def _interval(value: float, error: float, degrees: float) -> Interval:
    reach = float(stdtrit(degrees, 0.975)) * error
    return Interval(value, value - reach, value + reach)
