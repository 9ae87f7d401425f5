"""The coefficient path: standardized coefficients of a linear model against λ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from regctl.report.axes import AXES
from regctl.report.cutting import cut
from regctl.report.figure.frame import ROW, Frame
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.labels import EndLabel, label_layers
from regctl.report.figure.marks import break_layers
from regctl.report.figure.scales import LossAxis, linear_axis, strength_axis
from regctl.report.figure.theme import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    headed,
    styled,
)
from regctl.report.figure.thinning import MOST_PLACES, thinned
from regctl.report.numbers import count
from regctl.types import Float64

MOST_LABELLED, MOST_DRAWN = 10, 400
_MOST_AT_SELECTED = 7
_FEWEST_PLACES, _MOST_NUMBERS = 160, 60_000
_WIDTH, _HEIGHT, _LABELS = 560, 420, 190
_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
_GREY = "#c4c4c4"
_LETTERS = 28
_CLIPPED = 3.0
_GAPS = "break-paths-filter-domains"  # what is off the axis parts a line


@dataclass(frozen=True)
class CoefficientPath:
    """Coefficients of the design's columns, float64 `[L, k]`, for L values of λ; the intercept is not among them."""

    lambdas: tuple[float, ...]
    features: tuple[str, ...]
    coefficients: Float64


def coefficient_path(
    path: CoefficientPath, selected: float | None, *, label: Sequence[str], subtitle: str | Sequence[str]
) -> alt.LayerChart:
    """Every column's coefficient against λ; the largest are coloured and named, the rest grey.

    λ runs from strong (left) to weak (right), λ = 0 apart behind an axis break. Above are the counts of nonzero
    coefficients; a vertical line marks the selected λ. Coefficients that blow up as λ goes to 0 leave the axis.

    Parameters:
        path: in any order of λ.
        selected: the selected λ; None when there is none.
        label: of the upright axis, in lines of text: what the coefficients are.
        subtitle: model and grid, in words.
    """
    order = np.argsort(path.lambdas)
    lambdas, values = [float(path.lambdas[index]) for index in order], path.coefficients[order]
    x, y = strength_axis(lambdas), height_axis(lambdas, values, selected)
    frame = Frame(x, y, _WIDTH, _HEIGHT, label, away=False, texts=2)
    named, rest = ranked(lambdas, np.clip(values, y.low, y.high), selected)
    kept = _drawn_places(lambdas, selected, len(named) + len(rest))
    drawn, heights = [lambdas[place] for place in kept], values[kept]
    layers = [
        _zero(frame),
        *_grey_lines(frame, drawn, heights, rest),
        *_lines(frame, drawn, heights, named),
        *break_layers(frame),
        *_counts(frame, lambdas, values),
        *_selected(frame, selected),
        *_names(frame, path.features, values, named),
        *row_of_keys(_keys(selected, lambdas, values, len(named))),
    ]
    notes = [subtitle] if isinstance(subtitle, str) else list(subtitle)
    left = values.shape[1] - len(named) - len(rest)
    notes += [f"The {left:,} smallest of {values.shape[1]:,} columns are not drawn."] if left else []
    whole = _WIDTH + _LABELS
    chart = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    found: alt.LayerChart = styled(headed(chart, path_title(lambdas, values, selected), notes, whole), whole)
    return found


def _drawn_places(lambdas: Sequence[float], selected: float | None, lines: int) -> list[int]:
    """Which λ the lines go through, by their places: fewer of thousands, and the fewer the more lines there are."""
    most = min(MOST_PLACES, max(_FEWEST_PLACES, _MOST_NUMBERS // max(lines, 1)))
    return thinned(
        len(lambdas), most, {1, *(place for place, each in enumerate(lambdas) if each == selected)}
    )


def ranked(lambdas: Sequence[float], values: Float64, selected: float | None) -> tuple[list[int], list[int]]:
    """Which columns are named, and which are drawn in grey.

    Named are the largest at the selected λ, seven of them at most, then the largest anywhere.
    """
    overall = np.abs(values).max(axis=0)
    there = np.abs(values[lambdas.index(selected)]) if selected in lambdas else np.zeros_like(overall)
    named = [
        int(index) for index in np.argsort(-there, kind="stable")[:_MOST_AT_SELECTED] if there[index] > 0
    ]
    order = [int(index) for index in np.argsort(-overall, kind="stable") if int(index) not in named]
    named += [index for index in order[: MOST_LABELLED - len(named)] if overall[index] > 0]
    return named, [index for index in order if index not in named][: MOST_DRAWN - len(named)]


def path_title(lambdas: Sequence[float], values: Float64, selected: float | None) -> str:
    """How many coefficients the selected λ keeps."""
    if selected is None or selected not in lambdas:
        return f"How λ shrinks {count(values.shape[1], 'coefficient')}"
    kept = int(np.count_nonzero(values[lambdas.index(selected)]))
    of = count(values.shape[1], "coefficient")
    if kept == values.shape[1]:
        return f"λ shrinks {of}; at {AXES['lambda'].say(selected)} all are nonzero"
    return f"At {AXES['lambda'].say(selected)}, {kept:,} of {of} are nonzero"


def height_axis(lambdas: Sequence[float], values: Float64, selected: float | None) -> LossAxis:
    """All of the coefficients, unless those less regularized than the selected ones are far larger."""
    kept = values[[index for index, each in enumerate(lambdas) if each >= (selected or 0.0)]]
    limit, highest = _CLIPPED * np.abs(kept).max(), np.abs(values).max()
    shown = values if highest <= 2 * limit or limit == 0 else np.clip(values, -limit, limit)
    return linear_axis([0.0, float(shown.min()), float(shown.max())])


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def _dash(place: int) -> list[int]:
    return [1, 0] if place < len(_COLOURS) else [6, 3]


def _lines(frame: Frame, lambdas: Sequence[float], values: Float64, which: Sequence[int]) -> list[alt.Chart]:
    """Named lines over λ > 0, each in a colour of its own, and a point at 0."""
    layers = []
    for place, index in enumerate(which):
        rows = [
            {"x": each, "y": _on_axis(frame, values[row, index]), "joined": frame.x.joined(each)}
            for row, each in enumerate(lambdas)
        ]
        channels = {"x": frame.across(), "y": frame.up()}
        joined = alt.Chart(frame.data(row for row in rows if row["joined"]))
        alone = alt.Chart(frame.data(row for row in rows if not row["joined"] and row["y"] is not None))
        line = joined.mark_line(invalid=_GAPS, color=_colour(place), strokeWidth=2, strokeDash=_dash(place))
        point = alone.mark_point(filled=True, size=28, color=_colour(place), opacity=1)
        layers += [line.encode(**channels), point.encode(**channels)]
    return layers


def _grey_lines(
    frame: Frame, lambdas: Sequence[float], values: Float64, which: Sequence[int]
) -> list[alt.Chart]:
    """All others in grey. Their data are one text: Altair copies and checks objects one by one, for seconds."""
    layers = []
    for joined in (True, False):
        rows = [row for index in which for row in _csv_rows(frame, lambdas, values[:, index], index, joined)]
        text = "\n".join(["x,y,feature", *rows])
        form = {"type": "csv", "parse": {"x": "number", "y": "number", "feature": "string"}}
        chart = alt.Chart(alt.InlineData(values=text, format=alt.DataFormat(**form)))
        marked = chart.mark_point(filled=True, size=8, color=_GREY, opacity=1)
        if joined:
            marked = chart.mark_line(color=_GREY, strokeWidth=0.8)
        encoded = marked.encode(x=frame.across(), y=frame.up(), detail="feature:N")
        layers += [encoded] if rows else []
    return layers


def _csv_rows(
    frame: Frame, lambdas: Sequence[float], values: Float64, index: int, joined: bool
) -> Iterator[str]:
    """A column's places on the axis; each piece between places off it is a line of its own."""
    piece = 0
    for each, value in zip(lambdas, values.tolist(), strict=True):
        if not frame.y.shows(value):
            piece += 1
        elif frame.x.joined(each) is joined:
            yield f"{frame.x.place(each)!r},{value:.6g},{index}.{piece}"


def _on_axis(frame: Frame, value: float) -> float | None:
    return float(value) if frame.y.shows(value) else None


def _zero(frame: Frame) -> alt.Chart:
    here = alt.Chart(alt.Data(values=[{"y": 0.0}]))
    return here.mark_rule(color="#555555", strokeWidth=1).encode(y=frame.up())


def _counts(frame: Frame, lambdas: Sequence[float], values: Float64) -> list[alt.Chart]:
    """How many coefficients are nonzero, above the ticks of λ."""
    positions = {}
    for tick in frame.x.ticks:
        nearest = min(lambdas, key=lambda each: abs(frame.x.share(each) - frame.x.share(tick)))
        positions[nearest] = int(np.count_nonzero(values[lambdas.index(nearest)]))
    counts = alt.Chart(frame.data({"x": each, "count": f"{number:,}"} for each, number in positions.items()))
    style = {"fontSize": 11, "color": INK, "baseline": "middle"}
    heading = alt.Chart(alt.Data(values=[{}])).mark_text(text="nonzero coefficients", align="left", **style)
    return [
        counts.mark_text(**style).encode(x=frame.across(), y=alt.value(frame.row(1)), text="count:N"),
        heading.encode(x=alt.value(0), y=alt.value(frame.row(0))),
    ]


def _selected(frame: Frame, selected: float | None) -> list[alt.Chart]:
    if selected is None:
        return []
    here = alt.Chart(frame.data([{"x": selected}]))
    rule = here.mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2)
    return [rule.encode(x=frame.across(), y=alt.value(frame.rows * ROW), y2=alt.value(frame.height))]


def _names(frame: Frame, features: Sequence[str], values: Float64, named: Sequence[int]) -> list[alt.Chart]:
    """A label at the weak end, where coefficients are largest; what is off the axis says so."""
    labels = []
    span = frame.height - frame.rows * ROW
    for place, index in enumerate(named):
        end = float(values[0, index])
        share = (frame.y.clamp(end) - frame.y.low) / (frame.y.high - frame.y.low)
        text = cut(features[index], _LETTERS) + ("" if frame.y.shows(end) else " (off the scale)")
        labels.append(EndLabel(text, frame.height - share * span, _colour(place)))
    return label_layers(labels, right=frame.width, top=frame.rows * ROW, bottom=frame.height)


def _keys(selected: float | None, lambdas: Sequence[float], values: Float64, named: int) -> list[Key]:
    keys = []
    if selected is not None:
        keys.append(Key(f"selected: {AXES['lambda'].say(selected)}", INK, dash=(5, 3), width=1.2))
    if values.shape[1] > named:
        keys.append(Key(f"the other {count(values.shape[1] - named, 'column')}", _GREY, width=1.5))
    return keys
