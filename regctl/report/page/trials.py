"""The page's table of trials: columns of numbers and texts, for `static/trials.js` to sort and filter."""

from collections.abc import Sequence
from typing import Any

from regctl.records.trial_record import setting_values, varying
from regctl.report.losses import metric_name
from regctl.report.model import Report
from regctl.report.page.shapes import Drawing, compact
from regctl.report.wording import swept


def trials_table(report: Report) -> Drawing | None:
    """Every trial of the run, by column; None without trials. λ and what varies has a column."""
    trials = sorted(report.trials, key=lambda trial: trial.id)
    if not trials:
        return None
    settings = [setting_values(trial.setting) for trial in trials]
    names = list(dict.fromkeys([*(axis.name for axis in swept(report)), "lambda"]))
    names += varying([trial.setting for trial in trials], besides=names)
    columns = [
        _column("trial", "trial", [trial.id for trial in trials]),
        {"name": "status", "label": "status", "text": True, "values": [trial.status for trial in trials]},
        _column("seed", "seed", [trial.seed for trial in trials]),
    ]
    if report.spec.k_fold is not None:
        columns.append(_column("fold", "fold", [trial.fold for trial in trials]))
    columns += [_column(name, _symbol(name), [each.get(name) for each in settings]) for name in names]
    columns.append(_column("train_loss", "training loss", [trial.train_loss for trial in trials]))
    columns.append(_column("validation_loss", "validation loss", [trial.validation_loss for trial in trials]))
    for metric in report.metrics:
        values = [trial.validation_metrics.get(metric) for trial in trials]
        columns.append(_column(f"validation_{metric}", f"validation {metric_name(metric, report)}", values))
    columns.append(_column("epochs", "epochs", [trial.epochs for trial in trials]))
    columns.append(_column("best_epoch", "best epoch", [trial.best_epoch for trial in trials]))
    return {"columns": [column for column in columns if _says_something(column)]}


def _symbol(name: str) -> str:
    return {"lambda": "λ", "dropout": "dropout rate"}.get(name, name)


def _column(name: str, label: str, values: Sequence[float | None]) -> dict[str, Any]:
    return {"name": name, "label": label, "values": [compact(value) for value in values]}


def _says_something(column: dict[str, Any]) -> bool:
    return any(value is not None for value in column["values"])
