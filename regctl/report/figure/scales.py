"""The axes of a loss curve: where a setting and a loss lie, worked out before anything is drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from regctl.report.axes import AXES, Axis
from regctl.report.numbers import short
from regctl.types import CurvePoint

_MOST_TICKS = 9
_MOST_DEGREES = 16
_FEW_RATIO = 3.0
_DECADES_BELOW = 2.0
_BAND_ROOM = 1.5
_JUMP = 1.0  # decades
_EXPLODED = 10.0
_TINY = 1e-300


@dataclass(frozen=True)
class Across:
    """The swept axis as it is drawn from left to right, log or linear; `reverse`: from large to small.

    `zero` is where 0 is drawn on a log axis, None when the grid lacks it; `gap` is where the axis breaks before it.
    """

    axis: Axis
    low: float
    high: float
    log: bool
    reverse: bool
    ticks: tuple[float, ...]
    zero: float | None = None
    gap: float | None = None

    def place(self, value: float) -> float:
        """Where a value is drawn, in the axis's own numbers."""
        return value if value > 0 or self.zero is None else self.zero

    def share(self, value: float) -> float:
        """How far from the left a value is drawn, 0 to 1."""
        low, high, at = (self._scaled(each) for each in (self.low, self.high, self.place(value)))
        return (high - at if self.reverse else at - low) / (high - low)

    def middle(self, one: float, other: float) -> float:
        """What is drawn halfway between two values."""
        one, other = self.place(one), self.place(other)
        return math.sqrt(one * other) if self.log else (one + other) / 2

    def moved(self, value: float, share: float) -> float:
        """What is drawn so far right of a value, as a share of the width."""
        away = share * (self._scaled(self.high) - self._scaled(self.low)) * (-1 if self.reverse else 1)
        return self.place(value) * math.exp(away) if self.log else self.place(value) + away

    def joined(self, value: float) -> bool:
        """Whether a value belongs to the line; 0 behind an axis break does not."""
        return value != 0 or self.zero is None

    @property
    def strong(self) -> float:
        """The end where there is more regularization."""
        return self.high if self.axis.stronger > 0 else self.low

    @property
    def weak(self) -> float:
        """The other end."""
        return self.low if self.axis.stronger > 0 else self.high

    def label(self, tick: float) -> str:
        """A tick's text."""
        return "0" if tick == self.zero else self.axis.value(tick)

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def across(axis: Axis, values: Sequence[float]) -> Across:
    """The axis of a grid: λ on a log scale from strong to weak, training rows on a log scale, others linear."""
    if axis.name == "lambda":
        return strength_axis(values)
    if axis.name == "samples":
        return rows_axis(values)
    low, high = min(values), max(values)
    room = 0.04 * (high - low) or 0.5
    ticks = (
        _integers(low, high) if axis.name == "degree" else linear_ticks(low, high) if high > low else (low,)
    )
    return Across(axis, low - room, high + room, log=False, reverse=False, ticks=ticks)


def strength_axis(values: Sequence[float]) -> Across:
    """The axis of a grid of λ, strong on the left; λ = 0 is drawn one decade below the smallest other."""
    positive = sorted(float(value) for value in values if value > 0)
    smallest, largest = (positive[0], positive[-1]) if positive else (1.0, 1.0)
    zero = smallest / 10 if 0 in values else None
    leftmost = smallest if zero is None else zero
    room = max(0.04 * math.log10(largest / leftmost), 0.1)
    ticks = log_ticks(smallest, largest, positive) if positive else ()
    gap = math.sqrt(smallest * zero) if positive and zero is not None else None
    ends, ticks = (leftmost / 10**room, largest * 10**room), (*ticks, *([zero] if zero else []))
    return Across(AXES["lambda"], *ends, log=True, reverse=True, ticks=ticks, zero=zero, gap=gap)


def rows_axis(values: Sequence[float]) -> Across:
    """The axis of numbers of rows: equal ratios are equal steps, as in a power law."""
    low, high = float(min(values)), float(max(values))
    room = max(high / low, 1.2) ** 0.04
    ticks = log_ticks(low, high, sorted(values))
    return Across(AXES["samples"], low / room, high * room, log=True, reverse=False, ticks=ticks)


def _integers(low: float, high: float) -> tuple[float, ...]:
    every = math.ceil((high - low + 1) / _MOST_DEGREES)
    return tuple(float(value) for value in range(math.ceil(low), math.floor(high) + 1, every))


@dataclass(frozen=True)
class LossAxis:
    """Losses from `low` to `high`; what lies beyond is drawn as an arrow at the edge."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def label(self, tick: float) -> str:
        """A tick's text, with the digits that tell it from its neighbours."""
        if self.log:
            return short(tick)
        largest = max(abs(each) for each in self.ticks) or 1.0
        return short(tick, 1 + math.ceil(math.log10(largest / (self.ticks[1] - self.ticks[0])) + 1e-9))

    def shows(self, loss: float) -> bool:
        """Whether a loss lies on the axis."""
        return self.low <= loss <= self.high

    def clamp(self, loss: float) -> float:
        """The nearest loss on the axis."""
        return min(max(loss, self.low), self.high)


def loss_axis(
    points: Sequence[CurvePoint], axis: Axis = AXES["lambda"], also: Sequence[float] = ()
) -> LossAxis:
    """The axis for a curve's losses.

    Log where they spread by more than a factor of three: the strong end is the loss of predicting the mean,
    several times that of the valley, and on a linear axis the valley, where the choice is made, would be a
    line at the bottom; on a log axis equal ratios of loss are equal steps. Linear otherwise: ticks are then
    easier to read.

    Two things may not flatten the rest, and leave the axis: a setting that exploded, and a training loss near
    0, more than two decades below the validation loss. With too little regularization losses may also explode step by
    step: there, what is ten times what more regularization costs leaves the axis. Bands have their full height unless
    they would flatten it, too; `also` are further losses, treated as bands.
    """
    kept = without_steps(points, axis)
    return axis_of(kept, [point.train_loss for point in points], also)


def axis_of(
    points: Sequence[CurvePoint], train_losses: Sequence[float], also: Sequence[float] = ()
) -> LossAxis:
    """The axis for the validation losses of points, and for training losses that do not flatten them."""
    low, high = _range(points, train_losses)
    bands = [end for point in points for end in _band(point)]
    bands = [end for end in (*bands, *also) if low / _BAND_ROOM <= end <= high * _BAND_ROOM]
    low, high = min([low, *bands]), max([high, *bands])
    if low <= 0 or high / low <= _FEW_RATIO:
        room = 0.05 * ((high - low) or abs(high) or 1.0)
        low, high = low - room if low > room else min(low, 0.0), high + room
        return LossAxis(low, high, log=False, ticks=linear_ticks(low, high))
    room = (high / low) ** 0.05
    low, high = low / room, high * room
    return LossAxis(low, high, log=True, ticks=log_ticks(low, high, ()))


def linear_axis(values: Sequence[float]) -> LossAxis:
    """A linear axis that shows all of the values, with a little room."""
    low, high = min(values), max(values)
    room = 0.05 * ((high - low) or abs(high) or 1.0)
    return LossAxis(low - room, high + room, log=False, ticks=linear_ticks(low - room, high + room))


def _range(points: Sequence[CurvePoint], train_losses: Sequence[float]) -> tuple[float, float]:
    """The lowest and the highest loss worth showing."""
    seen = _without_explosions([p.validation_loss for p in points if math.isfinite(p.validation_loss)])
    if not seen:
        return 0.0, 1.0
    floor = min(seen) / 10**_DECADES_BELOW
    ceiling = max(seen) * _FEW_RATIO  # a training loss may lie somewhat above all validation losses
    seen += [loss for loss in train_losses if floor <= loss <= ceiling]
    return min(seen), max(seen)


def without_steps(points: Sequence[CurvePoint], axis: Axis) -> list[CurvePoint]:
    """Leave out points less regularized than the minimum that lie far above all of the more regularized."""
    finished = [point for point in points if math.isfinite(point.validation_loss)]
    if not axis.stronger or not finished:
        return finished
    minimum = min(finished, key=lambda point: point.validation_loss)
    weaker = {id(p) for p in finished if axis.order(p.value) > axis.order(minimum.value)}
    usual = max(point.validation_loss for point in finished if id(point) not in weaker)
    ceiling = max(_EXPLODED * usual, _EXPLODED * _FEW_RATIO * minimum.validation_loss)
    return [p for p in finished if id(p) not in weaker or p.validation_loss <= ceiling]


def _band(point: CurvePoint) -> list[float]:
    ends = ((point.validation_loss, point.validation_se), (point.train_loss, point.train_se))
    return [end for loss, error in ends if error is not None for end in (loss - error, loss + error)]


def _without_explosions(losses: Sequence[float]) -> list[float]:
    """Cut off the largest losses where they stand apart.

    At most a third of them, behind a jump of more than ten times and, on a log scale, of more than twice the
    spread of the rest.
    """
    kept = sorted(losses)
    for size in range(len(kept) - 1, max(2, 2 * len(kept) // 3 - 1), -1):
        jump, spread = _decades(kept[size - 1], kept[size]), _decades(kept[0], kept[size - 1])
        if jump > max(_JUMP, 2 * spread):
            return kept[:size]
    return kept


def _decades(low: float, high: float) -> float:
    return math.log10(max(high, _TINY) / max(low, _TINY))


def linear_ticks(low: float, high: float) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten within the range: four to ten of them."""
    coarse = (high - low) / 4
    power = _power(math.floor(math.log10(coarse)))
    step = max((digit * power for digit in (1, 2, 5) if digit * power <= coarse), default=power)
    return tuple(step * index for index in range(math.ceil(low / step), math.floor(high / step) + 1))


def log_ticks(low: float, high: float, fallback: Sequence[float]) -> tuple[float, ...]:
    """Powers of ten within the range, with digits between them where they are few.

    Where even those are few, the `fallback` values; without any, more digits.
    """
    powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    every = -(-len(powers) // _MOST_TICKS) or 1
    ticks = [_power(power) for power in powers if (power - powers[-1]) % every == 0]
    for digits in ((1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        if len(ticks) < 3 and not (digits[1] < 2 and fallback):
            ticks = _digit_ticks(low, high, digits)
    return tuple(ticks) if len(ticks) > 1 or not fallback else tuple(fallback[:: -(-len(fallback) // 5)])


def _digit_ticks(low: float, high: float, digits: Sequence[float]) -> list[float]:
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    ticks = [digit * _power(power) for power in powers for digit in digits]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def _power(power: int) -> float:
    return float(f"1e{power}")
