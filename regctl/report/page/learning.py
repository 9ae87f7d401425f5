"""The learning curve of the page: losses against the number of training rows, the fitted law and its forecast."""

from collections.abc import Iterator, Sequence

from regctl.analysis.selection import best_at_each
from regctl.report.axes import AXES
from regctl.report.drawing import law_of
from regctl.report.figure.learning import FittedLaw, learning_title, shown_losses
from regctl.report.figure.scales import loss_axis, rows_axis
from regctl.report.losses import loss_name
from regctl.report.model import Report
from regctl.report.numbers import with_interval
from regctl.report.page.loss import both_parts
from regctl.report.page.shapes import Drawing, series, tips, x_axis, y_axis
from regctl.report.points import shown
from regctl.report.wording import subtitle, swept
from regctl.spec.axes import LARGER_IS_STRONGER


def learning_drawing(report: Report) -> Iterator[tuple[str, Drawing]]:
    """Of a sweep along `samples` alone; with a second axis, at the best of it at each size."""
    if swept(report)[0].name != "samples":
        return
    points = best_at_each(shown(report), LARGER_IS_STRONGER[report.manifest.by or "lambda"])
    if not points:
        return
    law, by = law_of(report) or FittedLaw(), report.manifest.by
    ahead = [] if law.forecast_rows is None else [law.forecast_rows]
    at = sorted(point.value for point in points)
    notes = [subtitle(report), f"{AXES[by].symbol} chosen anew at each size" if by else ""]
    notes += [f"No forecast: {law.refusal}" if law.refusal else ""]
    yield (
        "learning-curve",
        {
            "kind": "lines",
            "title": learning_title(points, law),
            "note": ". ".join(note for note in notes if note),
            "x": x_axis(rows_axis([*at, *ahead])),
            "y": y_axis(
                loss_axis(points, AXES["samples"], also=shown_losses(law)), " ".join(loss_name(report))
            ),
            "hover": "nearest",
            "at": [AXES["samples"].say(value) for value in at],
            "series": [*both_parts(points), *_law(law)],
            "marks": [],
        },
    )


def _law(law: FittedLaw) -> list[Drawing]:
    found = []
    if law.rows:
        line = series("fitted power law", "ink", list(law.rows), list(law.loss), dash="5 3", thin=True)
        found.append(line | {"tips": tips(list(law.loss)), "at": _at(law.rows)})
    if law.forecast is not None and law.forecast_rows is not None:
        each = law.forecast
        point = series("forecast", "ink", [law.forecast_rows], [each.value], shape="diamond")
        told = [with_interval(each.value, each.low, each.high)]
        ends = {} if each.low is None else {"low": [each.low], "high": [each.high]}
        found.append(point | ends | {"tips": told, "at": _at([law.forecast_rows])})
    return found


def _at(rows: Sequence[float]) -> list[str]:
    return [AXES["samples"].say(each) for each in rows]
