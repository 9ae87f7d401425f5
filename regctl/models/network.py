"""The same layer specs as a plain Keras model: for export, and as the tests' oracle."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from regctl.models.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling,
    Layer,
    LayerNormalization,
    MaxPooling,
    Reshape,
    UserModel,
    active_layers,
    with_shapes,
)
from regctl.models.user_model import build_user_model
from regctl.types import Float32, Float64, Setting

NOISE: dict[str, Any] = {
    "dropout": keras.layers.Dropout,
    "alpha_dropout": keras.layers.AlphaDropout,
    "gaussian_dropout": keras.layers.GaussianDropout,
    "gaussian_noise": keras.layers.GaussianNoise,
}
# By the number of dimensions, without the channels, of what enters.
SPATIAL_DROPOUT: dict[int, Any] = {
    1: keras.layers.SpatialDropout1D,
    2: keras.layers.SpatialDropout2D,
    3: keras.layers.SpatialDropout3D,
}


def build_network(
    layers: Sequence[Layer],
    inputs: int,
    setting: Setting,
    weights: Sequence[Float32 | Float64] | None = None,
    dtype: str | None = None,
) -> keras.Model:
    """A Keras model on the design matrix `[n, inputs]`, with the setting's penalty and noise rates.

    It computes in, and has weights of, `dtype`; without one, Keras's own policy decides.

    A noise layer whose rate is 0 is left out. `weights` are in the order of `layers.weights_of`, or Keras's; without
    them Keras draws its own. A model of the user's own comes as its function builds it.

    Raises:
        SpecError: the user's function fails, or returns something else than a model that fits.
    """
    match layers:
        case (UserModel() as own,):
            network = build_user_model(own, inputs, setting)
        case _:
            network = _sequential(layers, inputs, setting, dtype)
    if weights is not None:
        network.set_weights([np.asarray(weight) for weight in weights])
    return network


def _sequential(
    layers: Sequence[Layer], inputs: int, setting: Setting, dtype: str | None
) -> keras.Sequential:
    stack: list[Any] = [keras.Input((inputs,), name="design_matrix", dtype=dtype)]
    active = active_layers(layers, setting)
    with _policy(dtype):
        stack += [
            _keras_layer(layer, setting, len(shape) - 1) for layer, shape in with_shapes(active, inputs)
        ]
    return keras.Sequential(stack, name="network")


@contextmanager
def _policy(dtype: str | None) -> Iterator[None]:
    """The policy of layers made meanwhile."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(before if dtype is None else dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _keras_layer(layer: Layer, setting: Setting, dimensions: int) -> Any:
    """Keras's layer; `dimensions` are those of what enters for one row, the channels not counted."""
    match layer:
        case Dense():
            return keras.layers.Dense(layer.units, **_kernel(layer, setting))
        case Convolution():
            return _of_its_name(layer)(
                layer.filters, layer.kernel_size, padding=layer.padding, **_kernel(layer, setting)
            )
        case Activation():
            return keras.layers.Activation(layer.function, name=layer.name)
        case Dropout():
            spatial = layer.kind == "spatial_dropout"
            kind = SPATIAL_DROPOUT[dimensions] if spatial else NOISE[layer.kind]
            return kind(setting.rate(layer.rate), name=layer.name)
        case BatchNormalization():
            return keras.layers.BatchNormalization(name=layer.name)
        case LayerNormalization():
            return keras.layers.LayerNormalization(name=layer.name)
        case Reshape() | MaxPooling() | GlobalAveragePooling() | Flatten():
            return _shaping_layer(layer)
        case UserModel():
            raise ValueError("a model of the user's own stands alone")


def _shaping_layer(layer: Reshape | MaxPooling | GlobalAveragePooling | Flatten) -> Any:
    match layer:
        case Reshape():
            return keras.layers.Reshape(layer.shape, name=layer.name)
        case MaxPooling():
            return _of_its_name(layer)(layer.size, name=layer.name)
        case GlobalAveragePooling():
            return _of_its_name(layer)(name=layer.name)
        case Flatten():
            return keras.layers.Flatten(name=layer.name)


def _of_its_name(layer: Convolution | MaxPooling | GlobalAveragePooling) -> Any:
    """Keras's layer class of the same name."""
    return getattr(keras.layers, type(layer).__name__)


def _kernel(layer: Dense | Convolution, setting: Setting) -> dict[str, Any]:
    return {
        "activation": layer.activation,
        "kernel_initializer": layer.initializer,
        "kernel_regularizer": keras.regularizers.L1L2(setting.l1, setting.l2) if setting.lambda_ else None,
        "name": layer.name,
    }
