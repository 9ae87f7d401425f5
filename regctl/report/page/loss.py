"""The curves along the swept axis: losses, a line for each value of a second axis, and accuracy."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite, nan
from typing import Any

from regctl.report import figures
from regctl.report.accuracies import accuracies
from regctl.report.axes import AXES, Axis
from regctl.report.figure.annotations import regions, title
from regctl.report.figure.family import (
    family_axis,
    lines_by,
    most_lines,
    place,
    singled_lines,
    singled_marks,
)
from regctl.report.figure.scales import Across, across, linear_axis, loss_axis
from regctl.report.losses import loss_name
from regctl.report.model import Report
from regctl.report.page.shapes import Drawing, series, shades, x_axis, y_axis
from regctl.report.points import line_of, shown, shown_selection
from regctl.report.wording import subtitle, swept
from regctl.types import CurvePoint, Selection

_MARKS = {"circle": "minimum", "diamond": "one standard error"}


def loss_drawing(report: Report) -> Iterator[tuple[str, Drawing]]:
    """Training and validation loss against the axis: with a second axis, at the place of the minimum on it."""
    axis, points, selection = swept(report)[0], shown(report), shown_selection(report)
    if axis.name == "samples":
        return
    words = subtitle(report)
    if report.manifest.by is not None:
        if selection is None:
            return
        points = line_of(points, selection.minimum.other)
        words += f". Here: {AXES[report.manifest.by].say(selection.minimum.other or 0.0)}"
    x = across(axis, [point.value for point in points])
    yield (
        figures.loss(axis.name),
        {
            "kind": "lines",
            "title": title(points, selection, axis),
            "note": words,
            "x": x_axis(x),
            "y": y_axis(loss_axis(points, axis), " ".join(loss_name(report))),
            "crosses": True,
            "hover": "x",
            "at": [axis.say(point.value) for point in _ordered(points)],
            "series": both_parts(points),
            "marks": _marks(selection, axis),
            "regions": _regions(points, selection, x),
        },
    )


def both_parts(points: Sequence[CurvePoint]) -> list[Drawing]:
    """The validation and the training line of a curve, in the order of the axis."""
    ordered = _ordered(points)
    at = [point.value for point in ordered]
    validation = series(
        "validation",
        "validation",
        at,
        [p.validation_loss for p in ordered],
        [p.validation_se for p in ordered],
    )
    look: dict[str, Any] = {"dash": "6 3", "shape": "square"}
    train = series(
        "training", "train", at, [p.train_loss for p in ordered], [p.train_se for p in ordered], **look
    )
    return [validation | {"shape": "circle"}, train]


def _ordered(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    return sorted(points, key=lambda point: point.value)


def _marks(selection: Selection | None, axis: Axis, by: Axis | None = None) -> list[Drawing]:
    return [
        {
            "x": point.value,
            "y": point.validation_loss,
            "shape": shape,
            "name": f"{_MARKS[shape]}: {axis.say(point.value) if by is None else place(point, axis, by)}",
        }
        for shape, point in reversed(singled_marks(selection))
        if isfinite(point.validation_loss)
    ]


def _regions(points: Sequence[CurvePoint], selection: Selection | None, x: Across) -> list[Drawing]:
    return [
        {
            "name": region.name,
            "from": x.strong if region.strong is None else region.strong,
            "to": x.weak if region.weak is None else region.weak,
        }
        for region in regions(points, selection, x)
    ]


def family_drawing(report: Report, axis: Axis, by: Axis) -> tuple[str, Drawing]:
    """Validation loss against one axis, a line for each value of the other: eight at most."""
    points, selection = shown(report), shown_selection(report)
    lines = lines_by(points)
    chosen = most_lines(tuple(lines), singled_lines(selection))
    curves = {value: [replace(each, train_loss=nan) for each in lines[value]] for value in chosen}
    x = across(axis, [point.value for point in points])
    at = sorted({point.value for point in points})
    best = None if selection is None else selection.minimum.other
    note = subtitle(report, "band: ± one standard error, of the line with the minimum")
    if len(chosen) < len(lines):
        note += f". Drawn: {len(chosen)} of {by.counted(len(lines))}"
    return figures.crossed(axis.name, by.name), {
        "kind": "lines",
        "title": f"Validation loss against {axis.symbol}, a line for each {by.symbol}",
        "note": note,
        "x": x_axis(x),
        "y": y_axis(family_axis(curves, axis), "validation " + " ".join(loss_name(report))),
        "crosses": True,
        "hover": "x",
        "at": [axis.say(value) for value in at],
        "series": [
            _line(by.say(value), curves[value], at, colours, banded=value == best)
            for value, colours in zip(chosen, shades(len(chosen)), strict=True)
        ],
        "marks": _marks(selection, axis, by),
    }


def _line(
    name: str, points: Sequence[CurvePoint], at: Sequence[float], colours: Sequence[str], banded: bool
) -> Drawing:
    """A line with a place for every value of the axis, whether or not it was trained there."""
    own = {point.value: point for point in points}
    losses = [own[value].validation_loss if value in own else None for value in at]
    errors = [own[value].validation_se if value in own else None for value in at]
    found = series(name, "own", at, losses, errors, colours=list(colours), shape="circle")
    return found if banded else {key: each for key, each in found.items() if key not in ("low", "high")}


def accuracy_drawing(report: Report) -> Iterator[tuple[str, Drawing]]:
    """Share of rows predicted right against the axis; nothing where it was not recorded."""
    axis, selection, points = swept(report)[0], report.selection, report.curve
    if report.manifest.by is not None:
        points = () if selection is None else line_of(points, selection.selected.other)
    found = _ordered(accuracies(report, points))
    if not found:
        return
    ends = [(p.train_loss, p.train_se) for p in found] + [(p.validation_loss, p.validation_se) for p in found]
    finite = [value + sign * (se or 0.0) for value, se in ends if isfinite(value) for sign in (-1, 1)]
    yield (
        figures.accuracy(axis.name),
        {
            "kind": "lines",
            "title": f"Accuracy against {axis.symbol}",
            "note": subtitle(report),
            "x": x_axis(across(axis, [point.value for point in found])),
            "y": y_axis(
                linear_axis([min(1.0, max(0.0, each)) for each in finite] or [0.0, 1.0]),
                "accuracy (share of rows predicted right)",
            ),
            "hover": "x",
            "at": [axis.say(point.value) for point in found],
            "series": both_parts(found),
            "marks": _selected(report, found),
        },
    )


def _selected(report: Report, points: Sequence[CurvePoint]) -> list[Drawing]:
    singled = shown_selection(report)
    return [
        {"x": point.value, "y": point.validation_loss, "shape": "circle", "name": "selected"}
        for point in points
        if singled is not None and point.value == singled.selected.value and isfinite(point.validation_loss)
    ]
