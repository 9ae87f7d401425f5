"""Which settings cannot be told from the best: the Model Confidence Set of Hansen, Lunde and Nason (2011)."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.analysis.uncertainty import block_sums, resampled_sums
from regctl.types import Float64, Int64

LEVEL = 0.95
MOST_BLOCKS = 2_000  # more rows are drawn in so many groups: the variance of a mean stays the same
MOST_PAIRED = 150  # settings whose pairs are all looked at
_RIVALS = 30  # beyond, each is compared with so many of them, evenly spaced
_RESAMPLES = (1_000, 400)  # as many as the work allows, within these bounds
_WORK = 10_000_000_000  # multiplications: about a second
_NUMBERS_AT_ONCE = 1 << 18  # stays in the processor's cache
_ROUNDING = 1e-12

Members: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Replicates:
    """Mean losses that tell how much a difference of settings varies beside the draw of validation rows.

    Of a holdout `by_seed` `[settings, seeds]`; under k-fold `by_fold` `[settings, repeats, folds]`, seeds averaged.
    """

    by_seed: Float64 | None = None
    by_fold: Float64 | None = None

    def design_effect(self, rivals: Int64, kept: Int64, over_rows: Float64) -> float:
        """How many times the variance over rows, `[rivals, kept]` of the pairs, their whole variance is; 1 at least.

        That is one number for all pairs, the median of theirs divided by that of χ²ₖ / k, since the variance over three
        seeds or five folds that a single pair has is known to nothing.
        """
        known = over_rows > 0
        values = self.by_fold if self.by_fold is not None else self.by_seed
        if values is None or values.shape[-1] < 2 or not known.any():
            return 1.0
        size = values.shape[-1]
        centred = (values - values.mean(axis=-1, keepdims=True)).reshape(len(values), -1)
        freedom = centred.shape[1] // size * (size - 1)
        extra = _pair_variances(centred[rivals], centred[kept]) / (freedom * size)
        ratio = float(np.median(extra[known] / over_rows[known])) / (1 - 2 / (9 * freedom)) ** 3
        return float(max(1.0, ratio) if self.by_fold is not None else 1.0 + ratio)


def model_confidence_set(
    losses: Float64,
    blocks: Int64 | None = None,
    replicates: Replicates = Replicates(),
    *,
    level: float = LEVEL,
    seed: int = 0,
) -> Members:
    """A set of settings that holds the truly best with probability `level`: bool `[settings]`.

    Statistic T_R of the paper's section 3.1.2, on the settings that are left: tᵢⱼ = dᵢⱼ / se(dᵢⱼ), dᵢⱼ the difference
    of two mean losses on the same rows. The distribution of max |tᵢⱼ| when all are equally good comes from the
    bootstrap over rows, all settings seeing the same resamples, so that what they share cancels. (T_max, against the
    mean of all settings, is cheaper, and one setting that exploded makes that mean useless.) Every setting that is
    beyond the `level` quantile worse than another goes at once, and the rest are tested anew until none is. The paper
    takes away the worst alone. As long as settings differ, the truly best is not beyond; once they do not, a step is a
    test of size 1 − level: the argument for coverage (theorem 1) is the same, and 10,000 settings take a few steps.

    What is drawn are rows, or whole blocks of them. Under k-fold too: five folds are too few to draw from. That leaves
    out what the rows of a fold share, the fitted model, and of a holdout what seeds vary. So se² is the bootstrap's
    times a design effect (Kish 1965, section 8.2): of a holdout 1 + the variance over seeds by that over rows, under
    k-fold the variance over folds (which has that over rows in it) by that over rows, 1 at least.

    Work is bounded. Rows beyond 2,000 (or blocks) are drawn in 2,000 groups of equal size, put together at random. The
    1,000 resamples become fewer, down to 400, where settings × rows are many. While over 150 settings are left, the
    pairs are those with 30 of them, evenly spaced in the order given, not by their losses: so the maximum's
    distribution is still known, and on a dense grid one of the 30 lies near the best.

    Parameters:
        losses: per-row validation losses averaged over seeds, `[settings, rows]`; one with a value that is not finite
            is not in the set.
        blocks: int `[rows]`, rows that share a number are drawn together; None when rows are independent.
        replicates: of the same settings.
        level: of confidence.
        seed: of the resampling.
    """
    members: Members = np.asarray(np.isfinite(losses).all(axis=1), dtype=np.bool_)
    left = np.flatnonzero(members)
    sums = _sums(losses[left], blocks, seed)
    if len(left) < 2 or len(sums) < 2:
        return members  # of one block nothing can be told
    mean, away = _drawn(sums, seed)
    while len(left) > 1:
        gone = _beyond(mean, away, replicates, left, level)
        if not gone.any():
            break
        left, mean, away = left[~gone], mean[~gone], away[:, ~gone]
    members[:] = False
    members[left] = True
    return members


def _sums(losses: Float64, blocks: Int64 | None, seed: int) -> Float64:
    """Sums `[blocks, 1 + settings]` of the rows' number and of their losses less those of the mean setting."""
    if blocks is not None:
        blocks = np.unique(blocks, return_inverse=True)[1].astype(np.int64)
    count = losses.shape[1] if blocks is None else int(blocks.max()) + 1
    if count > MOST_BLOCKS:
        group = np.random.default_rng(seed).permutation(count) % MOST_BLOCKS
        blocks = group if blocks is None else group[blocks]
    paired = losses - np.median(losses, axis=0)
    return block_sums(np.vstack([np.ones(losses.shape[1]), paired]).T, blocks)


def _drawn(sums: Float64, seed: int) -> tuple[Float64, Float64]:
    """The mean losses `[settings]`, and how far from them those of the resamples are `[resamples, settings]`."""
    blocks = len(sums)
    resamples = min(_RESAMPLES[0], max(_RESAMPLES[1], _WORK // sums.size))
    total, drawn = sums.sum(axis=0), resampled_sums(sums, resamples, seed)
    mean = total[1:] / total[0]
    away = drawn[:, 1:] / drawn[:, :1]
    away -= mean
    away *= np.sqrt(blocks / (blocks - 1))  # a resample varies as blocks − 1 do
    return mean, away


def _beyond(mean: Float64, away: Float64, replicates: Replicates, left: Int64, level: float) -> Members:
    """Which of the settings that are left are worse than another one beyond chance."""
    rivals = np.arange(len(left))
    if len(left) > MOST_PAIRED:
        rivals = np.linspace(0, len(left) - 1, _RIVALS).astype(np.int64)
    variance = _pair_variances(away.T[rivals], away.T) / len(away)
    effect = replicates.design_effect(left[rivals], left, variance)
    error = np.sqrt(np.where(variance > 0, variance, np.inf))  # equal losses are not apart
    worse = (mean - mean[rivals, None]) / (error * np.sqrt(effect))
    return np.asarray(worse.max(axis=0) > _quantile(away, rivals, error, level))


def _pair_variances(first: Float64, second: Float64) -> Float64:
    """Sums `[a, b]` of the squared differences of rows of `first` `[a, k]` and `second` `[b, k]`; 0 where rounding."""
    sizes = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)
    found = sizes - 2 * (first @ second.T)
    return np.asarray(np.where(found > _ROUNDING * sizes, found, 0.0))


def _quantile(away: Float64, rivals: Int64, error: Float64, level: float) -> float:
    """Of max |tᵢⱼ| over the pairs and the resamples, under equality; every pair once where all are rivals."""
    largest, every = np.zeros(len(away)), len(rivals) == away.shape[1]
    at_once = max(1, _NUMBERS_AT_ONCE // away.shape[1])
    for start in range(0, len(away), at_once):
        part = away[start : start + at_once]
        for place, rival in enumerate(rivals.tolist()):
            first = rival if every else 0
            found = np.abs((part[:, first:] - part[:, rival, None]) / error[place, first:]).max(axis=1)
            np.maximum(largest[start : start + at_once], found, out=largest[start : start + at_once])
    return float(np.quantile(largest, level))
