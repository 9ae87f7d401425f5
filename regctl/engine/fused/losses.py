"""Losses by row, stacked over trials. Nothing is reduced here but the classes of a row."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from regctl.types import Loss

Tensor = Any

# Losses with an exponential or a logarithm, whose kernels treat a tensor's last elements differently: see `stack.TAIL`.
TAIL_SENSITIVE_LOSSES = frozenset({"binary_crossentropy", "categorical_crossentropy"})


def by_row(loss: Loss, output: Tensor, truth: Tensor) -> Tensor:
    """Each row's loss `[S, G, rows]` of outputs `[S, G, rows, K]` and truths `[S or 1, rows]`."""
    return LOSSES[loss](output, truth[:, None, :])


def _squared(output: Tensor, truth: Tensor) -> Tensor:
    """(ŷ − y)²."""
    return tf.square(output[..., 0] - truth)


def _huber(output: Tensor, truth: Tensor) -> Tensor:
    """½e² for |e| ≤ 1, else |e| − ½, as Keras's `Huber` (Huber 1964)."""
    error = tf.abs(output[..., 0] - truth)
    return tf.where(error <= 1, 0.5 * tf.square(error), error - 0.5)


def _binary(output: Tensor, truth: Tensor) -> Tensor:
    """−log of the probability of the row's class, from the logit of class 1."""
    logit = output[..., 0]
    return tf.nn.sigmoid_cross_entropy_with_logits(tf.zeros_like(logit) + truth, logit)


def _categorical(output: Tensor, truth: Tensor) -> Tensor:
    """−log softmax of the row's class: log Σ exp(z) − z_y.

    The sums over classes are matrix products: a reduction's order of additions depends on where in memory a trial lies.
    """
    classes = output.shape[-1]
    shifted = output - tf.stop_gradient(tf.reduce_max(output, axis=-1, keepdims=True))
    chosen = tf.one_hot(tf.cast(truth, tf.int32), classes, dtype=output.dtype)
    ones = tf.ones([classes, 1], output.dtype)
    return (tf.math.log(tf.matmul(tf.exp(shifted), ones)) - tf.matmul(chosen * shifted, ones))[..., 0]


LOSSES: dict[Loss, Callable[[Tensor, Tensor], Tensor]] = {
    "mean_squared_error": _squared,
    "huber": _huber,
    "binary_crossentropy": _binary,
    "categorical_crossentropy": _categorical,
}
