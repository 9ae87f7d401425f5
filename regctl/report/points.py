"""The curve as a report shows it: along `samples`, numbers of rows for shares of them; one line of two axes."""

from collections.abc import Sequence
from dataclasses import replace

from regctl.report.model import Report
from regctl.types import CurvePoint, Selection


def training_rows(report: Report) -> int:
    """How many rows a model is trained on, all of them; under k-fold about that many in each fold."""
    rows, k_fold = len(report.data.split.parts["train"]), report.spec.k_fold
    return rows if k_fold is None else round(rows * (k_fold.folds - 1) / k_fold.folds)


def shown(report: Report) -> tuple[CurvePoint, ...]:
    """The curve's points, shares of the training rows as numbers of rows."""
    return tuple(as_shown(report, point) for point in report.curve)


def as_shown(report: Report, point: CurvePoint) -> CurvePoint:
    """A point of the curve as in `shown`."""
    if report.manifest.axis == "samples":
        return replace(point, value=rows_of_share(report, point.value))
    if report.manifest.by == "samples" and point.other is not None:
        return replace(point, other=rows_of_share(report, point.other))
    return point


def rows_of_share(report: Report, share: float) -> float:
    """How many training rows a share is, as the run counted them: whole groups may make it more."""
    return float(report.sizes.get(share, round(share * training_rows(report))))


def shown_selection(report: Report) -> Selection | None:
    """The singled-out points as in `shown`."""
    found = report.selection
    if found is None:
        return None
    choice = found.one_standard_error
    return Selection(
        as_shown(report, found.minimum),
        None if choice is None else as_shown(report, choice),
        as_shown(report, found.selected),
    )


def line_of(points: Sequence[CurvePoint], other: float | None) -> tuple[CurvePoint, ...]:
    """The points at one place on the second axis."""
    return tuple(point for point in points if point.other == other)
