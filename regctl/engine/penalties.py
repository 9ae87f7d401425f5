"""Penalties on kernels. λ has Keras's unit: J = mean data loss + λ₂Σθ², no ½ and no 1/n; biases are never penalised.

Written with operators only, so that NumPy arrays and TensorFlow tensors both pass through.
"""

from typing import Any


def l2_gradient(kernel: Any, lam: Any) -> Any:
    """d(λ₂Σθ²)/dθ = 2λ₂θ; `lam` must broadcast against `kernel`."""
    return (2.0 * lam) * kernel


def l2_value(squares: Any, lam: Any) -> Any:
    """λ₂Σθ², given Σθ² (`squares`)."""
    return lam * squares
