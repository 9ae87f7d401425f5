"""What a trial's weights start from: every engine begins alike."""

from collections.abc import Sequence
from math import prod

import numpy as np

from regctl.engine import random
from regctl.models.layers import Layer, Weight, weights_of
from regctl.types import Float32


def initial_weights(
    layers: Sequence[Layer], names: Sequence[str], seed: int, fold: int | None
) -> list[Float32]:
    """Every weight of the layers on the design columns `names`, in Keras's order."""
    weights = weights_of(layers, len(names))
    return [initial_weight(weight, index, (seed, fold), names) for index, weight in enumerate(weights)]


def initial_weight(
    weight: Weight, index: int, replicate: tuple[int, int | None], names: Sequence[str]
) -> Float32:
    """Weight number `index` of its model: its fixed value, or draws that the replicate's (seed, fold) keys.

    What enters the first dense layer is known by the columns' names, so that a column keeps its weights wherever it
    stands; elsewhere by number.
    """
    if not isinstance(weight.start, str):
        return np.full(weight.shape, weight.start, np.float32)
    *field, inputs, units = weight.shape
    incoming: Sequence[int | str] = range(prod(field) * inputs)
    if index == 0 and not field:
        incoming = names
    key = random.replicate_key(*replicate)
    kernel = random.initial_kernel(key, weight.layer, incoming, units, weight.start, prod(field))
    return kernel.reshape(weight.shape)
