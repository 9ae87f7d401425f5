"""Two crossed axes as a heat map of the validation loss."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from regctl.report.axes import Axis
from regctl.report.figure.family import crossed_title, mark_keys, singled_marks
from regctl.report.figure.frame import own_ticks
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.scales import LossAxis, axis_of, without_steps
from regctl.report.figure.theme import INK, headed, styled, viridis, width_of, wrapped
from regctl.types import CurvePoint, Selection

_WIDTH, _HEIGHT = 560, 380
_LARGEST_CELL = 90
_GAP = 0.5  # of a cell, before λ = 0
_BAR = 14  # width of the colour bar
_DIVERGED = "#c9c9c9"


@dataclass(frozen=True)
class Cells:
    """Where the values of an axis lie: cells of the same size side by side, λ = 0 apart from the others.

    `starts[value]` is the lower edge of a value's cell, in cells.
    """

    axis: Axis
    starts: Mapping[float, float]

    @property
    def length(self) -> float:
        """Of the axis, in cells."""
        return max(self.starts.values()) + 1

    def ticks(self, pixels: float, upright: bool) -> dict[float, str]:
        """Labels at the middle of the cells; as many as have room."""
        texts = {value: self.axis.value(value) for value in self.starts}
        needed = 14.0 if upright else max(width_of(text) for text in texts.values()) + 8
        every = max(1, math.ceil(needed / (pixels / self.length)))
        shown = [value for place, value in enumerate(texts) if place % every == 0 or value == 0]
        near = [value for value in shown if value != 0 and 0 in self.starts]
        clash = bool(near) and abs(self.starts[near[-1]] - self.starts[0.0]) * pixels / self.length < needed
        kept = [value for value in shown if not (clash and value == near[-1])]
        return {self.starts[value] + 0.5: texts[value] for value in kept}


def cells(axis: Axis, values: Sequence[float], reverse: bool) -> Cells:
    """The cells of a grid: ascending, or with `reverse` descending; λ = 0 behind a gap at its own end."""
    ordered = sorted(set(values), reverse=reverse)
    apart = axis.name == "lambda" and 0 in ordered and len(ordered) > 1
    starts, place = {}, 0.0
    for value in ordered:
        place += _GAP if apart and reverse and value == 0 else 0.0
        starts[value] = place
        place += 1 + (_GAP if apart and not reverse and value == 0 else 0.0)
    return Cells(axis, starts)


def heat_map(
    points: Sequence[CurvePoint],
    selection: Selection | None,
    *,
    axis: Axis,
    by: Axis,
    loss_label: Sequence[str],
    subtitle: str | Sequence[str],
) -> alt.LayerChart:
    """The validation data loss of every setting as a colour, dark for low: `axis` to the right, `by` upwards.

    λ runs from strong (left, or below) to weak. The colours end where a sensible loss axis ends: what lies beyond has
    the lightest colour and a triangle, what diverged is grey with a cross. The minimum is marked with a circle, the
    one-standard-error choice with a diamond.

    Parameters:
        points: `value` on `axis`, `other` on `by`; in any order.
        selection: None when no setting can be selected.
        axis: of the sweep.
        by: the second one.
        loss_label: lines of text: what the data loss is, and on which scale.
        subtitle: model, grid and seeds, in words.
    """
    x = cells(axis, [point.value for point in points], reverse=axis.name == "lambda")
    y = cells(by, [point.other or 0.0 for point in points], reverse=False)
    width, height = min(_WIDTH, _LARGEST_CELL * x.length), min(_HEIGHT, _LARGEST_CELL * y.length)
    grid = _Grid(x, y, max(width, 360), max(height, 220), heat_axis(points, axis))
    layers = [
        *_tiles(grid, points),
        *_edges(grid, points),
        *_marks(grid, selection),
        *_colour_bar(grid, loss_label),
        *row_of_keys((*mark_keys(selection, axis, by), *_edge_keys(grid, points))),
    ]
    whole = _WIDTH + 110
    chart = alt.layer(*layers).properties(width=grid.width, height=grid.height)
    heading = headed(chart, crossed_title(selection, axis, by), subtitle, whole)
    found: alt.LayerChart = styled(heading, whole)
    return found


@dataclass(frozen=True)
class _Grid:
    x: Cells
    y: Cells
    width: float
    height: float
    losses: LossAxis

    def across(self, field: str) -> alt.X:
        ticks = own_ticks(self.x.ticks(self.width, upright=False))
        sides = " (strong on the left, weak on the right)" if self.x.axis.name == "lambda" else ""
        scale = alt.Scale(domain=[0, self.x.length], nice=False)
        title = {"title": self.x.axis.title + sides, "titlePadding": 8, "grid": False, "domain": False}
        return alt.X(f"{field}:Q", scale=scale, axis=alt.Axis(**title, **ticks))

    def up(self, field: str) -> alt.Y:
        ticks = own_ticks(self.y.ticks(self.height, upright=True))
        scale = alt.Scale(domain=[0, self.y.length], nice=False)
        title = {"title": self.y.axis.title, "titlePadding": 10, "grid": False, "domain": False}
        return alt.Y(f"{field}:Q", scale=scale, axis=alt.Axis(**title, **ticks))

    def share(self, loss: float) -> float:
        """Where a loss lies between the ends of the colours."""
        low, high, at = self.losses.low, self.losses.high, self.losses.clamp(loss)
        if self.losses.log:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return (at - low) / (high - low)

    def middle(self, point: CurvePoint) -> dict[str, float]:
        return {"x": self.x.starts[point.value] + 0.5, "y": self.y.starts[point.other or 0.0] + 0.5}


def heat_axis(points: Sequence[CurvePoint], axis: Axis) -> LossAxis:
    """The losses that have colours of their own."""
    lines: dict[float | None, list[CurvePoint]] = {}
    for point in points:
        lines.setdefault(point.other, []).append(point)
    return axis_of([point for line in lines.values() for point in without_steps(line, axis)], ())


def _tiles(grid: _Grid, points: Sequence[CurvePoint]) -> list[alt.Chart]:
    rows = []
    for point in points:
        x, y = grid.x.starts[point.value], grid.y.starts[point.other or 0.0]
        finite = math.isfinite(point.validation_loss)
        colour = viridis(grid.share(point.validation_loss)) if finite else _DIVERGED
        rows.append({"x": x, "x2": x + 1, "y": y, "y2": y + 1, "colour": colour})
    tiles = alt.Chart(alt.Data(values=rows)).mark_rect(stroke="white", strokeWidth=0.6)
    colour = alt.Color("colour:N", scale=None)
    return [tiles.encode(x=grid.across("x"), x2="x2:Q", y=grid.up("y"), y2="y2:Q", color=colour)]


def _beyond(grid: _Grid, points: Sequence[CurvePoint]) -> dict[str, list[CurvePoint]]:
    found = {
        "triangle-up": [point for point in points if point.validation_loss > grid.losses.high],
        "cross": [point for point in points if not math.isfinite(point.validation_loss)],
    }
    return {shape: each for shape, each in found.items() if each}


def _edges(grid: _Grid, points: Sequence[CurvePoint]) -> list[alt.Chart]:
    layers = []
    for shape, those in _beyond(grid, points).items():
        here = alt.Chart(alt.Data(values=[grid.middle(point) for point in those]))
        angle = 45 if shape == "cross" else 0
        mark = here.mark_point(shape=shape, size=40, filled=True, color=INK, opacity=1, angle=angle)
        layers.append(mark.encode(x=grid.across("x"), y=grid.up("y")))
    return layers


def _edge_keys(grid: _Grid, points: Sequence[CurvePoint]) -> list[Key]:
    names = {"triangle-up": "off the scale", "cross": "diverged"}
    return [Key(names[shape], INK, shape=shape, line=False, size=50) for shape in _beyond(grid, points)]


def _marks(grid: _Grid, selection: Selection | None) -> list[alt.Chart]:
    layers = []
    for shape, point in singled_marks(selection):
        here = alt.Chart(alt.Data(values=[grid.middle(point)]))
        mark = here.mark_point(shape=shape, size=120, fill="white", stroke=INK, strokeWidth=2, opacity=1)
        layers.append(mark.encode(x=grid.across("x"), y=grid.up("y")))
    return layers


def _colour_bar(grid: _Grid, loss_label: Sequence[str]) -> list[alt.Chart]:
    """The colours beside the map, with the losses they stand for; placed by the pixel."""
    left, steps = grid.width + 24, 64
    rows = [
        {"y": grid.height * (1 - step / steps), "y2": grid.height * (1 - (step + 1) / steps) - 0.5,
         "colour": viridis((step + 0.5) / steps)}
        for step in range(steps)
    ]  # fmt: skip
    fixed: dict[str, Any] = {"scale": None, "axis": None}
    bar = alt.Chart(alt.Data(values=rows)).mark_rect()
    layers = [
        bar.encode(
            x=alt.value(left),
            x2=alt.value(left + _BAR),
            y=alt.Y("y:Q", **fixed),
            y2="y2:Q",
            color=alt.Color("colour:N", scale=None),
        )
    ]
    for tick in grid.losses.ticks:
        height = alt.value(grid.height * (1 - grid.share(tick)))
        here = alt.Chart(alt.Data(values=[{}]))
        text = {"text": grid.losses.label(tick), "align": "left", "baseline": "middle", "fontSize": 11}
        layers += [
            here.mark_rule(color="#555555").encode(
                x=alt.value(left + _BAR), x2=alt.value(left + _BAR + 5), y=height
            ),
            here.mark_text(color=INK, **text).encode(x=alt.value(left + _BAR + 8), y=height),
        ]
    widest = max((width_of(grid.losses.label(tick), 11) for tick in grid.losses.ticks), default=0)
    lines = [line for text in ("validation", *loss_label) for line in wrapped(text, grid.height, 12)]
    heading = {"text": lines, "align": "center", "baseline": "top", "angle": 270}
    title = alt.Chart(alt.Data(values=[{}])).mark_text(fontSize=12, color=INK, lineHeight=15, **heading)
    away = left + _BAR + 16 + widest
    return [*layers, title.encode(x=alt.value(away), y=alt.value(grid.height / 2))]
