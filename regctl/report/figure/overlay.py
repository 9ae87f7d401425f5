"""Validation loss of several runs against the axis they share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt

from regctl.report.axes import Axis
from regctl.report.figure.frame import Frame
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.marks import break_layers
from regctl.report.figure.scales import across, loss_axis
from regctl.report.figure.theme import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION, headed, styled
from regctl.types import CurvePoint, Selection

_WIDTH, _HEIGHT = 660, 400
# Colour, shape and dash all differ, for those who see no colour at all.
_LOOKS = (
    (BLUE, "circle", (1, 0)),
    (VERMILION, "square", (6, 3)),
    (GREEN, "triangle-up", (2, 2)),
    (PURPLE, "diamond", (8, 3, 2, 3)),
    (ORANGE, "triangle-down", (4, 2)),
    (SKY, "cross", (10, 4)),
)
MOST_LINES = len(_LOOKS)
_FEW = 40  # points; more of them would hide the line


@dataclass(frozen=True)
class Overlaid:
    """A run's line: its letter, what the run is, its points, and what it singled out."""

    letter: str
    what: str
    points: Sequence[CurvePoint]
    selection: Selection | None


def overlay(lines: Sequence[Overlaid], *, axis: Axis, loss_label: Sequence[str], note: str) -> alt.LayerChart:
    """Validation data loss, a line with a band of ± one standard error for each run, a ring at its selected setting.

    Parameters:
        lines: at most `MOST_LINES`.
        axis: that the points' values are on.
        loss_label: lines of text: what the data loss is, and on which scale.
        note: below the title.
    """
    points = [replace(point, train_loss=math.nan) for line in lines for point in line.points]
    x, y = across(axis, [point.value for point in points]), loss_axis(points, axis)
    frame = Frame(x, y, _WIDTH, _HEIGHT, loss_label, away=False, texts=0)
    looks = list(zip(lines, _LOOKS, strict=False))
    layers = [layer for line, look in looks for layer in _bands(frame, line, look[0])]
    layers += [layer for line, look in looks for layer in _line(frame, line, *look)]
    layers += break_layers(frame)
    layers += [layer for line, look in looks for layer in _ring(frame, line, look[0])]
    layers += row_of_keys([Key(line.letter, look[0], look[2], look[1]) for line, look in looks])
    *others, last = (line.letter for line in lines)
    title = f"Validation loss against {axis.symbol} of the runs {', '.join(others)} and {last}"
    words = [*(f"{line.letter}: {line.what}" for line in lines), note, *_beyond(frame, lines)]
    chart = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    found: alt.LayerChart = styled(headed(chart, title, words, _WIDTH), _WIDTH)
    return found


def _row(frame: Frame, point: CurvePoint) -> dict[str, Any]:
    loss, error = point.validation_loss, point.validation_se
    if not (math.isfinite(loss) and frame.y.shows(loss)):
        return {"value": point.value, "x": point.value, "y": None, "low": None, "high": None}
    ends = (None, None) if error is None else (frame.y.clamp(loss - error), frame.y.clamp(loss + error))
    return {"value": point.value, "x": point.value, "y": loss, "low": ends[0], "high": ends[1]}


def _bands(frame: Frame, line: Overlaid, colour: str) -> list[alt.Chart]:
    rows = [_row(frame, point) for point in line.points]
    joined = [row for row in rows if frame.x.joined(row["value"])]
    alone = [row for row in rows if row["low"] is not None and not frame.x.joined(row["value"])]
    edges = {"x": frame.across(), "y": frame.up("low"), "y2": "high:Q"}
    band = alt.Chart(frame.data(joined)).mark_area(
        opacity=0.15, color=colour, invalid="break-paths-filter-domains"
    )
    bar = alt.Chart(frame.data(alone)).mark_rule(strokeWidth=4, opacity=0.25, color=colour)
    return [band.encode(**edges), bar.encode(**edges)]


def _line(frame: Frame, line: Overlaid, colour: str, shape: str, dash: tuple[int, ...]) -> list[alt.Chart]:
    rows = [_row(frame, point) for point in line.points]
    joined = alt.Chart(frame.data(row for row in rows if frame.x.joined(row["value"])))
    seen = alt.Chart(frame.data(row for row in rows if row["y"] is not None))
    place, size = {"x": frame.across(), "y": frame.up()}, 36 if len(rows) <= _FEW else 12
    drawn = joined.mark_line(
        strokeWidth=2, color=colour, strokeDash=list(dash), invalid="break-paths-filter-domains"
    )
    return [
        drawn.encode(**place),
        seen.mark_point(filled=True, size=size, opacity=1, color=colour, shape=shape).encode(**place),
    ]


def _ring(frame: Frame, line: Overlaid, colour: str) -> list[alt.Chart]:
    if line.selection is None or not frame.y.shows(line.selection.selected.validation_loss):
        return []
    selected = line.selection.selected
    here = alt.Chart(frame.data([{"x": selected.value, "y": selected.validation_loss}]))
    outer = here.mark_point(shape="circle", size=190, filled=False, stroke=INK, strokeWidth=1.4, opacity=1)
    inner = here.mark_point(shape="circle", size=140, filled=False, stroke=colour, strokeWidth=2, opacity=1)
    return [layer.encode(x=frame.across(), y=frame.up()) for layer in (outer, inner)]


def _beyond(frame: Frame, lines: Sequence[Overlaid]) -> list[str]:
    """Which settings the axis does not show: a setting that exploded or diverged would flatten the rest."""
    texts = []
    for line in lines:
        lost = [
            p
            for p in line.points
            if not (math.isfinite(p.validation_loss) and frame.y.shows(p.validation_loss))
        ]
        if lost:
            texts.append(f"{line.letter}: {len(lost)} off the scale or diverged.")
    return [f"Not drawn: {' '.join(texts)}"] if texts else []
