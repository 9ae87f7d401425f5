"""The same layer specs as a plain Keras model: for export, and as the tests' oracle."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from regctl.models.layers import Dense, Layer
from regctl.types import Float32, Setting


def build_network(
    layers: Sequence[Layer], inputs: int, setting: Setting, weights: Sequence[Float32] | None = None
) -> keras.Sequential:
    """A Keras `Sequential` on the design matrix `[n, inputs]`, with the setting's penalty and dropout rates.

    A dropout layer whose rate is 0 is left out. `weights` is the flat list kernel, bias, kernel, bias, …; without it
    Keras draws its own.
    """
    stack: list[Any] = [keras.Input((inputs,), name="design_matrix")]
    for layer in layers:
        if isinstance(layer, Dense):
            stack.append(_dense(layer, setting))
        elif rate := getattr(setting, layer.rate):
            stack.append(keras.layers.Dropout(rate, name=layer.name))
    network = keras.Sequential(stack, name="network")
    if weights is not None:
        network.set_weights([np.asarray(weight) for weight in weights])
    return network


def _dense(layer: Dense, setting: Setting) -> keras.layers.Dense:
    return keras.layers.Dense(
        layer.units,
        activation=layer.activation,
        kernel_initializer=layer.initializer,
        kernel_regularizer=keras.regularizers.L1L2(setting.l1, setting.l2) if setting.lambda_ else None,
        name=layer.name,
    )
