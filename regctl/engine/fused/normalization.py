"""Normalisation layers stacked over trials: `h` `[S, G, rows, units]`, gamma and beta `[S, G, 1, units]`.

Gradients are written out, and every sum is a matrix product with a vector: a reduction's order of additions depends on
where in memory a trial lies.

With weights s that sum to 1, x̂ = (h − Σ s h) / σ, σ² = Σ s (h − Σ s h)² + ε and upstream gradient u of γx̂ + β,

    dh = (γu − s Σ γu − s x̂ Σ γu x̂) / σ,  dγ = Σ over rows of u x̂,  dβ = Σ over rows of u

(Ioffe and Szegedy 2015, section 3, with s = 1/rows).
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from regctl.engine.fused.rounding import quotient

Tensor = Any
EPSILON, MOMENTUM = 1e-3, 0.99  # Keras's defaults


def over_batch(h: Tensor, gamma: Tensor, beta: Tensor, share: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The batch-normalised `h`, and each unit's mean and variance over the batch, `[S, G, 1, units]`.

    `share` `[S, rows]` is 1/rows for the rows of the batch and 0 where it is padded.
    """
    shares = tf.zeros_like(h[..., :1]) + share[:, None, :, None]
    mean = tf.matmul(shares, tf.stop_gradient(h), transpose_a=True)
    variance = tf.matmul(shares, tf.square(tf.stop_gradient(h) - mean), transpose_a=True)
    return _standardized(h, gamma, beta, mean, variance, shares, _sum_over_rows), mean, variance


def over_units(h: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """The layer-normalised `h`."""
    ones = tf.ones([h.shape[-1], 1])
    share = 1.0 / h.shape[-1]
    mean = tf.matmul(tf.stop_gradient(h), ones) * share
    variance = tf.matmul(tf.square(tf.stop_gradient(h) - mean), ones) * share
    return _standardized(h, gamma, beta, mean, variance, share, lambda values: tf.matmul(values, ones))


def with_averages(h: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """`gamma · (h − mean) / sqrt(variance + ε) + beta`."""
    return (h - mean) * tf.sqrt(quotient(1.0, variance + EPSILON)) * gamma + beta


def moved(average: Tensor, value: Tensor) -> Tensor:
    """A moving average after a batch."""
    return average * MOMENTUM + value * (1.0 - MOMENTUM)


def _standardized(
    h: Tensor,
    gamma: Tensor,
    beta: Tensor,
    mean: Tensor,
    variance: Tensor,
    shares: Tensor | float,
    total: Callable[[Tensor], Tensor],
) -> Tensor:
    """γx̂ + β; `total` sums what the mean was taken over."""
    precision = tf.sqrt(quotient(1.0, variance + EPSILON))

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def apply(h: Tensor, gamma: Tensor, beta: Tensor) -> Any:
        standard = (h - mean) * precision

        def gradient(upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            inner = upstream * gamma
            through = inner - shares * total(inner) - shares * standard * total(inner * standard)
            return through * precision, _sum_over_rows(upstream * standard), _sum_over_rows(upstream)

        return standard * gamma + beta, gradient

    return apply(h, gamma, beta)


def _sum_over_rows(values: Tensor) -> Tensor:
    return tf.matmul(tf.ones_like(values[..., :1]), values, transpose_a=True)
