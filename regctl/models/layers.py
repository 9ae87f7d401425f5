"""A model is data: a list of frozen layer specs. The same list becomes a stacked program, a Keras model and a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Dense:
    """`activation(x @ kernel + bias)`; kernel `[inputs, units]`, bias `[units]`, started at zero.

    The penalty is on the kernel, never on the bias. Initial kernels are uniform in ±sqrt(6 / (inputs + units)) (Glorot
    and Bengio 2010), or normal with variance 1 / inputs, cut at two standard deviations (LeCun), as in Keras.
    """

    name: str
    units: int
    activation: str | None = None
    initializer: str = "glorot_uniform"


@dataclass(frozen=True)
class Dropout:
    """Drops each unit with probability `rate` while training and scales the kept ones by 1/(1 − rate).

    `rate` names the hyperparameter that holds the probability: a field of `types.Setting`.
    """

    name: str
    rate: str


Layer: TypeAlias = Dense | Dropout


def dense_layers(layers: Sequence[Layer]) -> list[Dense]:
    """The layers that have weights, in order."""
    return [layer for layer in layers if isinstance(layer, Dense)]


def with_inputs(layers: Sequence[Layer], inputs: int) -> Iterator[tuple[Layer, int]]:
    """Each layer with the number of units that enter it."""
    width = inputs
    for layer in layers:
        yield layer, width
        if isinstance(layer, Dense):
            width = layer.units


def dense_with_inputs(layers: Sequence[Layer], inputs: int) -> list[tuple[Dense, int]]:
    """The layers that have weights, each with the number of units that enter it."""
    return [(layer, width) for layer, width in with_inputs(layers, inputs) if isinstance(layer, Dense)]
