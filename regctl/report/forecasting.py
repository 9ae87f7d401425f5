"""The forecast of a run along `samples`, computed from its files: the setting chosen at each size, and its rows."""

import numpy as np

from regctl.analysis.learning_curve import Forecast, forecast
from regctl.records.validation_rows import FILE, ValidationRows, read_validation_rows
from regctl.report.model import Report
from regctl.report.points import best_by_value, training_rows
from regctl.spec.axes import axis_value
from regctl.types import CurvePoint, Float64


def forecast_of(report: Report) -> Forecast | None:
    """What the curve says about more rows; None along other axes, or where rows were not kept of every setting."""
    if report.manifest.axis != "samples" or not report.curve or not (report.run / FILE).is_file():
        return None
    kept, points = read_validation_rows(report.run), best_by_value(report.curve)
    places = [_place(report, kept, point) for point in points]
    if None in places:
        return None
    sizes = [round(point.value * training_rows(report)) for point in points]
    if len(set(sizes)) < len(sizes):
        return None
    losses = kept.loss[np.array(places)]
    train = np.array([_train_losses(report, kept, point) for point in points], np.float64)
    return forecast(sizes, losses, train, kept.blocks)


def _place(report: Report, kept: ValidationRows, point: CurvePoint) -> int | None:
    """Where a point's setting is among those whose rows were kept."""
    by = report.manifest.by
    for index, setting in enumerate(kept.settings):
        same = axis_value(setting, "samples") == point.value
        if same and (by is None or axis_value(setting, by) == point.other):
            return index
    return None


def _train_losses(report: Report, kept: ValidationRows, point: CurvePoint) -> Float64:
    """Training losses by replicate, each a seed and a repeat: the mean over folds."""
    by, k_fold = report.manifest.by, report.spec.k_fold
    found = []
    for seed, repeat in zip(kept.seeds.tolist(), kept.repeats.tolist(), strict=True):
        own = [
            trial.train_loss
            for trial in report.trials
            if trial.seed == seed
            and (k_fold is None or (trial.fold or 0) // k_fold.folds == repeat)
            and axis_value(trial.setting, "samples") == point.value
            and (by is None or axis_value(trial.setting, by) == point.other)
        ]
        found.append(float(np.mean(own)) if own else np.nan)
    return np.array(found)
