"""A hyperparameter that is searched, as a tuner needs to know it: no file, no position, no model."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Value: TypeAlias = float | int | str | tuple[int, ...]

_LISTED = 8  # numbers in a sentence
_DIGITS = 12  # significant digits of a value between two ends: float32 has 7


@dataclass(frozen=True)
class Hyperparameter:
    """Either a list of `values`, in order, or all numbers from `low` to `high`.

    `log`: drawn evenly in the logarithm; `whole`: whole numbers. `needs` is a hyperparameter and those of its values
    under which this one has an effect: elsewhere it is not asked for.
    """

    name: str
    values: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False
    needs: tuple[str, tuple[Value, ...]] | None = None

    @property
    def count(self) -> int | None:
        """How many values it has; None of a continuous range."""
        if self.values:
            return len(self.values)
        return round(self.high) - round(self.low) + 1 if self.whole else None

    @property
    def most(self) -> float:
        """The largest number that it can be; 0 of words and lists."""
        return max((each for each in self.values if isinstance(each, int | float)), default=self.high)

    @property
    def kind(self) -> Literal["linear", "log", "choices"]:
        """How an axis of it is drawn: linear, log or choices."""
        if self.log:
            return "log"
        numbers = all(isinstance(each, int | float) for each in self.values)
        return "linear" if numbers and not 0 < len(self.values) <= _LISTED else "choices"

    def between(self, value: float) -> float | int:
        """A number of the range as regctl hands it on: whole, or with 12 significant digits."""
        if self.whole:
            return int(value)
        return min(max(float(f"{value:.{_DIGITS}g}"), self.low), self.high)

    def __str__(self) -> str:
        if len(self.values) > _LISTED and self.kind == "linear":
            return f"{shown(self.values[0])} to {shown(self.values[-1])}, {len(self.values)} values"
        if self.values:
            *others, last = (shown(value) for value in self.values)
            return f"{', '.join(others)} or {last}" if others else last
        return f"{shown(self.low)} to {shown(self.high)}{', logarithmic' if self.log else ''}"


def shown(value: Value) -> str:
    """A value for people: `0.3`, `64-32`, `relu`."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return value if isinstance(value, str) else f"{value:g}"
