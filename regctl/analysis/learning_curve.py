"""Do I need more data? A forecast of the validation loss at twice the rows, or the reason why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from regctl.analysis.joint_bootstrap import joint_draws
from regctl.analysis.power_law import PowerLaw, fit_power_law
from regctl.types import Float32, Float64, Int64, Interval

FEWEST_SIZES = 8  # one is left out in the check, and seven for three parameters is little enough
WORTHWHILE = 0.02  # of the loss at all rows: about 1 % of an RMSE
_LEVELS = (0.025, 0.975)
_DRAWN_SIZES = 60

Verdict: TypeAlias = Literal["likely", "unlikely", "unclear"]
Refusal: TypeAlias = Literal["sizes", "subsets", "rows", "left_out", "not_falling", "wide"]


@dataclass(frozen=True)
class LeftOut:
    """The largest size as its smaller ones predict it: `predicted` with the interval of what would be measured."""

    size: int
    predicted: Interval
    measured: float

    @property
    def holds(self) -> bool:
        """Whether what was measured lies inside the interval."""
        low, high = self.predicted.low, self.predicted.high
        return low is not None and high is not None and low <= self.measured <= high


@dataclass(frozen=True)
class Fitted:
    """The power law a·n^−b + c, its 95 % intervals, and itself with its band at `sizes` `[m]` for drawing."""

    a: Interval
    b: Interval
    c: Interval
    sizes: Float64
    loss: Float64
    low: Float64
    high: Float64


@dataclass(frozen=True)
class Forecast:
    """What a learning curve says about more rows.

    `sizes` are those that entered: every subset finished. `gap` is validation minus training loss at the largest; the
    training loss rises to meet the validation loss, so that a small gap leaves little to gain. `fitted`, `left_out`,
    `loss` (at `twice` the largest size), `gain` (what the loss falls from the largest size to there) and `fall` (from
    the smallest to the largest, as measured) are None when the curve was not fitted. `worthwhile` is the smallest gain
    that counts. With a `refusal`, `loss` and `gain` are its evidence and no forecast.
    """

    sizes: tuple[int, ...]
    verdict: Verdict
    refusal: Refusal | None
    gap: float | None = None
    worthwhile: float | None = None
    fitted: Fitted | None = None
    left_out: LeftOut | None = None
    twice: int | None = None
    loss: Interval | None = None
    gain: Interval | None = None
    fall: Interval | None = None


def forecast(
    sizes: Sequence[int],
    validation_rows: Float64 | Float32,
    train_loss: Float64,
    blocks: Int64 | None = None,
    *,
    resamples: int = 2_000,
    seed: int = 0,
) -> Forecast:
    """Fits a power law to the curve, refits it in a joint bootstrap, checks it, and forecasts twice the rows.

    Weights are one over the squared spread (between quartiles) of a size's loss less the mean of all sizes, smoothed
    along n: a shift that all sizes share moves c alone, and a spread of few subsets is itself noise. Intervals are the
    2.5 % and 97.5 % quantiles of the refits. The gain is the fitted loss at the largest size minus that at twice as
    many rows; as both come from one refit, the rows they share cancel.

    There is a refusal, and the verdict is `unclear`, when (in this order)

    - `sizes`: fewer than eight sizes have all their subsets;
    - `subsets`, `rows`: one subset of each size, or one validation row (block), so that a spread cannot be seen;
    - `left_out`: fitted to all sizes but the largest, the law does not predict it: its measured loss is outside the
      95 % interval of the difference between prediction and measurement over the resamples (in one of twenty such
      checks this happens by chance);
    - `not_falling`: the measured fall from the smallest to the largest size may be 0 or less, and the gain of twice
      the rows may be worthwhile;
    - `wide`: the interval of the gain is wider than the gain, and holds gains that are worthwhile (2 % of the loss or
      more) and gains that are not: it says nothing.

    Otherwise there is a forecast, and more data is `likely` to help when the whole interval of the gain is worthwhile,
    `unlikely` when none of it is, and `unclear` when it holds both.

    In simulations from a power law with 2 to 10 subsets, the 95 % intervals of loss and gain held the truth in 92 to 98
    % of runs; for ordinary least squares, whose curve is no power law, in 90 to 98 %.

    Extrapolating is a claim about the law, and no interval covers another law: curves may have bumps beyond the
    measured sizes (Viering and Loog 2022, section 6). Twice the rows is as far as it goes here.

    Parameters:
        sizes: numbers of training rows, one per size, in any order.
        validation_rows: per-row validation loss `[K, S, N]` of the setting chosen at each size; the S subsets are
            nested over sizes. A size with a value that is not finite is left out.
        train_loss: `[K, S]`.
        blocks: int `[N]`, rows resampled together (group and time splits); None when rows are independent.
        resamples: number of refits.
        seed: of the resampling.

    Raises:
        ValueError: the shapes disagree, or a size comes twice.
    """
    known, losses, train = _finished(sizes, validation_rows, train_loss)
    names = tuple(int(size) for size in known)
    reason = _too_little(len(known), losses, blocks)
    if reason is not None:
        return Forecast(names, "unclear", reason)
    drawn = joint_draws(losses, blocks, resamples=resamples, seed=seed)
    curves = np.vstack([losses.mean(axis=(1, 2)), drawn])  # the first is the curve as measured
    weights = _weights(known, drawn)
    ends = fit_power_law(known, curves, weights).at(known[-1] * np.array([1.0, 2.0]))
    gain, fall = _interval(ends[:, 0] - ends[:, 1]), _interval(curves[:, 0] - curves[:, -1])
    left_out = _left_out(known, curves, weights)
    worthwhile = WORTHWHILE * float(curves[0, -1])
    verdict, refusal = _verdict(left_out, fall, gain, worthwhile)
    return Forecast(
        names,
        verdict,
        refusal,
        gap=float(curves[0, -1] - train[-1].mean()),
        worthwhile=worthwhile,
        fitted=_fitted(known, fit_power_law(known, curves, weights)),
        left_out=left_out,
        twice=2 * names[-1],
        loss=_interval(ends[:, 1]),
        gain=gain,
        fall=fall,
    )


def _finished(
    sizes: Sequence[int], validation_rows: Float64 | Float32, train_loss: Float64
) -> tuple[Float64, Float64, Float64]:
    """Sizes, losses and training losses in ascending order, without the sizes where a subset diverged."""
    known, losses = np.asarray(sizes, dtype=np.float64), validation_rows.astype(np.float64)
    if losses.ndim != 3 or known.shape != losses.shape[:1] or train_loss.shape != losses.shape[:2]:
        shapes = f"{known.shape}, {losses.shape}, {train_loss.shape}"
        raise ValueError(f"expected [sizes], [sizes, subsets, rows], [sizes, subsets]. Received: {shapes}")
    if len(np.unique(known)) < len(known):
        raise ValueError(f"expected different sizes. Received: {list(sizes)}")
    whole = np.asarray(np.isfinite(losses).all(axis=(1, 2)) & np.isfinite(train_loss).all(axis=1))
    order = np.argsort(known)
    order = order[whole[order]]
    return known[order], losses[order], train_loss[order]


def _too_little(sizes: int, losses: Float64, blocks: Int64 | None) -> Refusal | None:
    if sizes < FEWEST_SIZES:
        return "sizes"
    if losses.shape[1] < 2:
        return "subsets"
    independent = losses.shape[2] if blocks is None else len(np.unique(blocks))
    return "rows" if independent < 2 else None


def _weights(sizes: Float64, drawn: Float64) -> Float64:
    low, high = np.quantile(drawn - drawn.mean(axis=1, keepdims=True), (0.25, 0.75), axis=0)
    spread = high - low  # quartiles: a Student's t of few subsets has no variance
    if spread.min() <= 1e-9 * spread.max():
        return np.ones(len(sizes))  # where there is hardly any noise, any fit passes through the points
    line = np.polynomial.Polynomial.fit(np.log(sizes), np.log(spread), 1)
    return np.asarray(np.exp(-2 * line(np.log(sizes))))


def _left_out(sizes: Float64, curves: Float64, weights: Float64) -> LeftOut:
    law = fit_power_law(sizes[:-1], curves[:, :-1], weights[:-1])
    predicted = law.at(sizes[-1:])[:, 0]
    measured = float(curves[0, -1])
    error = predicted - curves[:, -1]
    # The error's resamples centre on the error that was made; what would have been measured lies around the prediction.
    low, high = np.quantile(error, _LEVELS) + measured
    return LeftOut(int(sizes[-1]), Interval(float(predicted[0]), float(low), float(high)), measured)


def _interval(values: Float64) -> Interval:
    """The first value, with the quantiles of the others."""
    low, high = np.quantile(values[1:], _LEVELS)
    return Interval(float(values[0]), float(low), float(high))


def _verdict(
    left_out: LeftOut, fall: Interval, gain: Interval, worthwhile: float
) -> tuple[Verdict, Refusal | None]:
    low, high = gain.low or 0.0, gain.high or 0.0
    both = low < worthwhile <= high
    if not left_out.holds:
        return "unclear", "left_out"
    if (fall.low or 0.0) <= 0 and high >= worthwhile:
        return "unclear", "not_falling"
    if both and high - low > gain.value:
        return "unclear", "wide"
    if both:
        return "unclear", None
    return ("likely" if low >= worthwhile else "unlikely"), None


def _fitted(sizes: Float64, law: PowerLaw) -> Fitted:
    drawn = np.geomspace(sizes[0], 2 * sizes[-1], _DRAWN_SIZES)
    losses = law.at(drawn)
    low, high = np.quantile(losses[1:], _LEVELS, axis=0)
    a, b, c = (_interval(values) for values in (law.a, law.b, law.c))
    return Fitted(a, b, c, drawn, losses[0], low, high)
