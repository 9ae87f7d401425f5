"""Accuracies of a classification along the swept axis, from the run's trials."""

import math
import statistics
from collections.abc import Sequence

from regctl.report.model import Report
from regctl.report.points import as_shown
from regctl.spec.axes import axis_value
from regctl.types import CurvePoint

METRIC = "accuracy"


def accuracies(report: Report, points: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """Mean accuracies over replicates in the place of the losses of points as `report.curve` has them.

    Of n validation rows the standard error is √(a (1 − a) / n + s² / S), s the sd over S seeds; under k-fold, and of
    the training rows, it is s/√S over all replicates. A setting with a trial that diverged has NaN. Nothing where the
    metric was not recorded.
    """
    if METRIC not in report.metrics:
        return ()
    rows = None if report.spec.k_fold is not None else len(report.data.split.parts["validation"])
    return tuple(as_shown(report, _point(report, point, rows)) for point in points)


def _point(report: Report, point: CurvePoint, rows: int | None) -> CurvePoint:
    axis, by = report.manifest.axis or "lambda", report.manifest.by
    trials = [
        trial
        for trial in report.trials
        if axis_value(trial.setting, axis) == point.value
        and (by is None or axis_value(trial.setting, by) == point.other)
    ]
    finished = trials and all(trial.status == "done" for trial in trials)
    train = [trial.train_metrics.get(METRIC, math.nan) for trial in trials] if finished else [math.nan]
    validation = (
        [trial.validation_metrics.get(METRIC, math.nan) for trial in trials] if finished else [math.nan]
    )
    mean = statistics.fmean(validation)
    spread, of_rows = _se(validation), None if rows is None else max(mean * (1 - mean), 0.0) / rows
    errors = [each for each in (None if spread is None else spread**2, of_rows) if each is not None]
    total = math.sqrt(sum(errors)) if errors and math.isfinite(mean) else None
    return CurvePoint(
        point.value, len(trials), statistics.fmean(train), _se(train), mean, total, None, None, point.other
    )


def _se(values: Sequence[float]) -> float | None:
    """sd/√S; None of one value."""
    known = len(values) > 1 and all(map(math.isfinite, values))
    return statistics.stdev(values) / math.sqrt(len(values)) if known else None
