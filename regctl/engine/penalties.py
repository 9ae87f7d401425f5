"""Penalties on kernels. λ has Keras's unit: J = mean data loss + λ₁Σ|θ| + λ₂Σθ², no ½, no 1/n, biases excluded.

Small pure functions; λ must broadcast against the kernel. Those that the fused engine runs take tensors.
"""

from typing import Any

import numpy as np

from regctl.types import Float32

Tensor = Any


def value(kernel: Float32, l1: float, l2: float) -> float:
    """λ₁Σ|θ| + λ₂Σθ² of one kernel, summed in float64."""
    exact = kernel.astype(np.float64)
    return float(l1 * np.abs(exact).sum() + l2 * np.square(exact).sum())


def l2_gradient(kernel: Tensor, l2: Tensor) -> Tensor:
    """d(λ₂Σθ²)/dθ = 2λ₂θ; 0 where λ₂ is 0, also of a θ that has overflowed: no trial feels another's penalty."""
    import tensorflow as tf  # see l1_prox

    return tf.math.multiply_no_nan(kernel, 2.0 * l2)


def l1_prox(kernel: Tensor, threshold: Tensor) -> Tensor:
    """The w that minimises ½(w − θ)² + t|w|: sign(θ) · max(|θ| − t, 0), so zeros are exact.

    After an optimiser's step the threshold is λ₁ times that step's size, coordinate by coordinate. Where the iteration
    θ ← prox(θ − h·g, h·λ₁) stands still, g = −λ₁ sign(θ) for θ ≠ 0 and |g| ≤ λ₁ for θ = 0, whatever h > 0: the lasso's
    optimality conditions (Parikh and Boyd 2014, section 4.2). So h must be the size that a lasting gradient is moved
    by: with heavy-ball momentum β, v = −lr·g/(1 − β), and h is lr/(1 − β), not lr. Under a schedule the velocity still
    holds the rates that have been: h is then the same sum of them (`schedules.reach`).
    """
    import tensorflow as tf  # not needed, and slow to load, where nothing is trained

    return tf.sign(kernel) * tf.maximum(tf.abs(kernel) - threshold, 0.0)
