"""What Keras's noise layers do in a model that does not stack, at the weights that training begins with."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from regctl.engine import random
from regctl.engine.initial import initial_weights
from regctl.models.layers import Layer, UserModel
from regctl.models.network import build_network
from regctl.types import Float32, NoiseObservation, Prepared, Setting

ENOUGH = 400_000  # numbers of a layer, as of the fused engine's
MOST_PASSES = 50
KINDS: dict[str, tuple[type, ...]] = {  # the spatial ones are Dropout, too
    "spatial_dropout": (
        keras.layers.SpatialDropout1D,
        keras.layers.SpatialDropout2D,
        keras.layers.SpatialDropout3D,
    ),
    "dropout": (keras.layers.Dropout,),
    "alpha_dropout": (keras.layers.AlphaDropout,),
    "gaussian_dropout": (keras.layers.GaussianDropout,),
    "gaussian_noise": (keras.layers.GaussianNoise,),
}


def observe_keras(
    layers: Sequence[Layer], setting: Setting, data: Prepared, replicate: tuple[int, int | None]
) -> tuple[list[NoiseObservation], list[str]]:
    """One observation for each noise layer whose rate is not 0, and what could not be observed, in words.

    For `AlphaDropout` another one, of standard normal inputs.

    Raises:
        SpecError: a model of the user's own cannot be built.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(int(random.replicate_key(*replicate)) % 2**32)
    network = _network(layers, setting, data, replicate)
    found, notes = [], [f"{name}: inside another layer, not inspected." for name in _nested(network)]
    for layer in network.layers:
        kind = kind_of(layer)
        if kind is None or not _rate(layer):
            continue
        if getattr(layer, "noise_shape", None) is not None:
            notes.append(f"{layer.name}: has a noise_shape of its own, not inspected.")
            continue
        h = _activations(network, layer, data.x_train.astype(np.float32))
        found.append(_observation(layer, kind, h))
        if kind == "alpha_dropout":
            # New numbers throughout: those of a few rows, seen again and again, have a mean of their own.
            shape = (-(-ENOUGH // h[0].size), *h.shape[1:])
            normal = np.random.default_rng(1).normal(size=shape).astype(np.float32)
            found.append(replace(_observation(layer, kind, normal), normal=True))
    return found, notes


def kind_of(layer: Any) -> str | None:
    """Which noise a Keras layer adds; None for other layers."""
    return next((kind for kind, types in KINDS.items() if isinstance(layer, types)), None)


def _network(
    layers: Sequence[Layer], setting: Setting, data: Prepared, replicate: tuple[int, int | None]
) -> Any:
    if isinstance(layers[0], UserModel):
        return build_network(layers, len(data.names), setting)
    weights = initial_weights(layers, data, replicate)
    return build_network(layers, len(data.names), replace(setting, lambda_=0.0), weights)


def _nested(network: Any) -> Iterator[str]:
    own = {id(layer) for layer in network.layers}
    for layer in network._flatten_layers(include_self=False):
        if id(layer) not in own and kind_of(layer) is not None:
            yield layer.name


def _rate(layer: Any) -> float:
    return float(layer.stddev if isinstance(layer, keras.layers.GaussianNoise) else layer.rate)


def _activations(network: Any, layer: Any, x: Float32) -> Float32:
    """What enters a layer, in inference mode, for as many rows as are enough."""
    until = keras.Model(network.inputs, layer.input)
    size = int(np.prod(layer.input.shape[1:]))
    return np.asarray(until(tf.constant(x[: max(1, ENOUGH // size)]), training=False).numpy(), np.float32)


def _observation(layer: Any, kind: str, h: Float32) -> NoiseObservation:
    """The layer's own computation, forth and back, as often as it takes for enough numbers."""
    generator = np.random.default_rng(0)
    passes = [_pass(layer, h, generator) for _ in range(max(1, min(MOST_PASSES, ENOUGH // h.size)))]
    inputs, outputs, inference, upstream, gradient = (
        _flat(np.concatenate(each)) for each in zip(*passes, strict=True)
    )
    return NoiseObservation(layer.name, kind, _rate(layer), inputs, outputs, inference, upstream, gradient)


def _pass(layer: Any, h: Float32, generator: np.random.Generator) -> tuple[Float32, ...]:
    inputs = tf.constant(h)
    upstream = generator.normal(size=h.shape).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
    gradient = tape.gradient(outputs, inputs, output_gradients=tf.constant(upstream))
    inference = layer(inputs, training=False)
    return h, outputs.numpy(), inference.numpy(), upstream, gradient.numpy()


def _flat(array: Float32) -> Float32:
    """`[rows, …, units]` → `[rows, places, units]`."""
    return array.reshape(len(array), -1, array.shape[-1])
