"""Two crossed axes as a family of curves: validation loss against one, a line for each value of the other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import altair as alt

from regctl.report.axes import Axis
from regctl.report.figure.frame import Frame
from regctl.report.figure.key import Key, column_of_keys, row_of_keys
from regctl.report.figure.marks import break_layers
from regctl.report.figure.scales import LossAxis, across, axis_of, without_steps
from regctl.report.figure.theme import INK, headed, sequential, styled
from regctl.types import CurvePoint, Selection

MOST_LINES = 8
_WIDTH, _HEIGHT, _KEYS = 560, 400, 130


def loss_family(
    points: Sequence[CurvePoint],
    selection: Selection | None,
    *,
    axis: Axis,
    by: Axis,
    loss_label: Sequence[str],
    subtitle: str | Sequence[str],
) -> alt.LayerChart:
    """Validation data loss against `axis`, one line for each value of `by`, dark for the smallest.

    At most eight lines are drawn: the ends, those of the singled-out settings and others evenly between; the subtitle
    then says so. The line of the minimum has a band of ± one standard error.

    Parameters:
        points: `value` on `axis`, `other` on `by`; in any order.
        selection: None when no setting can be selected.
        axis: of the sweep.
        by: the second one.
        loss_label: lines of text: what the data loss is, and on which scale.
        subtitle: model, grid and seeds, in words.
    """
    lines = lines_by(points)
    drawn = most_lines(tuple(lines), singled_lines(selection))
    curves = {value: [replace(each, train_loss=math.nan) for each in lines[value]] for value in drawn}
    x = across(axis, [point.value for point in points])
    y = family_axis(curves, axis)
    edges = edge_marks([point for line in curves.values() for point in line], y)
    frame = Frame(x, y, _WIDTH, _HEIGHT, loss_label, away=bool(edges), texts=max(len(edges) - 1, 0))
    colours = dict(zip(drawn, sequential(len(drawn)), strict=True))
    keys = [Key(by.value(value), colours[value], shape="circle") for value in reversed(drawn)]
    layers = [
        *_band(frame, curves, selection, colours),
        *(layer for value in drawn for layer in _line(frame, curves[value], colours[value])),
        *break_layers(frame),
        *_edges(frame, edges),
        *_marks(frame, selection),
        *column_of_keys(keys, _WIDTH + 18, 30, by.symbol),
        *row_of_keys((*mark_keys(selection, axis, by), *edge_keys(edges))),
    ]
    notes = [subtitle] if isinstance(subtitle, str) else list(subtitle)
    notes += [_left_out(len(drawn), len(lines), by)] if len(drawn) < len(lines) else []
    chart = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    found: alt.LayerChart = styled(
        headed(chart, crossed_title(selection, axis, by), notes, _WIDTH + _KEYS), _WIDTH + _KEYS
    )
    return found


def crossed_title(selection: Selection | None, axis: Axis, by: Axis) -> str:
    """Where the validation loss is lowest, on both axes."""
    if selection is None:
        return "No setting can be selected: each has a trial that diverged"
    return f"Validation loss is lowest at {place(selection.minimum, axis, by)}"


def place(point: CurvePoint, axis: Axis, by: Axis) -> str:
    """A point's values on both axes: `degree 4, λ = 0.01`."""
    other = "" if point.other is None else f", {by.say(point.other)}"
    return f"{axis.say(point.value)}{other}"


def _left_out(drawn: int, lines: int, by: Axis) -> str:
    return f"Drawn: {drawn} of {by.counted(lines)}; curve.csv has all."


def lines_by(points: Sequence[CurvePoint]) -> dict[float, list[CurvePoint]]:
    """The points of each value of the second axis, in order of the first."""
    found: dict[float, list[CurvePoint]] = {}
    for point in sorted(points, key=lambda each: (each.other or 0.0, each.value)):
        found.setdefault(point.other or 0.0, []).append(point)
    return found


def singled_lines(selection: Selection | None) -> set[float]:
    """The values of the second axis whose lines must be among those drawn."""
    if selection is None:
        return set()
    singled = (selection.minimum, selection.one_standard_error, selection.selected)
    return {each.other for each in singled if each is not None and each.other is not None}


def most_lines(values: Sequence[float], kept: set[float]) -> tuple[float, ...]:
    """At most eight of the values: both ends, what must be kept, and what lies evenly between."""
    if len(values) <= MOST_LINES:
        return tuple(values)
    chosen = kept | {values[0], values[-1]}
    for step in range(1, MOST_LINES):
        nearest = values[round(step * (len(values) - 1) / (MOST_LINES - 1))]
        if len(chosen) < MOST_LINES:
            chosen.add(nearest)
    return tuple(value for value in values if value in chosen)


def family_axis(curves: Mapping[float, Sequence[CurvePoint]], axis: Axis) -> LossAxis:
    """The axis for the validation losses of all lines."""
    return axis_of([point for line in curves.values() for point in without_steps(line, axis)], ())


def _line(frame: Frame, points: Sequence[CurvePoint], colour: str) -> list[alt.Chart]:
    """A line with its points; it parts where a setting is off the scale or diverged."""
    rows = [{"x": point.value, "y": _height(frame, point)} for point in points]
    joined = [row for row in rows if frame.x.joined(float(row["x"] or 0.0))]
    channels = {"x": frame.across(), "y": frame.up()}
    gaps = "break-paths-filter-domains"
    shown = alt.Chart(frame.data(row for row in rows if row["y"] is not None))
    return [
        alt.Chart(frame.data(joined)).mark_line(color=colour, strokeWidth=2, invalid=gaps).encode(**channels),
        shown.mark_point(color=colour, filled=True, size=30, opacity=1).encode(**channels),
    ]


def _edges(frame: Frame, edges: Mapping[str, Sequence[float]]) -> list[alt.Chart]:
    """One mark for every value of the axis at which some line is off the scale; and one where some diverged."""
    layers = []
    for row, (shape, values) in enumerate(edges.items()):
        marks = alt.Chart(frame.data({"x": value} for value in values))
        angle = 45 if shape == "cross" else 0
        mark = marks.mark_point(shape=shape, size=60, filled=True, color=INK, opacity=1, angle=angle)
        layers.append(mark.encode(x=frame.across(), y=alt.value(frame.row(row))))
    return layers


def edge_marks(points: Sequence[CurvePoint], y: LossAxis) -> dict[str, list[float]]:
    """The shape for what is off the scale, and for what diverged: values of the axis where that is so."""
    above = sorted({point.value for point in points if point.validation_loss > y.high})
    diverged = sorted({point.value for point in points if not math.isfinite(point.validation_loss)})
    return {shape: each for shape, each in (("triangle-up", above), ("cross", diverged)) if each}


def edge_keys(edges: Mapping[str, Sequence[float]]) -> list[Key]:
    """Their legend."""
    names = {"triangle-up": "off the scale", "cross": "diverged"}
    return [Key(names[shape], INK, shape=shape, line=False, size=60) for shape in edges]


def _height(frame: Frame, point: CurvePoint) -> float | None:
    loss = point.validation_loss
    return loss if math.isfinite(loss) and frame.y.shows(loss) else None


def _band(
    frame: Frame,
    curves: Mapping[float, Sequence[CurvePoint]],
    selection: Selection | None,
    colours: Mapping[float, str],
) -> list[alt.Chart]:
    other = None if selection is None else selection.minimum.other
    if other is None or other not in curves:
        return []
    rows = [
        {
            "x": point.value,
            "low": frame.y.clamp(point.validation_loss - point.validation_se),
            "high": frame.y.clamp(point.validation_loss + point.validation_se),
        }
        for point in curves[other]
        if point.validation_se is not None
        and _height(frame, point) is not None
        and frame.x.joined(point.value)
    ]
    area = alt.Chart(frame.data(rows)).mark_area(opacity=0.2, color=colours[other])
    return [area.encode(x=frame.across(), y=frame.up("low"), y2="high:Q")]


def _marks(frame: Frame, selection: Selection | None) -> list[alt.Chart]:
    layers = []
    for shape, point in singled_marks(selection):
        here = alt.Chart(frame.data([{"x": point.value, "y": point.validation_loss}]))
        mark = here.mark_point(shape=shape, size=150, fill="white", stroke=INK, strokeWidth=2, opacity=1)
        layers.append(mark.encode(x=frame.across(), y=frame.up()))
    return layers


def singled_marks(selection: Selection | None) -> list[tuple[str, CurvePoint]]:
    """The shape of each point that is marked: a diamond for one standard error, a circle for the minimum."""
    if selection is None:
        return []
    choice = selection.one_standard_error
    other = [] if choice is None or choice == selection.minimum else [("diamond", choice)]
    return [*other, ("circle", selection.minimum)]


def mark_keys(selection: Selection | None, axis: Axis, by: Axis) -> list[Key]:
    """The legend of the marks, with each one's values."""
    names = {"circle": "minimum", "diamond": "one standard error"}
    return [
        Key(f"{names[shape]}: {place(point, axis, by)}", INK, shape=shape, line=False, filled=False, size=90)
        for shape, point in reversed(singled_marks(selection))
    ]
