"""Two settings on the same rows: the difference of their losses, paired by row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regctl.analysis.metrics import mean_loss
from regctl.analysis.uncertainty import draws, interval, resample
from regctl.types import Float64, Int64, Interval


@dataclass(frozen=True)
class PairedDifference:
    """Second − first: the mean over `rows` rows in `blocks` blocks, and by seed, of the seeds that both have."""

    loss: Interval
    rows: int
    blocks: int
    by_seed: dict[int, float]


def paired_difference(
    first: Float64,
    second: Float64,
    seeds: tuple[Sequence[int], Sequence[int]],
    blocks: Int64 | None = None,
) -> PairedDifference:
    """The mean over rows of dᵢ = second's loss − first's, each averaged over its replicates, with a 95 % BCa interval.

    The rows (or whole blocks of them) are resampled with their d: what makes a row hard for both cancels. The models
    are frozen, so the interval does not hold what other seeds would do; `by_seed` shows how far they agree.

    Parameters:
        first: per-row losses `[R₁, n]`, finite.
        second: per-row losses `[R₂, n]` of the same rows in the same order, finite.
        seeds: of the replicates of each; seeds may come back (repeats of k-fold).
        blocks: int `[n]`, rows resampled together; None when rows are independent.

    Raises:
        ValueError: the rows disagree in number, or a loss is not finite.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"expected [replicates, rows] twice. Received: {first.shape}, {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("expected finite losses")
    difference = second.mean(axis=0) - first.mean(axis=0)
    sums = resample(np.column_stack([np.ones_like(difference), difference]), blocks)
    means = [_by_seed(losses, own) for losses, own in zip((first, second), seeds, strict=True)]
    return PairedDifference(
        loss=interval(draws(sums, mean_loss)),
        rows=len(difference),
        blocks=len(difference) if blocks is None else len(np.unique(blocks)),
        by_seed={seed: means[1][seed] - means[0][seed] for seed in means[0] if seed in means[1]},
    )


def _by_seed(losses: Float64, seeds: Sequence[int]) -> dict[int, float]:
    own = np.asarray(seeds)
    return {int(seed): float(losses[own == seed].mean()) for seed in np.unique(own)}
