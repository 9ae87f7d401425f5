"""What the page's drawings are made of: plain JSON for `static/lines.js` and `static/cells.js`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from regctl.report.figure.fit import in_full
from regctl.report.figure.scales import Across, LossAxis
from regctl.report.figure.theme import viridis
from regctl.report.numbers import number, with_error

Drawing: TypeAlias = dict[str, Any]
_DIGITS = 6


def compact(value: float | None) -> float | int | None:
    """A number for JSON, to six digits; null for what is no number."""
    if value is None or not math.isfinite(value):
        return None
    found = float(f"{value:.{_DIGITS}g}")
    return int(found) if found.is_integer() and abs(found) < 1e15 else found


def compacts(values: Sequence[float | None]) -> list[float | int | None]:
    """`compact` of each."""
    return [compact(value) for value in values]


def x_axis(across: Across) -> Drawing:
    """The swept axis: its ends, ticks with their texts, and where 0 is drawn on a log axis."""
    sides = ": strong on the left" if across.axis.name == "lambda" else ""
    return {
        "label": f"{across.axis.title}{sides}",
        "log": across.log,
        "reverse": across.reverse,
        "low": across.low,
        "high": across.high,
        "ticks": [[tick, across.label(tick)] for tick in across.ticks],
        "zero": across.zero,
        "gap": across.gap,
    }


def y_axis(axis: LossAxis, label: str) -> Drawing:
    """An upright axis. What lies beyond its ends is drawn as a triangle at the edge."""
    return _axis(axis, label, {tick: axis.label(tick) for tick in axis.ticks})


def data_axis(axis: LossAxis, label: str) -> Drawing:
    """An axis of data in its own unit, whose ticks are written out."""
    return _axis(axis, label, in_full(axis))


def _axis(axis: LossAxis, label: str, ticks: Mapping[float, str]) -> Drawing:
    found: Drawing = {"label": label, "log": axis.log, "low": axis.low, "high": axis.high}
    return found | {"ticks": [[tick, text] for tick, text in ticks.items()]}


def series(
    name: str,
    role: str,
    x: Sequence[float],
    y: Sequence[float | None],
    errors: Sequence[float | None] | None = None,
    **look: Any,
) -> Drawing:
    """One line: its points, what a pointer reads there, and with errors its band.

    Without an `x` the points are at the drawing's `places`. `role` is a colour's name in the style sheet; what `look`
    may hold stands in `static/lines.js`.
    """
    found: Drawing = {"name": name, "role": role, "y": compacts(y), **look}
    if x:
        found["x"] = compacts(x)
    if errors is None:
        return found
    pairs = list(zip(y, errors, strict=True))
    told = [with_error(math.nan if each is None else each, error) for each, error in pairs]
    if any(error is not None for error in errors):
        found["low"] = compacts([_moved(each, error, -1) for each, error in pairs])
        found["high"] = compacts([_moved(each, error, 1) for each, error in pairs])
    return found | {"tips": told}


def _moved(value: float | None, error: float | None, sign: int) -> float | None:
    return None if value is None or error is None else value + sign * error


def tips(values: Sequence[float | None]) -> list[str]:
    """What a pointer reads of numbers without an error."""
    return [number(value) for value in values]


def shades(number_of: int) -> list[list[str]]:
    """So many colours in order, each for light and for dark paper: none is lost on either."""
    places = [index / max(number_of - 1, 1) for index in range(number_of)]
    return [[viridis(0.85 * place), viridis(0.35 + 0.65 * place)] for place in places]
