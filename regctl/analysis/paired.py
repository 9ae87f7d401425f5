"""Two settings on the same rows: the difference of their losses, paired by row, and what other seeds would do to it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from regctl.analysis.metrics import mean_loss
from regctl.analysis.uncertainty import Draws, draws, interval, resample, se_seeds
from regctl.types import Float64, Int64, Interval


@dataclass(frozen=True)
class Trained:
    """A setting's per-row losses `[replicates, rows]`, finite, and the replicates' seeds, which repeats share.

    `fixed`: it was solved exactly, and no other seed would change it.
    """

    losses: Float64
    seeds: Sequence[int]
    fixed: bool = False

    @property
    def by_seed(self) -> dict[int, float]:
        """The mean loss of each seed."""
        own = np.asarray(self.seeds)
        return {int(seed): float(self.losses[own == seed].mean()) for seed in np.unique(own)}


@dataclass(frozen=True)
class PairedDifference:
    """Second − first: the mean over `rows` rows in `blocks` blocks, with a 95 % interval.

    `by_seed` has the difference for each seed that both have. `seeds_known`: the interval holds what other seeds would
    do; where one of the two has one seed alone nobody knows that, and the interval is that of the two models at hand.
    """

    loss: Interval
    rows: int
    blocks: int
    by_seed: Mapping[int, float]
    seeds_known: bool


def paired_difference(first: Trained, second: Trained, blocks: Int64 | None = None) -> PairedDifference:
    """The mean over rows of dᵢ = second's loss − first's, each averaged over its replicates, with a 95 % interval.

    Over rows (or whole blocks of them) it is the BCa bootstrap of `uncertainty.interval`: rows are resampled with their
    d, so that what makes a row hard for both cancels. Seeds widen it as DESIGN section 7 adds errors up: each limit's
    distance from d̄ is multiplied by √(1 + se_seeds²/se_rows²) · t/z, t with Welch and Satterthwaite's degrees of
    freedom, se⁴ / (se_rows⁴/(blocks − 1) + se_seeds⁴/ν) (Satterthwaite 1946). Where both have the same seeds, se_seeds
    is sd/√S of the seeds' differences with ν = S − 1; else the two vary apart: √(se₁² + se₂²), and Welch's ν.

    Parameters:
        first: what is subtracted.
        second: on the same rows in the same order.
        blocks: int `[n]`, rows resampled together; None when rows are independent.

    Raises:
        ValueError: the rows disagree in number, or a loss is not finite.
    """
    losses = first.losses, second.losses
    if any(each.ndim != 2 for each in losses) or losses[0].shape[1] != losses[1].shape[1]:
        raise ValueError(f"expected [replicates, rows] twice. Received: {losses[0].shape}, {losses[1].shape}")
    if not all(np.isfinite(each).all() for each in losses):
        raise ValueError("expected finite losses")
    difference = losses[1].mean(axis=0) - losses[0].mean(axis=0)
    sums = resample(np.column_stack([np.ones_like(difference), difference]), blocks)
    drawn, means = draws(sums, mean_loss), (first.by_seed, second.by_seed)
    error = _seed_error(first, second)
    return PairedDifference(
        loss=interval(drawn) if error is None else _widened(drawn, *error, len(sums.jackknife)),
        rows=len(difference),
        blocks=len(sums.jackknife),
        by_seed={seed: means[1][seed] - means[0][seed] for seed in means[0] if seed in means[1]},
        seeds_known=error is not None,
    )


def _seed_error(first: Trained, second: Trained) -> tuple[float, float] | None:
    """Standard error over seeds and its degrees of freedom; None where it is not known."""
    one, other = first.by_seed, second.by_seed
    if set(one) == set(other) and len(one) > 1:
        return float(se_seeds(np.array([other[seed] - one[seed] for seed in one]))), len(one) - 1
    moving = [each.by_seed for each in (first, second) if not each.fixed]
    if any(len(each) < 2 for each in moving):
        return None
    parts = [(float(se_seeds(np.array(list(each.values())))), len(each) - 1) for each in moving]
    return math.hypot(*(error for error, _ in parts)), _degrees_of_freedom(parts)


def _degrees_of_freedom(parts: Sequence[tuple[float, float]]) -> float:
    """Welch and Satterthwaite's, of a sum of errors with their own degrees of freedom."""
    spread = sum(error**4 / degrees for error, degrees in parts)
    return sum(error**2 for error, _ in parts) ** 2 / spread if spread > 0 else math.inf


def _widened(drawn: Draws, error: float, degrees: float, blocks: int) -> Interval:
    found, rows = interval(drawn), float(drawn.bootstrap.std(ddof=1))
    if found.low is None or found.high is None or error == 0:
        return found
    total = _degrees_of_freedom([(rows, blocks - 1), (error, degrees)])
    quantile = float(stdtrit(total, 0.975))
    if rows == 0:  # the rows agree on the difference, and seeds alone tell how certain it is
        return Interval(found.value, found.value - quantile * error, found.value + quantile * error)
    factor = math.hypot(1, error / rows) * quantile / float(ndtri(0.975))
    low, high = (found.value + factor * (end - found.value) for end in (found.low, found.high))
    return Interval(found.value, low, high)
