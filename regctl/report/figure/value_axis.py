"""Where a hyperparameter's values lie: on a linear or a log axis, or in places of their own for choices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from regctl.report.figure.scales import linear_ticks, log_ticks
from regctl.report.hyperparameters import value_text

_GOLDEN = 0.6180339887
_MOST_CHOICES = 12


@dataclass(frozen=True)
class ValueAxis:
    """`low` to `high` in the axis's own numbers, which for choices are places 0, 1, …; `texts` label the ticks."""

    kind: Literal["linear", "log", "choices"]
    low: float
    high: float
    texts: dict[float, str]
    choices: tuple[Any, ...] = ()

    def place(self, value: Any, nudge: float = 0.0) -> float:
        """Where a value is drawn; choices are nudged by up to ± that share of their distance."""
        return self.choices.index(value) + nudge if self.kind == "choices" else float(value)

    def share(self, place: float) -> float:
        """How far along the axis a place is, 0 to 1."""
        low, high, at = (
            math.log(each) if self.kind == "log" else each for each in (self.low, self.high, place)
        )
        return (at - low) / (high - low)


def nudge(number: int, most: float) -> float:
    """A small number of either sign that differs between neighbours, so that equal choices do not cover each other."""
    return most * (2 * (number * _GOLDEN % 1) - 1)


def value_axis(
    values: Sequence[Any], kind: Literal["linear", "log", "choices"], room: float = 0.04
) -> ValueAxis:
    """The axis for some values: texts are choices whatever was said, and with a 0 no axis is a log one."""
    frozen = [_frozen(value) for value in values]
    if kind == "choices" or any(isinstance(value, str | tuple) for value in frozen):
        choices = sorted(dict.fromkeys(frozen), key=_order)
        shown = range(0, len(choices), -(-len(choices) // _MOST_CHOICES) or 1)
        texts = {float(place): value_text(choices[place]) for place in shown}
        return ValueAxis("choices", -0.5, max(len(choices), 1) - 0.5, texts, tuple(choices))
    numbers = [float(value) for value in frozen]
    if kind == "log" and min(numbers) > 0:
        low, high = min(numbers), max(numbers)
        low, high = (low, high) if high > low else (low / 2, high * 2)
        ticks: Sequence[float] = log_ticks(low, high, sorted(set(numbers)))
        wide = (high / low) ** room
        return ValueAxis("log", low / wide, high * wide, {tick: value_text(tick) for tick in ticks})
    low, high = min(numbers), max(numbers)
    wide = room * (high - low) or abs(high) / 2 or 0.5
    ticks = linear_ticks(low, high) if high > low else (low,)
    if all(isinstance(value, int) for value in frozen):
        ticks = [tick for tick in ticks if tick == round(tick)]
    texts = {tick: value_text(round(tick) if tick == round(tick) else tick) for tick in ticks}
    return ValueAxis("linear", low - wide, high + wide, texts)


def frozen_values(values: dict[str, Any]) -> dict[str, Any]:
    """Values as they are looked up on an axis: lists, as JSON has them, are tuples."""
    return {name: _frozen(value) for name, value in values.items()}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _order(value: Any) -> tuple[int, Any]:
    """Numbers by size, tuples by their numbers, texts by letters."""
    if isinstance(value, tuple):
        return 1, (len(value), value)
    return (2, value) if isinstance(value, str) else (0, value)
