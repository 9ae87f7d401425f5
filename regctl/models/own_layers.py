"""A plugin's list of layer specs: checked before anything trains, so that what is wrong is one sentence."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import Any, get_args

from regctl.models.layers import (
    Convolution,
    Dense,
    Dropout,
    GlobalAveragePooling,
    KerasModel,
    Layer,
    MaxPooling,
    Reshape,
    UserModel,
    output_shape,
)
from regctl.models.told import rate_number
from regctl.spec.model import NoiseKind

ACTIVATIONS = (None, "relu", "elu", "selu", "sigmoid", "tanh")  # as `fused/stack.py` has them
INITIALIZERS = ("glorot_uniform", "lecun_normal")  # as `engine/random.py` draws them
_WORDS = {
    "activation": ACTIVATIONS,
    "function": ACTIVATIONS[1:],
    "initializer": INITIALIZERS,
    "padding": ("same", "valid"),
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LAYERS = tuple(kind for kind in get_args(Layer) if kind is not UserModel)


def listed(found: Any) -> tuple[Layer, ...]:
    """The layers of a list, dropout layers of rate `dropout` numbered `dropout_1`, `dropout_2`, … in their order.

    Raises:
        ValueError: it is no list of layer specs.
    """
    if isinstance(found, KerasModel) or type(found).__module__.split(".")[0] == "keras":
        raise ValueError(
            "expected a list of layer specs. Received: a Keras model. Name its function as KerasModel(build)"
        )
    if not isinstance(found, list | tuple):
        raise ValueError(f"expected a list of layer specs. Received: {type(found).__name__}")
    for place, layer in enumerate(found):
        if not isinstance(layer, _LAYERS):
            raise ValueError(
                f"expected layer specs of regctl.models.layers. Received: {type(layer).__name__} at place {place}"
            )
    return tuple(_numbered(found))


def _numbered(layers: Sequence[Layer]) -> Iterator[Layer]:
    number = 0
    for layer in layers:
        if isinstance(layer, Dropout) and layer.rate == "dropout":
            number += 1
            layer = replace(layer, rate=f"dropout_{number}")
        yield layer


def dropout_layers(layers: Sequence[Layer]) -> int:
    """How many rates `regularization.dropout` has as a list: the highest number of any layer's."""
    numbers = (rate_number(layer.rate) for layer in layers if isinstance(layer, Dropout))
    return max((number for number in numbers if number is not None), default=0)


def layers_problem(layers: Sequence[Layer], columns: int, outputs: int, logits: bool) -> str | None:
    """What is wrong with layers from `[n, columns]` to `[n, outputs]`, the first thing; None when nothing is.

    `logits`: the outputs are classes' logits, which no function may follow.
    """
    names = [layer.name for layer in layers]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return f"expected every name once. Received: {twice!r} twice"
    shape: tuple[int, ...] = (columns,)
    for layer in layers:
        if (problem := next(_layer_problems(layer, shape), None)) is not None:
            return f"{layer.name!r}: {problem}"
        shape = output_shape(layer, shape)
    if shape != (outputs,):
        return f"the last layer must leave {outputs} per row, hp.outputs. Received: {_shown(shape)}"
    if not any(isinstance(layer, Dense | Convolution) for layer in layers):
        return "expected a dense layer or a convolution at least. Received: none"
    function = getattr(layers[-1], "activation", None) or getattr(layers[-1], "function", None)
    if logits and function is not None:
        return f"the model must return logits. Received: {function} in the last layer. Remove it"
    return None


def _layer_problems(layer: Layer, shape: tuple[int, ...]) -> Iterator[str]:
    """What is wrong with a layer that a row of a shape enters."""
    yield from _value_problems(layer)
    match layer:
        case Dropout():
            yield from _noise_problems(layer, shape)
        case Reshape() if prod(layer.shape) != prod(shape):
            yield f"cannot make {_shown(layer.shape)} of {_shown(shape)}"
        case Convolution() | MaxPooling() | GlobalAveragePooling():
            yield from _place_problems(layer, shape)
        case Dense() if len(shape) != 1:
            yield f"expected one number per column. Received: {_shown(shape)}. Put Flatten before it"


def _value_problems(layer: Layer) -> Iterator[str]:
    """What is wrong with a layer's own values."""
    if not isinstance(layer.name, str) or not _NAME.fullmatch(layer.name):
        yield "expected a name of at most 64 letters, digits and underscores, with a letter first"
    for key in ("units", "filters", "kernel_size", "size"):
        value = getattr(layer, key, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            yield f"{key}: expected a whole number of at least 1. Received: {value!r}"
    for key, known in _WORDS.items():
        value = getattr(layer, key, known[-1])
        if value not in known:
            yield f"{key}: expected {_listed(known)}. Received: {value!r}"


def _noise_problems(layer: Dropout, shape: tuple[int, ...]) -> Iterator[str]:
    if layer.rate != "input_dropout" and (not isinstance(layer.rate, str) or rate_number(layer.rate) is None):
        yield f"rate: expected 'dropout', 'dropout_1', 'dropout_2', … or 'input_dropout'. Received: {layer.rate!r}"
    if layer.kind not in get_args(NoiseKind):
        yield f"kind: expected {_listed(get_args(NoiseKind))}. Received: {layer.kind!r}"
    if layer.kind == "spatial_dropout" and not 2 <= len(shape) <= 4:
        yield f"spatial_dropout drops whole filters, and what enters has none: {_shown(shape)}"


def _place_problems(
    layer: Convolution | MaxPooling | GlobalAveragePooling, shape: tuple[int, ...]
) -> Iterator[str]:
    if len(shape) != layer.dimensions + 1:
        takes = f"{type(layer).__name__} takes {layer.dimensions} dimensions and channels"
        yield f"{takes}. Received: {_shown(shape)}. Put Reshape before it"
    elif min(output_shape(layer, shape)) < 1:
        yield f"too large for {_shown(shape)}"


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _listed(known: Sequence[str | None]) -> str:
    texts = [repr(each) for each in known]
    return f"{', '.join(texts[:-1])} or {texts[-1]}"
