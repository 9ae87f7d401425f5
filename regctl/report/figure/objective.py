"""The axis of a search's objective, and what it does not show: failed requests, and those far worse than the rest."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

import altair as alt

from regctl.records.search_record import Searched, SearchRecord
from regctl.report.figure.frame import ROW, own_ticks
from regctl.report.figure.key import Key
from regctl.report.figure.scales import LossAxis, axis_of, linear_axis
from regctl.report.figure.theme import INK
from regctl.report.searching import finished
from regctl.types import CurvePoint

_FAR = 8.0  # times as far from the best as the middle score is


@dataclass(frozen=True)
class Search:
    """What the figures of a search draw.

    `objective` is its name within a sentence, `label` its lines beside an axis; `replicates` says what a spread is
    over: `3 seeds`, empty where there is but one.
    """

    record: SearchRecord
    searched: tuple[Searched, ...]
    objective: str
    label: tuple[str, ...]
    replicates: str = ""


@dataclass(frozen=True)
class Height:
    """The objective's axis, below a row for what failed; `height` is the plot's, in pixels."""

    axis: LossAxis
    direction: Literal["min", "max"]
    label: Sequence[str]
    height: int

    def up(self, field: str = "y", named: bool = True) -> alt.Y:
        """The channel; without its name and ticks beside a panel that has them."""
        scale = alt.Scale(
            type="log" if self.axis.log else "linear",
            domain=[self.axis.low, self.axis.high],
            range=[self.height - ROW * (self.direction == "max"), ROW],
            nice=False,
            zero=False,
        )
        ticks = own_ticks({tick: self.axis.label(tick) for tick in self.axis.ticks})
        title = {"title": list(self.label), "titleLimit": self.height, "titlePadding": 10}
        if not named:
            title, ticks = {"title": None}, {**ticks, "labels": False, "ticks": False, "domain": False}
        return alt.Y(f"{field}:Q", scale=scale, axis=alt.Axis(**title, **ticks))

    def share(self, score: float) -> float:
        """How high a score is drawn, 0 to 1; what is off the scale lies at its end."""
        low, high, at = (
            math.log(each) if self.axis.log else each
            for each in (self.axis.low, self.axis.high, self.axis.clamp(score))
        )
        return (at - low) / (high - low)

    def edge_layers(
        self, searched: Iterable[Searched], x: alt.X, places: Mapping[int, float]
    ) -> list[alt.Chart]:
        """Crosses above for what failed; triangles at the worse end for what is off the scale."""
        layers = []
        for shape, requests in _edges(searched, self.axis).items():
            if not requests:
                continue
            rows = [{"x": places[each.number]} for each in requests if each.number in places]
            high = self.height - ROW / 2 if shape == "triangle-down" else ROW / 2
            marks = alt.Chart(alt.Data(values=rows))
            mark = marks.mark_point(shape=shape, size=48, color=INK, opacity=1, filled=True)
            layers.append(mark.encode(x=x, y=alt.value(high)))
        return layers

    def edge_keys(self, searched: Iterable[Searched]) -> list[Key]:
        """Their legend."""
        edges = _edges(searched, self.axis)
        found = [Key("failed", INK, shape="cross", line=False, size=48)] if edges["cross"] else []
        return found + [
            Key("off the scale", INK, shape=shape, line=False, size=48)
            for shape in ("triangle-up", "triangle-down")
            if edges[shape]
        ]

    def shows(self, each: Searched) -> bool:
        """Whether a request is a point of the plot."""
        return each.score is not None and math.isfinite(each.score) and self.axis.shows(each.score)


def height_of(search: Search, height: int, spreads: bool = False) -> Height:
    """The axis that suits the scores, a log one for losses that spread by more than three times.

    Scores far worse than the rest leave it; with `spreads`, it shows those of the others as well.
    """
    direction, found = search.record.direction, finished(search.searched)
    scores = [float(each.score) for each in found if each.score is not None]
    if direction == "min" and scores:
        bands = [
            each.score + sign * (each.spread or 0.0)
            for each in found
            if spreads and each.score is not None
            for sign in (-1, 1)
        ]
        points = [CurvePoint(0.0, 1, math.nan, None, score, None, None, None) for score in scores]
        return Height(axis_of(points, (), bands), direction, search.label, height)
    return Height(linear_axis(_near(scores) or [0.0, 1.0]), direction, search.label, height)


def _near(scores: Sequence[float]) -> list[float]:
    """Those not far below the best."""
    if not scores:
        return []
    best = max(scores)
    return [score for score in scores if best - score <= _FAR * ((best - median(scores)) or math.inf)]


def _edges(searched: Iterable[Searched], axis: LossAxis) -> dict[str, list[Searched]]:
    found: dict[str, list[Searched]] = {"cross": [], "triangle-up": [], "triangle-down": []}
    for each in searched:
        if each.score is None or not math.isfinite(each.score):
            found["cross"].append(each)
        elif each.score > axis.high:
            found["triangle-up"].append(each)
        elif each.score < axis.low:
            found["triangle-down"].append(each)
    return found


def rows_of(
    searched: Iterable[Searched], places: Mapping[int, float], height: Height
) -> list[dict[str, Any]]:
    """The requests that the axis shows: where they lie, and the ends of their spread."""
    return [
        {
            "x": places[each.number],
            "y": each.score,
            "low": height.axis.clamp(each.score - (each.spread or 0.0)),
            "high": height.axis.clamp(each.score + (each.spread or 0.0)),
        }
        for each in searched
        if each.score is not None and height.shows(each) and each.number in places
    ]
