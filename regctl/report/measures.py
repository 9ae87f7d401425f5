"""The table of train, validation and test: the shipped model, its spread, and the reference beside it."""

import math
from collections.abc import Mapping, Sequence

from regctl.records.trial_record import TrialRecord
from regctl.report.blocks import Table
from regctl.report.losses import metric_name
from regctl.report.model import Report
from regctl.report.numbers import decimals_of, number, with_interval
from regctl.report.sealing import SEALED
from regctl.report.setting_names import setting_name
from regctl.report.wording import swept
from regctl.types import Evaluation, Interval, Setting

_LOSS = "loss"


def measures(report: Report, selected: Setting, reference: Setting) -> Table:
    """Rows are part × measure; columns the selected setting and its spread, then the reference and its.

    The number is the first seed's, the model that is shipped. The spread is the standard deviation over
    seeds; on the test set, where the model is frozen, the interval over rows. Under k-fold the number is the mean over
    folds and the spread their standard deviation; the test set is still that of the shipped model.
    """
    header = ["part", "measure"]
    for name, setting in (("selected", selected), ("reference", reference)):
        header += [f"{name}: {setting_name(setting, swept(report))}", "spread"]
    rows = [*_trained_rows(report, (selected, reference)), *_test_rows(report)]
    return _without_empty(Table(tuple(header), tuple(rows), left=frozenset({0, 1})))


def degrees_of_freedom(report: Report, selected: Setting, reference: Setting) -> tuple[str, ...]:
    """How many coefficients' worth of freedom each fit has, on average over folds; () where that is not known."""
    known = []
    for name, setting in (("selected", selected), ("reference", reference)):
        each = [trial.degrees_of_freedom for trial in report.replicates(setting)]
        freedoms = [found for found in each if found is not None]
        if freedoms:
            known.append(f"{name} {number(sum(freedoms) / len(freedoms))}")
    return (f"Effective degrees of freedom, the intercept not counted: {', '.join(known)}.",) if known else ()


def objective_gaps(report: Report, selected: Setting, reference: Setting) -> tuple[str, ...]:
    """How far gradient descent ended from the exact solution; () where there is none."""
    gaps: dict[Setting, list[float]] = {}
    for trial in report.trials:
        if trial.objective_gap is not None:
            gaps.setdefault(trial.setting, []).append(trial.objective_gap)
    if not gaps:
        return ()
    means = {setting: sum(each) / len(each) for setting, each in gaps.items()}
    named = {
        "selected": selected,
        "reference": reference,
        "largest": max(means, key=lambda each: means[each]),
    }
    known = [
        f"{name} {means[setting]:.2g} ({setting_name(setting, swept(report))})"
        for name, setting in named.items()
        if setting in means
    ]
    return (f"Above the exact minimum, gradient descent's J on the training rows is: {', '.join(known)}.",)


def _trained_rows(report: Report, settings: Sequence[Setting]) -> list[tuple[str, ...]]:
    return [
        (
            part if measure == _LOSS else "",
            _name(report, measure),
            *(cell for setting in settings for cell in _cells(report, setting, part, measure)),
        )
        for part in ("train", "validation")
        for measure in (_LOSS, *report.metrics)
    ]


def measured(report: Report, setting: Setting, part: str, measure: str) -> float | None:
    """The number of the table, of the selected setting where it is the test set's; None where there is none."""
    if part == "test":
        evaluation = None if report.test is None else report.test.evaluation
        found = None if evaluation is None else _interval(evaluation, measure)
        return None if found is None else found.value
    values = _replicates(report, setting, part, measure)
    return _shown(report, values) if values else None


def _shown(report: Report, values: Sequence[float]) -> float:
    """The first seed's of a holdout, the mean over folds of k-fold."""
    return values[0] if report.spec.k_fold is None else sum(values) / len(values)


def _replicates(report: Report, setting: Setting, part: str, measure: str) -> list[float]:
    """One value per seed of a holdout, or per fold."""
    trials = report.replicates(setting)
    values = [_values(trial, part).get(measure, math.nan) for trial in trials]
    return values if report.spec.k_fold is None else _fold_means(trials, values)


def _cells(report: Report, setting: Setting, part: str, measure: str) -> tuple[str, str]:
    values = _replicates(report, setting, part, measure)
    if not values:
        return report.lost, ""
    shown, deviation = _shown(report, values), _sd(values)
    errors = report.errors.get(setting) if (part, measure) == ("validation", _LOSS) else None
    known = [each for each in (deviation, None if errors is None else errors.rows) if each is not None]
    return number(shown, decimals_of(max(known, default=None))), _spread(deviation)


def _fold_means(trials: Sequence[TrialRecord], values: Sequence[float]) -> list[float]:
    """One value per fold: the mean over seeds."""
    by_fold: dict[int | None, list[float]] = {}
    for trial, value in zip(trials, values, strict=True):
        by_fold.setdefault(trial.fold, []).append(value)
    return [sum(each) / len(each) for each in by_fold.values()]


def _values(trial: TrialRecord, part: str) -> Mapping[str, float]:
    train = part == "train"
    metrics = trial.train_metrics if train else trial.validation_metrics
    return {**metrics, _LOSS: trial.train_loss if train else trial.validation_loss}


def _sd(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _spread(deviation: float | None) -> str:
    return "" if deviation is None else number(deviation, decimals_of(deviation))


def _test_rows(report: Report) -> list[tuple[str, ...]]:
    if report.test is None:
        return [("test", "all measures", SEALED, "", SEALED, "")]
    both = (report.test.evaluation, report.test.reference_evaluation)
    return [
        (
            "test" if measure == _LOSS else "",
            _name(report, measure),
            *(cell for evaluation in both for cell in _tested(evaluation, measure)),
        )
        for measure in (_LOSS, *report.metrics)
    ]


def _tested(evaluation: Evaluation | None, measure: str) -> tuple[str, str]:
    if evaluation is None:
        return "diverged", ""
    found = _interval(evaluation, measure)
    value, _, interval = with_interval(found.value, found.low, found.high).partition(" ")
    return value, interval


def _interval(evaluation: Evaluation, measure: str) -> Interval:
    return evaluation.loss if measure == _LOSS else evaluation.metrics[measure]


def _name(report: Report, measure: str) -> str:
    return "data loss" if measure == _LOSS else metric_name(measure, report)


def _without_empty(table: Table) -> Table:
    """Drop columns without a single cell: there is no spread over one seed."""
    filled = [column for column in range(len(table.header)) if any(row[column] for row in table.rows)]
    header = tuple(table.header[column] for column in filled)
    return Table(header, tuple(tuple(row[column] for column in filled) for row in table.rows), table.left)
