"""A search's figures, drawn from its requests. Imports Altair."""

from collections.abc import Iterator
from typing import Any

from regctl.report import figures
from regctl.report.figure.ladder import ladder_figure
from regctl.report.figure.objective import Search
from regctl.report.figure.parallel import parallel_figure
from regctl.report.figure.tuning import tuning_figure
from regctl.report.figure.tuning_value import value_figure
from regctl.report.losses import loss_name, metric_name
from regctl.report.model import Report
from regctl.report.numbers import count
from regctl.report.search_words import asked
from regctl.report.searching import finished
from regctl.report.wording import model

_LOSS = "validation_loss"


def tuning_charts(report: Report) -> Iterator[tuple[str, Any]]:
    """Stems and charts; none of a run that has not searched anything."""
    record = report.search
    if record is None or not report.searched:
        return
    search = _search(report)
    words = {"subtitle": f"{report.spec.name}: {model(report)}. {asked(record)}"}
    yield figures.TUNING, tuning_figure(search, **words)
    for name in record.space:
        if any(name in each.values for each in report.searched):
            yield figures.tuning(name), value_figure(search, name, **words)
    if record.tuner == "hyperband" and finished(report.searched):
        yield figures.LADDER, ladder_figure(search, **words)
    if len(record.space) >= figures.LEAST_PARALLEL and finished(report.searched):
        yield figures.PARALLEL, parallel_figure(search, **words)


def _search(report: Report) -> Search:
    record = report.search
    assert record is not None  # the caller's
    metric = record.objective.removeprefix("validation_")
    folds = "" if report.spec.k_fold is None else f" × {count(report.spec.k_fold.total, 'fold')}"
    over = f"{count(len(record.seeds), 'seed')}{folds}" if len(record.seeds) > 1 or folds else ""
    if record.objective == _LOSS:
        lines = loss_name(report)
        label = ("validation loss", *lines[1:])
        return Search(record, report.searched, "validation loss", label, over)
    name = f"validation {metric_name(metric, report)}"
    return Search(record, report.searched, name.partition(" (")[0], (name,), over)
