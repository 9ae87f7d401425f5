"""Lines, bands, points and the key of the loss curve."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from regctl.report.figure.frame import Frame
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.theme import BLUE, VERMILION
from regctl.types import CurvePoint

PARTS = ("validation", "training")
_COLOURS = (VERMILION, BLUE)
_DASHES = ([1, 0], [6, 3])  # line style and shape differ for those who see no colour at all
_SHAPES = ("circle", "square")


def line_layers(frame: Frame, points: Sequence[CurvePoint]) -> list[alt.Chart]:
    """Bands, lines and points of both parts; what is not on the line has an error bar for a band."""
    rows = [row for point in points for row in _rows(frame, point)]
    joined = alt.Chart(frame.data(row for row in rows if frame.x.joined(row["value"])))
    alone = alt.Chart(frame.data(row for row in _lone(frame, rows)))
    everywhere = alt.Chart(frame.data(row for row in rows if row["y"] is not None))
    colour, dash, shape = _part_channels()
    edges = {"x": frame.across(), "y": frame.up("low"), "y2": "high:Q"}
    gaps = "break-paths-filter-domains"  # a missing setting parts the line: its neighbours are not joined
    return [
        joined.mark_area(opacity=0.18, invalid=gaps).encode(**edges, color=colour),
        alone.mark_rule(strokeWidth=4, opacity=0.3).encode(**edges, color=colour),
        joined.mark_line(strokeWidth=2, invalid=gaps).encode(
            x=frame.across(), y=frame.up(), color=colour, strokeDash=dash
        ),
        everywhere.mark_point(filled=True, size=36, opacity=1).encode(
            x=frame.across(), y=frame.up(), color=colour, shape=shape
        ),
    ]


def _part_channels() -> tuple[alt.Color, alt.StrokeDash, alt.Shape]:
    colour, dash, shape = (
        alt.Scale(domain=list(PARTS), range=list(each)) for each in (_COLOURS, _DASHES, _SHAPES)
    )
    return (
        alt.Color("part:N", scale=colour, legend=None),
        alt.StrokeDash("part:N", scale=dash, legend=None),
        alt.Shape("part:N", scale=shape, legend=None),
    )


def _rows(frame: Frame, point: CurvePoint) -> list[dict[str, Any]]:
    losses = {"validation": point.validation_loss, "training": point.train_loss}
    errors = {"validation": point.validation_se, "training": point.train_se}
    return [
        {"value": point.value, "x": point.value, "part": part} | _height(frame, losses[part], errors[part])
        for part in PARTS
    ]


def _height(frame: Frame, loss: float, error: float | None) -> dict[str, float | None]:
    """Loss and band; None where the axis does not show the loss. A band is cut at the axis's ends."""
    if not (math.isfinite(loss) and frame.y.shows(loss)):
        return {"y": None, "low": None, "high": None}
    band = [None, None] if error is None else [frame.y.clamp(loss - error), frame.y.clamp(loss + error)]
    return {"y": loss, "low": band[0], "high": band[1]}


def _lone(frame: Frame, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without a neighbour on the line: behind the axis break, and between settings that are missing."""
    found = []
    for part in PARTS:
        ordered = sorted((row for row in rows if row["part"] == part), key=lambda row: row["value"])
        for index, row in enumerate(ordered):
            beside = ordered[max(index - 1, 0) : index] + ordered[index + 1 : index + 2]
            joined = [each for each in beside if each["y"] is not None and frame.x.joined(each["value"])]
            if row["low"] is not None and not (frame.x.joined(row["value"]) and joined):
                found.append(row)
    return found


def key_layers() -> list[alt.Chart]:
    """The legend of both parts, above the plot."""
    return row_of_keys(PART_KEYS)


PART_KEYS = tuple(
    Key(part, _COLOURS[index], dash=_DASHES[index], shape=_SHAPES[index]) for index, part in enumerate(PARTS)
)
