"""The fit plot of the page: rows, and the curve of the setting that the sliders point at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from regctl.records import fits
from regctl.records.fits import FitPoints, FittedCurve
from regctl.report.axes import Axis
from regctl.report.drawing import fit_words, fits_of, losses_of
from regctl.report.figure.fit import FitAxes, fit_axes, fit_title
from regctl.report.model import Report
from regctl.report.page.shapes import Drawing, compacts, data_axis
from regctl.report.points import as_shown

_MOST_PLACES, _MOST_POINTS = 60_000, 1_500
_ROWS = {
    "train": ("training rows", "train", "times"),
    "validation": ("validation rows", "validation", "ring"),
}


def fit_drawing(report: Report) -> Iterator[tuple[str, Drawing]]:
    """Of a model of one input; nothing otherwise. Test rows are never among the rows."""
    if not (report.run / fits.FITS).is_file():
        return
    curves, parts, selected = fits_of(report)
    words: Mapping[str, Any] = fit_words(report)
    if not curves or not parts:
        return
    axis, by, axes = words["axis"], words["by"], fit_axes(parts, words["x_label"], words["y_label"])
    kept = _kept(curves, selected)
    own = sorted({curve.value for curve in kept})
    other = sorted({curve.other for curve in kept if curve.other is not None})
    notes = {(point.value, point.other): losses_of(as_shown(report, point)) for point in report.curve}
    left = "" if len(kept) == len(curves) else f". The sliders have {len(kept):,} of {len(curves):,} settings"
    yield (
        "fit",
        {
            "kind": "lines",
            "title": fit_title(selected, axis, by),
            "note": f"{words['subtitle']}{left}",
            "x": data_axis(axes.x, words["x_label"]),
            "y": data_axis(axes.y, " ".join(words["y_label"])),
            "hover": "nearest",
            "series": [_rows(part) for part in parts if part.part in _ROWS],
            "marks": [],
            "curves": [_curve(axes, curve, own, other, notes) for curve in kept],
            "sliders": _sliders(axis, by, own, other, selected or (kept[0].value, kept[0].other)),
        },
    )


def _kept(
    curves: Sequence[FittedCurve], selected: tuple[float, float | None] | None
) -> Sequence[FittedCurve]:
    """As many settings as the page has room for, evenly from each axis; the selected one's values among them."""
    room = max(4, _MOST_PLACES // max(len(curves[0].x) // 2, 1))
    if len(curves) <= room:
        return curves
    own = sorted({curve.value for curve in curves})
    other = sorted({curve.other for curve in curves if curve.other is not None})
    share = (room / len(curves)) ** (0.5 if other else 1.0)
    keep = _spread(own, share, None if selected is None else selected[0])
    keep_other = _spread(other, share, None if selected is None else selected[1])
    return [c for c in curves if c.value in keep and (c.other is None or c.other in keep_other)]


def _spread(values: Sequence[float], share: float, also: float | None) -> set[float]:
    if not values:
        return set()
    places = np.linspace(0, len(values) - 1, max(2, int(share * len(values)))).round().astype(int)
    return {values[place] for place in places} | ({also} if also in values and also is not None else set())


def _rows(part: FitPoints) -> Drawing:
    name, role, shape = _ROWS[part.part]
    order = np.argsort(part.x, kind="stable")
    order = order[:: -(-len(order) // _MOST_POINTS)]
    x, y = part.x[order].tolist(), part.y[order].tolist()
    return {
        "name": name, "role": role, "shape": shape, "line": False,
        "x": compacts(x), "y": compacts(y), "tips": [f"{value:,.6g}" for value in y],
        "at": [f"{value:,.6g}" for value in x],
    }  # fmt: skip


def _curve(
    axes: FitAxes,
    curve: FittedCurve,
    own: Sequence[float],
    other: Sequence[float],
    notes: Mapping[tuple[float, float | None], str],
) -> Drawing:
    """At every second place: a curve of 100 points is as smooth on a page. Cut off far beyond the axis."""
    span = axes.y.high - axes.y.low
    heights = np.clip(curve.prediction, axes.y.low - span, axes.y.high + span)
    place = [own.index(curve.value), 0 if curve.other is None else other.index(curve.other)]
    every = slice(None, None, 2) if len(curve.x) > 100 else slice(None)
    return {
        "at": place,
        "x": compacts(curve.x[every].tolist()),
        "y": compacts(heights[every].tolist()),
        "note": notes.get((curve.value, curve.other), ""),
    }


def _sliders(
    axis: Axis,
    by: Axis | None,
    own: Sequence[float],
    other: Sequence[float],
    start: tuple[float, float | None],
) -> list[Drawing]:
    texts = [axis.say(each) for each in own]
    found: list[Drawing] = []
    if len(own) > 1 or len(other) > 1:  # both, as a curve's place has one number for each
        found.append({"name": axis.symbol, "texts": texts, "start": _place(own, start[0])})
    if by is not None and other and found:
        texts = [by.say(each) for each in other]
        found.append({"name": by.symbol, "texts": texts, "start": _place(other, start[1])})
    return found


def _place(values: Sequence[float], value: float | None) -> int:
    return values.index(value) if value is not None and value in values else 0
