"""Data losses by row, in double precision, and the probabilities that logits stand for.

One definition serves training, selection and the test set. Shapes are checked, never broadcast: `(n, 1)` minus `(n,)`
would be `(n, n)`.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit, log_softmax, softmax

from regctl.analysis.metrics import check_vectors
from regctl.types import Float32, Float64, Loss


def per_row(loss: Loss, score: Float32 | Float64, truth: Float32 | Float64) -> Float64:
    """Each row's data loss, float64 `[n]`; the cross-entropies in nats.

    Parameters:
        loss: as Keras defines it, Huber's with delta 1.
        score: the model's output, on its own scale: `[n]`, or the classes' logits `[n, K]` of
            categorical_crossentropy.
        truth: `[n]` on the same scale, or the number of each row's class.

    Raises:
        ValueError: the shapes do not agree.
    """
    return _LOSSES[loss](score.astype(np.float64), truth.astype(np.float64))


def probabilities(loss: Loss, logits: Float32 | Float64) -> Float64:
    """Probabilities float64 `[n, K]` from what a cross-entropy was minimized on; binary: of class 0 and class 1."""
    exact = logits.astype(np.float64)
    if loss == "binary_crossentropy":
        return np.stack([expit(-exact), expit(exact)], axis=1)  # 1 − p would lose the digits of a small p
    return np.asarray(softmax(exact, axis=1))


def _squared(score: Float64, truth: Float64) -> Float64:
    """(ŷ − y)²."""
    check_vectors(score, truth)
    return np.square(score - truth)


def _huber(score: Float64, truth: Float64) -> Float64:
    """e²/2 for |e| ≤ 1, else |e| − 1/2 (Huber 1964)."""
    check_vectors(score, truth)
    error = np.abs(score - truth)
    return np.where(error <= 1, error**2 / 2, error - 0.5)


def _binary(score: Float64, truth: Float64) -> Float64:
    """−log of the probability of the row's class: log(1 + exp(∓z)), which neither overflows nor cancels."""
    check_vectors(score, truth)
    return np.logaddexp(0, np.where(truth == 1, -score, score))


def _categorical(score: Float64, truth: Float64) -> Float64:
    """−log softmax(z)[y]."""
    if score.ndim != 2 or truth.shape != score.shape[:1]:
        raise ValueError(f"expected [n, classes] and [n]. Received shapes: {score.shape}, {truth.shape}")
    return np.asarray(-log_softmax(score, axis=1)[np.arange(len(truth)), truth.astype(np.int64)])


_LOSSES: dict[Loss, Callable[[Float64, Float64], Float64]] = {
    "mean_squared_error": _squared,
    "huber": _huber,
    "binary_crossentropy": _binary,
    "categorical_crossentropy": _categorical,
}
