"""Division that rounds correctly, whatever the graph around it."""

from typing import Any

import tensorflow as tf

Tensor = Any


def quotient(numerator: Tensor | float, denominator: Tensor) -> Tensor:
    """`numerator / denominator`, correctly rounded; 0 where the denominator is 0.

    TensorFlow's graph optimiser turns 1/x into `Reciprocal` and x/√y into `Rsqrt`, approximations whose last bits
    depend on where in a tensor a number lies. It leaves this operation as it is. The engine switches the optimiser off
    for its speed (`device.leave_graphs_alone`); a trial's bits do not hang on that switch.
    """
    return tf.math.divide_no_nan(tf.convert_to_tensor(numerator, denominator.dtype), denominator)
