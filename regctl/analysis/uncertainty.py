"""Standard errors and intervals: the bootstrap over rows, or over whole blocks of rows that belong together.

A resample is one row of counts: how often each block was drawn. What is a function of column sums needs those counts
times the blocks' sums, and its jackknife is the total less one block. What depends on the order of rows (areas under
curves) takes the counts as weights. Rows are blocks of one row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from regctl.analysis.metrics import Statistic
from regctl.types import Float64, Int64, Interval

_SE_RESAMPLES = 2_000  # the standard error of a standard error is then 1.6 %
_INTERVAL_RESAMPLES = 9_999
_LARGE_RESAMPLES = (
    1_999  # from 50,000 blocks (or many classes) on, where a test set would otherwise take a minute
)
_LARGEST_SUMS = 1_000_000  # numbers of which 9,999 weighted sums are a matter of a second
_WEIGHTED_RESAMPLES = (1_999, 499)  # of weighted statistics: as many as the work allows, within these bounds
_WEIGHTED_WORK = 50_000_000
_MOST_JACKKNIVES = 400  # of weighted statistics: beyond, blocks are left out in groups
_COUNTS_AT_ONCE = 1 << 16  # stays in the processor's cache
_WIDE = 8  # columns: products with more of them are slow unless they are large
_WIDE_COUNTS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class StandardErrors:
    """Of a mean validation loss; each None where it cannot be estimated. `folds` is that of k-fold, the others None."""

    rows: float | None
    seeds: float | None
    folds: float | None = None

    @property
    def validation(self) -> float | None:
        """√(rows² + seeds²); without a spread over seeds, that over rows; None without the latter. Or `folds`."""
        if self.folds is not None:
            return self.folds
        return None if self.rows is None else float(np.hypot(self.rows, self.seeds or 0.0))


def standard_errors(
    row_losses: Float64, blocks: Int64 | None = None, *, seed: int = 0
) -> tuple[StandardErrors, ...]:
    """Standard errors of each setting's mean validation loss under a holdout (DESIGN section 7).

    `rows`: the per-row loss is averaged over seeds first; then the standard deviation of its mean over
    bootstrap resamples of the rows (Efron and Tibshirani 1993, chapter 6), of whole blocks when given. All
    settings see the same resamples. `seeds`: sd/√S over the S seeds' mean losses, with S − 1 in the sd; None
    when S is 1.

    Parameters:
        row_losses: `[settings, replicates, rows]`; a setting with a value that is not finite has no standard
            errors.
        blocks: int `[rows]`, rows that share a number are resampled together; None when rows are independent.
        seed: of the resampling.

    Raises:
        ValueError: the shapes disagree.
    """
    if row_losses.ndim != 3:
        raise ValueError(f"expected [settings, replicates, rows]. Received shape: {row_losses.shape}")
    finite = np.isfinite(row_losses).all(axis=(1, 2))
    rows = np.full(len(row_losses), np.nan)
    rows[finite] = _se_rows(row_losses[finite].mean(axis=1), blocks, seed)
    seeds = np.full(len(row_losses), np.nan)
    seeds[finite] = se_seeds(row_losses[finite].mean(axis=2))
    return tuple(StandardErrors(_known(a), _known(b)) for a, b in zip(rows, seeds, strict=True))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _se_rows(losses: Float64, blocks: Int64 | None, seed: int) -> Float64:
    """Bootstrap standard error `[settings]` of the mean of `losses` `[settings, rows]`; NaN: one block."""
    # Shifting changes no standard error, and equal losses come out as exactly 0.
    centred = losses - np.median(losses, axis=1, keepdims=True)
    sums = block_sums(np.vstack([np.ones(losses.shape[1]), centred]).T, blocks)
    if len(sums) < 2:
        return np.full(len(losses), np.nan)
    draws = resampled_sums(sums, _SE_RESAMPLES, seed)
    return np.asarray((draws[:, 1:] / draws[:, :1]).std(axis=0, ddof=1))


def se_seeds(losses: Float64) -> Float64:
    """sd/√S over the last axis (S seeds), with S − 1 in the sd; NaN when S is 1."""
    seeds = losses.shape[-1]
    if seeds < 2:
        return np.full(losses.shape[:-1], np.nan)
    return np.asarray(losses.std(axis=-1, ddof=1) / np.sqrt(seeds))


def se_folds(losses: Float64, repeats: int = 1) -> Float64:
    """Standard error of a loss averaged over the K folds of k-fold: `[…, seeds, repeats · K]` → `[…]`.

    Seeds are averaged within a fold first. Then sd/√K over the folds (K − 1 in the sd), as usual (Hastie, Tibshirani
    and Friedman 2009, section 7.10); the training sets overlap, so that it is somewhat small, and no unbiased estimate
    exists (Bengio and Grandvalet 2004). Repeats divide the same rows anew and add no rows: √(repeats · K) would promise
    a precision they cannot give (Nadeau and Bengio 2003). So the variance is averaged over repeats and divided by K
    alone: repeats make the standard error steadier, not smaller.
    """
    by_fold = losses.mean(axis=-2)
    by_repeat = by_fold.reshape(*by_fold.shape[:-1], repeats, -1)
    variance = by_repeat.var(axis=-1, ddof=1).mean(axis=-1)
    return np.asarray(np.sqrt(variance / by_repeat.shape[-1]))


def block_sums(columns: Float64, blocks: Int64 | None) -> Float64:
    """Sums `[blocks, k]` of the rows of `columns` `[rows, k]`; without blocks, each row is one.

    Raises:
        ValueError: `blocks` does not have one number per row.
    """
    if blocks is None:
        return columns
    if blocks.shape != (len(columns),):
        raise ValueError(f"expected one block number per row, {len(columns)}. Received shape: {blocks.shape}")
    numbers, place = np.unique(blocks, return_inverse=True)
    sums = np.zeros((len(numbers), columns.shape[1]))
    np.add.at(sums, place, columns)
    return sums


def resampled_sums(sums: Float64, resamples: int, seed: int) -> Float64:
    """Totals `[resamples, k]` of as many blocks as `sums` `[blocks, k]` has, drawn with replacement."""
    size, width = sums.shape
    numbers = _COUNTS_AT_ONCE if width <= _WIDE else _WIDE_COUNTS_AT_ONCE
    drawn = _counts(size, resamples, seed, max(1, numbers // size))
    return np.concatenate([counts @ sums for counts in drawn])


def _counts(size: int, resamples: int, seed: int, at_once: int) -> Iterator[Float64]:
    """How often each of `size` blocks is drawn, `[at_once, size]` at a time, `resamples` in all."""
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        drawn = generator.integers(0, size, (count, size)) + size * np.arange(count)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=count * size).reshape(count, size)
        yield counts.astype(np.float64)


@dataclass(frozen=True)
class Resamples:
    """Column sums: `total` `[k]`, of each `bootstrap` resample `[B, k]`, of all but one block `[n, k]`."""

    total: Float64
    bootstrap: Float64
    jackknife: Float64


def resample(columns: Float64, blocks: Int64 | None = None, *, seed: int = 0) -> Resamples:
    """Resample the rows (or whole blocks) of `columns` `[rows, k]` once, for any number of statistics."""
    sums = block_sums(columns, blocks)
    total = np.asarray(sums.sum(axis=0))
    small = len(sums) < 50_000 and sums.size < _LARGEST_SUMS
    resamples = _INTERVAL_RESAMPLES if small else _LARGE_RESAMPLES
    return Resamples(total, resampled_sums(sums, resamples, seed), total - sums)


@dataclass(frozen=True)
class Draws:
    """A statistic: its `value`, that of each `bootstrap` resample `[B]`, and those with blocks left out `[m]`."""

    value: float
    bootstrap: Float64
    jackknife: Float64

    def minus(self, other: "Draws") -> "Draws":
        """The difference of two statistics that were drawn together: with the same seed on the same rows."""
        return Draws(
            self.value - other.value, self.bootstrap - other.bootstrap, self.jackknife - other.jackknife
        )


@np.errstate(divide="ignore", invalid="ignore")  # all but one block of one is nothing
def draws(resamples: Resamples, statistic: Statistic) -> Draws:
    """A statistic of column sums."""
    return Draws(
        float(statistic(resamples.total)), statistic(resamples.bootstrap), statistic(resamples.jackknife)
    )


def weighted_draws(
    statistics: Callable[[Float64], Float64],
    rows: int,
    blocks: Int64 | None = None,
    *,
    work: int = 1,
    seed: int = 0,
) -> tuple[Draws, ...]:
    """Statistics of weighted rows: 1,999 resamples where 50 million weighted rows allow it, and at least 499.

    Beyond 400 blocks the jackknife leaves out one of 400 groups at a time. A group's skewness is that of a block over
    √size, there are fewer by that size, and so the acceleration estimates the same.

    Parameters:
        statistics: from weights `[R, rows]` to values `[s, R]`.
        rows: how many there are.
        blocks: int `[rows]`, rows drawn together; None when rows are independent.
        work: how many passes over the rows the statistics take.
        seed: of the resampling.
    """
    place = np.arange(rows) if blocks is None else np.unique(blocks, return_inverse=True)[1]
    size, (most, fewest) = int(place.max()) + 1, _WEIGHTED_RESAMPLES
    resamples = min(most, max(fewest, _WEIGHTED_WORK // (rows * work)))
    at_once = max(1, _COUNTS_AT_ONCE // rows)
    drawn = [statistics(counts[:, place]) for counts in _counts(size, resamples, seed, at_once)]
    groups = np.arange(min(size, _MOST_JACKKNIVES))
    left_out = [
        statistics((place % _MOST_JACKKNIVES != groups[start : start + at_once, None]).astype(np.float64))
        for start in range(0, len(groups), at_once)
    ]
    values = statistics(np.ones((1, rows)))[:, 0].tolist()
    parts = zip(values, np.concatenate(drawn, axis=1), np.concatenate(left_out, axis=1), strict=True)
    return tuple(Draws(*part) for part in parts)


def interval(found: Draws, confidence: float = 0.95) -> Interval:
    """A statistic with its bias-corrected and accelerated bootstrap interval.

    With z₀ = Φ⁻¹(share of resamples below the value), a = Σd³ / (6 (Σd²)^1.5) over the jackknife's d = mean −
    value, the limits are the resamples' quantiles at Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))), z = ±Φ⁻¹((1 +
    confidence)/2) (Efron 1987; Efron and Tibshirani 1993, equations 14.9 to 14.15; agrees with
    `scipy.stats.bootstrap`).

    No interval with fewer than two blocks, when the value or most resamples are not finite, or when nearly all
    resamples lie on one side of the value, as those of a calibration error near 0 do: the corrected limits then
    leave it out.
    """
    value = found.value
    if len(found.jackknife) < 2 or not np.isfinite(value):
        return Interval(value, None, None)
    drawn = found.bootstrap[np.isfinite(found.bootstrap)]
    jackknife = found.jackknife[np.isfinite(found.jackknife)]
    if len(drawn) < len(found.bootstrap) / 2 or not len(jackknife):
        return Interval(value, None, None)
    z0, acceleration = _bias(drawn, value), _acceleration(jackknife)
    z = z0 + ndtri((1 - confidence) / 2) * np.array([1.0, -1.0])
    levels = ndtr(z0 + z / (1 - acceleration * z))
    low, high = np.quantile(drawn, levels)
    rounding = 1e-9 * abs(value)
    if not low - rounding <= value <= high + rounding:
        return Interval(value, None, None)
    return Interval(value, float(low), float(high))


def _bias(drawn: Float64, value: float) -> float:
    """z₀; ties count half, as the value of a discrete statistic is often drawn itself."""
    below = ((drawn < value).mean() + (drawn <= value).mean()) / 2
    edge = 0.5 / len(drawn)  # keeps Φ⁻¹ finite when every resample lies on one side
    return float(ndtri(np.clip(below, edge, 1 - edge)))


def _acceleration(jackknife: Float64) -> float:
    distance = jackknife.mean() - jackknife
    largest = np.abs(distance).max(initial=0.0)
    if not np.isfinite(largest) or largest == 0:
        return 0.0
    scaled = distance / largest  # a does not depend on the unit, and cubes neither overflow nor vanish
    return float(np.sum(scaled**3) / (6 * np.sum(scaled**2) ** 1.5))
