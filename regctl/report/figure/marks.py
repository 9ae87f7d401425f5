"""Marks on the loss curve: its regions, the axis break, the minimum, and what is off the scale."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from regctl.report.figure.annotations import PIXELS_PER_LETTER, Label, Region, marker_labels
from regctl.report.figure.frame import ROW, Frame
from regctl.report.figure.off_scale import GAP, OffScale
from regctl.report.figure.theme import INK, ORANGE, SKY
from regctl.types import CurvePoint, Selection

_SHADES = {"underfitting": SKY, "overfitting": ORANGE}


def region_layers(frame: Frame, regions: Sequence[Region]) -> list[alt.Chart]:
    """A pale ground under each region, and its name above it."""
    layers = []
    for region in regions:
        strong = frame.x.strong if region.strong is None else region.strong
        weak = frame.x.weak if region.weak is None else region.weak
        ground = alt.Chart(alt.Data(values=[{"x": strong, "x2": weak}]))
        shade = ground.mark_rect(color=_SHADES[region.name], opacity=0.09)
        span = {"x": frame.across(), "x2": "x2:Q", "y": alt.value(0), "y2": alt.value(frame.height)}
        layers += [shade.encode(**span), _region_name(frame, region, strong, weak)]
    return layers


def _region_name(frame: Frame, region: Region, strong: float, weak: float) -> alt.Chart:
    """In the middle of the region; where it is narrow, inward from the edge of the plot."""
    pixels = abs(frame.x.share(weak) - frame.x.share(strong)) * frame.width
    if pixels >= PIXELS_PER_LETTER * len(region.name) + GAP:
        middle = frame.x.middle(strong, weak)
        return _text(frame, middle, region.name, frame.row(0), "center", fontStyle="italic")
    outer = strong if region.strong is None else weak
    align = "left" if frame.x.share(outer) < 0.5 else "right"
    return _text(frame, outer, region.name, frame.row(0), align, fontStyle="italic")


def break_layers(frame: Frame) -> list[alt.Chart]:
    """The gap in the λ axis before 0: a white stroke over the axis line between two slanted ones."""
    if frame.x.gap is None:
        return []
    gap = {
        "x": frame.x.moved(frame.x.gap, -5 / frame.width),
        "x2": frame.x.moved(frame.x.gap, 5 / frame.width),
    }
    height = alt.value(frame.height)
    across = alt.Chart(alt.Data(values=[gap]))
    slants = alt.Chart(alt.Data(values=[{"x": gap["x"]}, {"x": gap["x2"]}]))
    return [
        across.mark_rule(color="white", strokeWidth=4).encode(x=frame.across(), x2="x2:Q", y=height),
        slants.mark_text(text="/", fontSize=15, color=INK).encode(x=frame.across(), y=height),
    ]


def marker_layers(frame: Frame, selection: Selection | None) -> list[alt.Chart]:
    """The minimum's dot and dashed line, the one-standard-error choice's diamond and dotted line, texts."""
    if selection is None:
        return []
    minimum, choice = selection.minimum, selection.one_standard_error
    labels = marker_labels(selection, frame.x, frame.width)
    layers = []
    if choice is not None and choice != minimum:
        layers += _marker(frame, choice, labels[1], [1, 3], "diamond")
    layers += _marker(frame, minimum, labels[0], [5, 3], "circle")
    texts = [
        _text(frame, label.value, label.text, _marker_row(frame, label), label.align) for label in labels
    ]
    return [*layers, *texts]


def _marker(frame: Frame, point: CurvePoint, label: Label, dash: list[int], shape: str) -> list[alt.Chart]:
    """A vertical line down from the row of its label, and a mark on the validation line."""
    here = alt.Chart(frame.data([{"x": point.value, "y": point.validation_loss}]))
    top = alt.value(_marker_row(frame, label) - ROW / 2)
    line = here.mark_rule(color=INK, strokeDash=dash, strokeWidth=1.2)
    mark = here.mark_point(shape=shape, size=140, filled=True, fill=INK, stroke="white", opacity=1)
    return [
        line.encode(x=frame.across(), y=top, y2=alt.value(frame.height)),
        mark.encode(x=frame.across(), y=frame.up()),
    ]


def _marker_row(frame: Frame, label: Label) -> float:
    return frame.row(-2 if label.upper else -1)


def off_scale_layers(frame: Frame, groups: Sequence[OffScale]) -> list[alt.Chart]:
    """An arrow or a cross at the edge for each setting that is no point, and one text for neighbours."""
    layers = []
    for group in groups:
        shape = {"above": "triangle-up", "below": "triangle-down", "diverged": "cross"}[group.edge]
        height = frame.height - 8 if group.edge == "below" else frame.edge
        angle = 45 if group.edge == "diverged" else 0
        marks = alt.Chart(frame.data({"x": value} for value in group.values))
        layers += [
            marks.mark_point(shape=shape, size=60, filled=True, color=INK, opacity=1, angle=angle).encode(
                x=frame.across(), y=alt.value(height)
            ),
            _text(frame, group.beside, group.text, height, group.align, away=GAP),
        ]
    return layers


def _text(
    frame: Frame, value: float, text: str, height: float, align: str, away: int = 5, **style: Any
) -> alt.Chart:
    """Text beside a value, `away` pixels from it, at a height in pixels from the top."""
    shift = {"left": away, "right": -away}.get(align, 0)
    mark = alt.Chart(frame.data([{"x": value}])).mark_text(
        text=text, align=align, baseline="middle", dx=shift, fontSize=11.5, color=INK, **style
    )
    return mark.encode(x=frame.across(), y=alt.value(height))
