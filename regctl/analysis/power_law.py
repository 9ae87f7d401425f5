"""The power law a·n^−b + c of a learning curve, fitted to thousands of curves at once."""

import math
from dataclasses import dataclass

import numpy as np

from regctl.types import Float64, Int64

SMALLEST_EXPONENT, LARGEST_EXPONENT = 0.01, 3.0
_COARSE = 64
_FINE, _ROUNDS = 9, 4  # each round divides the distance between the exponents tried by four


@dataclass(frozen=True)
class PowerLaw:
    """Expected data loss a·n^−b + c at n rows, of R curves (each array `[R]`).

    `c` is the loss that no number of rows removes, `b` how fast the rest goes, and `excess` = a·`rows`^−b what is left
    of it at `rows` rows: a itself may be astronomic where b is large.
    """

    excess: Float64
    b: Float64
    c: Float64
    rows: float

    @property
    def a(self) -> Float64:
        """The loss above c at one row, `[R]`."""
        return np.asarray(self.excess * self.rows**self.b)

    def at(self, sizes: Float64) -> Float64:
        """Losses `[R, m]` at `sizes` `[m]`."""
        falling = (sizes / self.rows) ** -self.b[:, None]
        return np.asarray(self.c[:, None] + self.excess[:, None] * falling)


def fit_power_law(sizes: Float64, losses: Float64, weights: Float64) -> PowerLaw:
    """Minimizes Σ w_k (a·n_k^−b + c − loss_k)² over a ≥ 0, c ≥ 0 and 0.01 ≤ b ≤ 3, for every curve by itself.

    A power law with an offset is the form best supported for learning curves (Viering and Loog 2022, "The shape of
    learning curves: a review", section 4.1; Cortes et al. 1994). c ≥ 0 because data losses are. Exponents seen in
    practice are 0.07 to 1 (Hestness et al. 2017), larger ones where n is not far from the number of parameters. For a
    given b, the best (a, c) is linear least squares with non-negative unknowns, in closed form; b is searched on a
    grid refined around its best point, so that nothing depends on a starting point.

    Parameters:
        sizes: numbers of rows `[K]`, at least three different ones.
        losses: `[R, K]`, at least 0.
        weights: `[K]`, positive.

    Raises:
        ValueError: the shapes disagree, or there are fewer than three sizes.
    """
    if losses.ndim != 2 or not sizes.shape == weights.shape == losses.shape[1:]:
        shapes = f"{sizes.shape}, {losses.shape}, {weights.shape}"
        raise ValueError(f"expected sizes [K], losses [R, K], weights [K]. Received shapes: {shapes}")
    if len(np.unique(sizes)) < 3:
        raise ValueError(f"expected three sizes or more for three parameters. Received: {sizes.tolist()}")
    largest, share = float(sizes.max()), weights / weights.sum()
    ends = math.log(SMALLEST_EXPONENT), math.log(LARGEST_EXPONENT)
    tried = np.linspace(*ends, _COARSE)[None]
    step = float(tried[0, 1] - tried[0, 0])
    law = _best_of(tried, sizes / largest, losses, share, largest)
    for _ in range(_ROUNDS):
        around = np.log(law.b)[:, None] + np.linspace(-step, step, _FINE)
        law = _best_of(np.clip(around, *ends), sizes / largest, losses, share, largest)
        step *= 2 / (_FINE - 1)
    return law


def _best_of(
    log_exponents: Float64, shrunk: Float64, losses: Float64, share: Float64, rows: float
) -> PowerLaw:
    """The best law of each curve among exponents `[R or 1, G]`."""
    exponents = np.exp(log_exponents)
    powers = shrunk ** -exponents[..., None]
    excess, c = _linear(powers, losses, share)
    residual = losses[:, None] - c[..., None] - excess[..., None] * powers
    place = ((residual**2) @ share).argmin(axis=1)
    chosen = np.broadcast_to(exponents, excess.shape)
    return PowerLaw(_at(excess, place), _at(chosen, place), _at(c, place), rows)


def _linear(powers: Float64, losses: Float64, share: Float64) -> tuple[Float64, Float64]:
    """The least-squares excess and c, `[R, G]` each, for powers `[R or 1, G, K]`; where one is negative, it is 0.

    The problem is convex and losses are not negative, so that at most one of the two is.
    """
    mean_power, mean_loss = powers @ share, (losses @ share)[:, None]
    centred = powers - mean_power[..., None]
    slope = _product(centred * share, losses) / ((centred**2) @ share)
    offset = mean_loss - slope * mean_power
    through_zero = _product(powers * share, losses) / ((powers**2) @ share)
    excess = np.where(offset < 0, through_zero, np.maximum(slope, 0.0))
    c = np.where(slope < 0, mean_loss, np.maximum(offset, 0.0))
    return excess, c


def _product(powers: Float64, losses: Float64) -> Float64:
    return np.asarray((powers @ losses[..., None])[..., 0])


def _at(values: Float64, places: Int64) -> Float64:
    return np.asarray(np.take_along_axis(values, places[:, None], axis=1)[:, 0])
