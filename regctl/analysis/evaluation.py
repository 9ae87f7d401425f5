"""One frozen model on one part, with intervals, and the paired difference of two."""

from dataclasses import dataclass

import numpy as np

from regctl.analysis.metrics import METRICS, Statistic, mean_loss, metric_columns
from regctl.analysis.uncertainty import Resamples, bca_interval, resample
from regctl.types import Evaluation, Float64, Int64, Interval


@dataclass(frozen=True)
class Scored:
    """A model's rows `[n]`: `loss` on the model's scale, `prediction` and `truth` in the target's unit."""

    loss: Float64
    prediction: Float64
    truth: Float64


@np.errstate(over="ignore", invalid="ignore")  # a model that blew up scores inf, without an interval
def evaluate(scored: Scored, blocks: Int64 | None = None, *, seed: int = 0) -> Evaluation:
    """Data loss and metrics with 95 % BCa intervals over rows (or whole blocks); the model itself is frozen.

    Raises:
        ValueError: the vectors differ in length or are empty.
    """
    columns = metric_columns(scored.loss, scored.prediction, scored.truth)
    resamples = resample(columns, blocks, seed=seed)
    intervals = {name: bca_interval(resamples, statistic) for name, statistic in METRICS.items()}
    return Evaluation(len(scored.truth), bca_interval(resamples, mean_loss), intervals)


@np.errstate(over="ignore", invalid="ignore")
def compare(selected: Scored, reference: Scored, blocks: Int64 | None = None, *, seed: int = 0) -> Evaluation:
    """Selected − reference on the same rows: each resample draws the same rows for both (paired).

    Raises:
        ValueError: the two were not scored on the same truths, or their vectors differ in length.
    """
    if not np.array_equal(selected.truth, reference.truth):
        raise ValueError("the two models were not scored on the same rows")
    both = [metric_columns(each.loss, each.prediction, each.truth) for each in (selected, reference)]
    resamples = _side_by_side(*(resample(columns, blocks, seed=seed) for columns in both))
    width = both[0].shape[1]
    intervals = {name: _difference(resamples, statistic, width) for name, statistic in METRICS.items()}
    return Evaluation(len(selected.truth), _difference(resamples, mean_loss, width), intervals)


def _side_by_side(first: Resamples, second: Resamples) -> Resamples:
    """Both models' sums in one table. Each was resampled alone: what BLAS rounds depends on a column's place."""
    return Resamples(
        np.concatenate([first.total, second.total]),
        np.hstack([first.bootstrap, second.bootstrap]),
        np.hstack([first.jackknife, second.jackknife]),
    )


def _difference(resamples: Resamples, statistic: Statistic, width: int) -> Interval:
    def paired(sums: Float64) -> Float64:
        return np.asarray(statistic(sums[..., :width]) - statistic(sums[..., width:]))

    return bca_interval(resamples, paired)
