"""Which classes a model takes for which, and how sure a share of rows is."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from regctl.types import Float64, Int64, Interval


@dataclass(frozen=True)
class ClassReport:
    """A classification's rows, counted.

    `accuracy` has its Wilson interval.
    `recall` `[K]` is the share of a class's rows that were predicted as it, `precision` `[K]` the share of the rows
    predicted as it that are of it; NaN where there are none. `support` `[K]` counts the rows of each class.
    """

    accuracy: Interval
    recall: Float64
    precision: Float64
    support: Int64


def class_report(confusion: Int64, confidence: float = 0.95) -> ClassReport:
    """Shares from counts `[K, K]`, rows of class i predicted as class j at [i, j].

    Agrees with scikit-learn's `recall_score` and `precision_score`.

    Raises:
        ValueError: there are no rows.
    """
    right, support = np.diagonal(confusion), confusion.sum(axis=1)
    return ClassReport(
        wilson(int(right.sum()), int(support.sum()), confidence),
        recall=_share(right, support),
        precision=_share(right, confusion.sum(axis=0)),
        support=support,
    )


def confusion_matrix(probabilities: Float64, numbers: Float64 | Int64) -> Int64:
    """Rows of class i predicted as class j, int64 `[K, K]`, as scikit-learn's.

    The predicted class of probabilities `[n, K]` is the most probable, the first of equals; `numbers` `[n]` are the
    rows' classes.

    Raises:
        ValueError: the shapes do not agree, there are no rows, or a number is not that of a class.
    """
    if probabilities.ndim != 2 or not numbers.shape == probabilities.shape[:1] != (0,):
        shapes = f"{probabilities.shape}, {numbers.shape}"
        raise ValueError(f"expected [n, classes] and [n] with rows. Received shapes: {shapes}")
    classes, own = probabilities.shape[1], numbers.astype(np.int64)
    if not np.array_equal(own, numbers) or own.min() < 0 or own.max() >= classes:
        raise ValueError(f"expected numbers of classes, 0 to {classes - 1}. Received: {np.unique(numbers)}")
    pairs = own * classes + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def wilson(successes: int, rows: int, confidence: float = 0.95) -> Interval:
    """A share of independent rows with Wilson's score interval (Wilson 1927; Brown, Cai and DasGupta 2001).

    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n). It stays within 0 and 1 and is sound where the plain ±z·se has
    no width, at 0 or n successes. For one frozen model on rows that are drawn singly; rows that come in blocks need
    the bootstrap (`evaluation.py`), and so does a comparison.

    Raises:
        ValueError: no rows, or more successes than rows.
    """
    if not 0 <= successes <= rows or rows == 0:
        raise ValueError(f"expected 0 to n successes of n > 0 rows. Received: {successes} of {rows}")
    share, z = successes / rows, float(ndtri((1 + confidence) / 2))
    middle = share + z**2 / (2 * rows)
    reach = z * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    low, high = ((middle + sign * reach) / (1 + z**2 / rows) for sign in (-1, 1))
    return Interval(share, max(0.0, float(low)), min(1.0, float(high)))


def _share(part: Int64, whole: Int64) -> Float64:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))
