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
    """Rows from the most probable of a class to the least.

    `order` int64 `[n]` are their positions, `positive` `[n]` says in that order which are of the class, `ends` are the
    last places of each run of equal probabilities.
    """

    order: Int64
    positive: NDArray[np.bool_]
    ends: Int64


def rankings(probabilities: Float64, numbers: Float64) -> tuple[Ranking, ...]:
    """One ranking of `[n, 2]` probabilities, K of `[n, K]`; `numbers` `[n]` are the rows' classes."""
    classes = probabilities.shape[1]
    return tuple(
        _ranking(probabilities[:, number], numbers == number)
        for number in (range(1, 2) if classes == 2 else range(classes))
    )


def _ranking(probability: Float64, member: NDArray[np.bool_]) -> Ranking:
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    return Ranking(order.astype(np.int64), member[order], ends.astype(np.int64))


def rank_metrics(ranked: Sequence[Ranking], weights: Float64) -> Float64:
    """`roc_auc` and `pr_auc`, `[2, R]`, of `weights` `[R, n]`; NaN where a class has no row (roc_auc: or all).

    roc_auc is the probability that a row of the class ranks above one that is not, ties counting half. pr_auc is the
    average precision Σ (recall_t − recall_{t−1}) · precision_t over thresholds t. Both as scikit-learn's
    `roc_auc_score` and `average_precision_score`.
    """
    return np.asarray(np.mean([_areas(ranking, weights) for ranking in ranked], axis=0))


def _areas(ranking: Ranking, weights: Float64) -> tuple[Float64, Float64]:
    drawn = weights[:, ranking.order]
    hits = np.cumsum(drawn * ranking.positive, axis=1)[:, ranking.ends]
    seen = np.cumsum(drawn, axis=1)[:, ranking.ends]
    misses = seen - hits
    new_hits, new_misses = np.diff(hits, axis=1, prepend=0.0), np.diff(misses, axis=1, prepend=0.0)
    inside, outside = hits[:, -1], misses[:, -1]
    above = (new_misses * (hits - new_hits / 2)).sum(axis=1)
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    return _over(above, inside * outside), _over((new_hits * precision).sum(axis=1), inside)


def _over(numerator: Float64, denominator: Float64) -> Float64:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
