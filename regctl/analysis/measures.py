"""What a model scored on rows: the data loss and the metrics of its task, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from regctl.analysis.classification import class_columns, class_statistics
from regctl.analysis.metrics import METRICS, Statistic, metric_columns
from regctl.analysis.ranking import RANK_METRICS, Ranking, rank_metrics, rankings
from regctl.types import Float64


@dataclass(frozen=True)
class Scored:
    """A model's rows: `loss` `[n]` on the model's scale.

    Of a regression, `prediction` and `truth` are `[n]` in the target's unit; of a classification, probabilities
    `[n, K]` and the numbers of the rows' classes `[n]`.
    """

    loss: Float64
    prediction: Float64
    truth: Float64


@dataclass(frozen=True)
class Measurable:
    """Rows to be measured: `statistics` are functions of the sums of `columns` `[n, k]`, rank metrics of `ranked`."""

    columns: Float64
    statistics: Mapping[str, Statistic]
    ranked: tuple[Ranking, ...]


def measurable(scored: Scored, metrics: Sequence[str]) -> Measurable:
    """The rows made ready for the named metrics, which are all a regression's or all a classification's.

    Raises:
        ValueError: the shapes do not agree, or there are no rows.
    """
    if metrics[0] in METRICS:
        columns, known = metric_columns(scored.loss, scored.prediction, scored.truth), METRICS
    else:
        columns = class_columns(scored.loss, scored.prediction, scored.truth)
        known = class_statistics(scored.prediction.shape[1])
    statistics = {name: known[name] for name in metrics if name not in RANK_METRICS}
    ranks = len(statistics) < len(metrics)
    return Measurable(columns, statistics, rankings(scored.prediction, scored.truth) if ranks else ())


@np.errstate(over="ignore", invalid="ignore")  # a model that blew up scores inf or NaN
def metric_values(prediction: Float64, truth: Float64, metrics: Sequence[str]) -> dict[str, float]:
    """The named metrics of a prediction as in `Scored`; NaN where they are not defined.

    Raises:
        ValueError: the shapes do not agree, or there are no rows.
    """
    if prediction.ndim == 2 and not np.isfinite(prediction).all():
        return dict.fromkeys(metrics, float("nan"))
    found = measurable(Scored(np.zeros(len(truth)), prediction, truth), metrics)
    sums = found.columns.sum(axis=0)
    values = {name: float(statistic(sums)) for name, statistic in found.statistics.items()}
    if found.ranked:
        areas = rank_metrics(found.ranked, np.ones((1, len(truth))))[:, 0]
        values |= dict(zip(RANK_METRICS, areas.tolist(), strict=True))
    return {name: values[name] for name in metrics}
