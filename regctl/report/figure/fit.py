"""The fit plot of a problem with one input: rows, and what a handful of settings made of them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np

from regctl.records.fits import FitPoints, FittedCurve
from regctl.report.axes import Axis
from regctl.report.figure.frame import own_ticks
from regctl.report.figure.key import Key, column_of_keys, row_of_keys
from regctl.report.figure.scales import LossAxis, linear_axis
from regctl.report.figure.theme import BLUE, INK, VERMILION, headed, sequential, styled, width_of
from regctl.report.numbers import count, number
from regctl.types import Float64, Int64

MOST_CURVES, MOST_POINTS = 6, 3_000
WIDTH, HEIGHT = 560, 400
_ROOM = 0.25  # of the rows' own range, above and below them: what a curve may show of its swings
SHAPES: Mapping[str, tuple[str, str, str]] = {
    "train": ("training rows", "M-1,-1L1,1M-1,1L1,-1", BLUE),  # a × of its own: Vega's cross is a plus
    "validation": ("validation rows", "circle", VERMILION),
    "test": ("test rows", "square", INK),
}


@dataclass(frozen=True)
class FitAxes:
    """Both axes in the units of the data; the upright one is made for the rows, not for the curves."""

    x: LossAxis
    y: LossAxis
    x_label: str
    y_label: Sequence[str]

    def across(self, field: str = "x") -> alt.X:
        """The channel of the input."""
        ticks = own_ticks(in_full(self.x))
        scale = alt.Scale(domain=[self.x.low, self.x.high], nice=False, zero=False)
        return alt.X(
            f"{field}:Q", scale=scale, axis=alt.Axis(title=self.x_label, titlePadding=8, grid=False, **ticks)
        )

    def up(self, field: str = "y") -> alt.Y:
        """The channel of the target."""
        ticks = own_ticks(in_full(self.y))
        scale = alt.Scale(domain=[self.y.low, self.y.high], nice=False, zero=False)
        title = {"title": list(self.y_label), "titlePadding": 10, "titleLimit": HEIGHT}
        return alt.Y(f"{field}:Q", scale=scale, axis=alt.Axis(**title, **ticks))


def in_full(axis: LossAxis) -> dict[float, str]:
    """Ticks written out, `250,000`, where they are of a size that people write out."""
    largest = max(map(abs, axis.ticks), default=0.0)
    if not 1e-3 <= largest < 1e9 or len(axis.ticks) < 2:
        return {tick: axis.label(tick) for tick in axis.ticks}
    step = axis.ticks[1] - axis.ticks[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if all(1000 <= tick < 3000 for tick in axis.ticks) and decimals == 0:  # years, most likely
        return {tick: f"{tick:.0f}" for tick in axis.ticks}
    return {tick: number(tick, decimals) for tick in axis.ticks}


def fit_axes(parts: Sequence[FitPoints], x_label: str, y_label: Sequence[str]) -> FitAxes:
    """Axes that show all rows, and a quarter of their range above and below."""
    x = linear_axis(np.concatenate([part.x for part in parts]).tolist())
    y = np.concatenate([part.y for part in parts])
    room = _ROOM * float(np.ptp(y))
    return FitAxes(x, linear_axis([float(y.min()) - room, float(y.max()) + room]), x_label, y_label)


def fit_plot(
    curves: Sequence[FittedCurve],
    parts: Sequence[FitPoints],
    selected: tuple[float, float | None] | None,
    *,
    axis: Axis,
    by: Axis | None,
    x_label: str,
    y_label: Sequence[str],
    subtitle: str | Sequence[str],
) -> alt.LayerChart:
    """Rows as × (training) and ○ (validation), and the curves of the selected setting and a few others.

    The others are the ends of the axis and what lies between, with the second axis held at the selected setting's.
    The upright axis is made for the rows: a curve that leaves it is cut, with a triangle where it does.

    Parameters:
        curves: of all settings.
        parts: the rows to draw; test rows only where the test set is open.
        selected: the selected setting's place on both axes; None when there is none.
        axis: of the sweep.
        by: the second one.
        x_label: the input with its unit.
        y_label: the target with its unit, in lines.
        subtitle: model and grid, in words.
    """
    axes = fit_axes(parts, x_label, y_label)
    drawn = handful(curves, selected, axis)
    others = [curve for curve in drawn if (curve.value, curve.other) != selected]
    colours = dict(zip(map(id, others), sequential(len(others)), strict=True))
    looks = [(curve, colours.get(id(curve), INK), 1.6 if id(curve) in colours else 3.0) for curve in drawn]
    keys = [
        Key(axis.say(curve.value) + ("" if id(curve) in colours else ", selected"), colour, width=width)
        for curve, colour, width in looks
    ]
    held = [] if by is None or not drawn else [f"All with {by.say(drawn[0].other or 0.0)}."]
    layers = [
        *point_layers(axes, parts),
        *(layer for look in sorted(looks, key=lambda each: each[2]) for layer in _curve(axes, *look)),
        *row_of_keys(point_keys(parts)),
        *column_of_keys(keys, WIDTH + 18, 20, "fitted curves"),
    ]
    side = 60 + max((width_of(key.text, 12) for key in keys), default=60)
    notes = [*([subtitle] if isinstance(subtitle, str) else subtitle), *held, *thinned_note(parts)]
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    heading = headed(chart, fit_title(selected, axis, by), notes, WIDTH + side)
    found: alt.LayerChart = styled(heading, round(WIDTH + side))
    return found


def fit_title(selected: tuple[float, float | None] | None, axis: Axis, by: Axis | None) -> str:
    """Which setting was selected."""
    if selected is None:
        return f"Fitted curves by {axis.symbol}"
    other = "" if by is None or selected[1] is None else f", {by.say(selected[1])}"
    return f"Fitted curves by {axis.symbol}; selected: {axis.say(selected[0])}{other}"


def handful(
    curves: Sequence[FittedCurve], selected: tuple[float, float | None] | None, axis: Axis
) -> list[FittedCurve]:
    """At most six curves along the axis, ascending: the selected, both ends, and what lies evenly between."""
    if not curves:
        return []
    other = curves[0].other if selected is None else selected[1]
    line = sorted(
        (curve for curve in curves if curve.other == other), key=lambda curve: axis.order(curve.value)
    )
    if len(line) <= MOST_CURVES:
        return line
    places = {0, len(line) - 1}
    places |= {place for place, curve in enumerate(line) if (curve.value, curve.other) == selected}
    for step in range(1, MOST_CURVES - 1):
        if len(places) < MOST_CURVES:
            places.add(round(step * (len(line) - 1) / (MOST_CURVES - 1)))
    return [line[place] for place in sorted(places)]


def point_layers(axes: FitAxes, parts: Sequence[FitPoints]) -> list[alt.Chart]:
    """The rows of each part in its own shape and colour; a part of very many is thinned evenly."""
    layers = []
    for part in parts:
        _, shape, colour = SHAPES[part.part]
        shown = _thinned(part)
        rows = [{"x": x, "y": y} for x, y in zip(part.x[shown].tolist(), part.y[shown].tolist(), strict=True)]
        style = {"size": 34, "opacity": 0.8 if len(rows) < 200 else 0.35, "strokeWidth": 1.3}
        mark = alt.Chart(alt.Data(values=rows)).mark_point(shape=shape, color=colour, filled=False, **style)
        layers.append(mark.encode(x=axes.across(), y=axes.up()))
    return layers


def _thinned(part: FitPoints) -> Int64:
    order: Int64 = np.argsort(part.x, kind="stable").astype(np.int64)
    every = -(-len(order) // MOST_POINTS)
    return order[::every]


def thinned_note(parts: Sequence[FitPoints]) -> list[str]:
    """What is left out of a part of very many rows."""
    return [
        f"Drawn: {len(_thinned(part)):,} of {count(len(part.x), SHAPES[part.part][0].removesuffix('s'))}."
        for part in parts
        if len(part.x) > MOST_POINTS
    ]


def point_keys(parts: Sequence[FitPoints]) -> list[Key]:
    """The legend of the rows."""
    found = []
    for part in parts:
        name, shape, colour = SHAPES[part.part]
        found.append(Key(name, colour, shape=shape, line=False, filled=False, size=44))
    return found


def _curve(axes: FitAxes, curve: FittedCurve, colour: str, width: float) -> list[alt.Chart]:
    """The curve, cut at the axis's ends, and a triangle for each stretch beyond them."""
    rows = [{"x": x, "y": y} for x, y in zip(curve.x.tolist(), _within(axes, curve).tolist(), strict=True)]
    line = alt.Chart(alt.Data(values=rows)).mark_line(
        color=colour, strokeWidth=width, clip=True, invalid="break-paths-filter-domains"
    )
    layers = [line.encode(x=axes.across(), y=axes.up())]
    for x, above in stretches(curve, axes.y):
        here = alt.Chart(alt.Data(values=[{"x": x, "y": axes.y.high if above else axes.y.low}]))
        shape = "triangle-up" if above else "triangle-down"
        mark = here.mark_point(shape=shape, size=70, filled=True, color=colour, opacity=1)
        layers.append(mark.encode(x=axes.across(), y=axes.up()))
    return layers


def _within(axes: FitAxes, curve: FittedCurve) -> Float64:
    """The predictions, no further off the axis than its own length: renderers fail at 1e30 pixels."""
    span = axes.y.high - axes.y.low
    return np.where(
        np.isfinite(curve.prediction),
        np.clip(curve.prediction, axes.y.low - span, axes.y.high + span),
        np.nan,
    )


def stretches(curve: FittedCurve, axis: LossAxis) -> Iterator[tuple[float, bool]]:
    """The middle of each stretch of the input over which the curve is off the axis, and whether it is above."""
    side = np.where(curve.prediction > axis.high, 1, np.where(curve.prediction < axis.low, -1, 0))
    bounds = [0, *(np.flatnonzero(np.diff(side)) + 1).tolist(), len(side)]
    for start, end in pairwise(bounds):
        if side[start]:
            yield float(curve.x[start] + curve.x[end - 1]) / 2, bool(side[start] > 0)
