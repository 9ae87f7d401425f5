"""One frozen model on one part, with intervals, and the paired difference of two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from regctl.analysis.measures import Scored, measurable
from regctl.analysis.metrics import mean_loss
from regctl.analysis.ranking import RANK_METRICS, rank_metrics
from regctl.analysis.uncertainty import Draws, draws, interval, resample, weighted_draws
from regctl.types import Evaluation, Float64, Int64


@dataclass(frozen=True)
class Resampled:
    """A model's loss and metrics on its rows and on resamples of them; `truth` `[n]` tells which rows they are."""

    truth: Float64
    loss: Draws
    metrics: Mapping[str, Draws]


@np.errstate(over="ignore", invalid="ignore")  # a model that blew up scores inf, without an interval
def resampled(
    scored: Scored, metrics: Sequence[str], blocks: Int64 | None = None, *, seed: int = 0
) -> Resampled:
    """The named metrics on resamples of the rows (or of whole blocks); the model itself is frozen.

    Raises:
        ValueError: the shapes disagree, or there are no rows.
    """
    rows = measurable(scored, metrics)
    sums = resample(rows.columns, blocks, seed=seed)
    found = {name: draws(sums, statistic) for name, statistic in rows.statistics.items()}
    if rows.ranked:
        areas = weighted_draws(
            partial(rank_metrics, rows.ranked),
            len(scored.truth),
            blocks,
            work=len(rows.ranked),
            seed=seed,
        )
        found |= dict(zip(RANK_METRICS, areas, strict=True))
    return Resampled(scored.truth, draws(sums, mean_loss), {name: found[name] for name in metrics})


def evaluate(model: Resampled) -> Evaluation:
    """Data loss and metrics with 95 % BCa intervals."""
    metrics = {name: interval(found) for name, found in model.metrics.items()}
    return Evaluation(len(model.truth), interval(model.loss), metrics)


@np.errstate(invalid="ignore")  # ∞ − ∞
def compare(selected: Resampled, reference: Resampled) -> Evaluation:
    """Selected − reference on the same rows: each resample drew the same rows for both (paired).

    Raises:
        ValueError: the two were not scored on the same truths.
    """
    if not np.array_equal(selected.truth, reference.truth):
        raise ValueError("the two models were not scored on the same rows")
    metrics = {
        name: interval(found.minus(reference.metrics[name])) for name, found in selected.metrics.items()
    }
    return Evaluation(len(selected.truth), interval(selected.loss.minus(reference.loss)), metrics)
