"""Areas under the ROC and the precision-recall curve, for rows that count several times or not at all.

A resample is a weight per row, so that thousands of them are cumulative sums along rows sorted once. Ties are one
threshold. With two classes the positive one is ranked; with more, each against the rest, and the mean is taken (macro).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regctl.types import Float64, Int64

RANK_METRICS = ("roc_auc", "pr_auc")


@dataclass(frozen=True)
class Ranking:
    """Rows from the most probable of a class to the least, and where its own p rows stand among them.

    `order` int64 `[n]` are the rows' positions, `own` `[p]` those of the class's rows in that order. Of each of these,
    `through` `[p]` counts the rows that are at least as probable and `before` `[p]` those that are more; `own_through`
    and `own_before` count the class's rows only.
    """

    order: Int64
    own: Int64
    through: Int64
    before: Int64
    own_through: Int64
    own_before: Int64


def rankings(probabilities: Float64, numbers: Float64) -> tuple[Ranking, ...]:
    """One ranking of `[n, 2]` probabilities, K of `[n, K]`; `numbers` `[n]` are the rows' classes."""
    classes = probabilities.shape[1]
    return tuple(
        _ranking(probabilities[:, number], numbers == number)
        for number in (range(1, 2) if classes == 2 else range(classes))
    )


def _ranking(probability: Float64, member: NDArray[np.bool_]) -> Ranking:
    order = np.argsort(-probability, kind="stable")
    own = order[member[order]]
    falling, own_falling = -probability[order], -probability[own]
    return Ranking(
        order.astype(np.int64),
        own.astype(np.int64),
        through=np.searchsorted(falling, own_falling, side="right").astype(np.int64),
        before=np.searchsorted(falling, own_falling, side="left").astype(np.int64),
        own_through=np.searchsorted(own_falling, own_falling, side="right").astype(np.int64),
        own_before=np.searchsorted(own_falling, own_falling, side="left").astype(np.int64),
    )


def rank_metrics(ranked: Sequence[Ranking], weights: Float64) -> Float64:
    """`roc_auc` and `pr_auc`, `[2, R]`, of `weights` `[R, n]`; NaN where a class has no row (roc_auc: or all).

    roc_auc is the probability that a row of the class ranks above one that is not, ties counting half. pr_auc is the
    average precision Σ (recall_t − recall_{t−1}) · precision_t over thresholds t. Both as scikit-learn's
    `roc_auc_score` and `average_precision_score`.
    """
    return np.asarray(np.mean([_areas(ranking, weights) for ranking in ranked], axis=0))


def _areas(ranking: Ranking, weights: Float64) -> tuple[Float64, Float64]:
    own = weights[:, ranking.own]
    seen, hits = _running(weights[:, ranking.order]), _running(own)
    inside, outside = hits[:, -1], seen[:, -1] - hits[:, -1]
    seen_through, hits_through = seen[:, ranking.through], hits[:, ranking.own_through]
    misses = seen_through - hits_through + seen[:, ranking.before] - hits[:, ranking.own_before]
    above = (own * (outside[:, None] - misses / 2)).sum(axis=1)
    precision = np.divide(hits_through, seen_through, out=np.zeros_like(own), where=seen_through > 0)
    return _over(above, inside * outside), _over((own * precision).sum(axis=1), inside)


def _running(weights: Float64) -> Float64:
    """Sums `[R, n + 1]` of the first 0, 1, … n columns."""
    sums = np.zeros((len(weights), weights.shape[1] + 1))
    np.cumsum(weights, axis=1, out=sums[:, 1:])
    return sums


def _over(numerator: Float64, denominator: Float64) -> Float64:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
