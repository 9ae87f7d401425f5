"""What a trial's weights start from: every engine begins alike."""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from regctl.engine import random
from regctl.models.layers import Layer, Weight, weights_of
from regctl.types import Float32, Prepared

Replicate = tuple[int, int | None]


def initial_weights(layers: Sequence[Layer], data: Prepared, replicate: Replicate) -> list[Float32]:
    """Every weight of layers on the design columns of a fold, in Keras's order, for a (seed, fold)."""
    present = present_columns(data)
    weights = weights_of(layers, len(data.names))
    return [
        initial_weight(weight, index, replicate, data.names, present) for index, weight in enumerate(weights)
    ]


def present_columns(data: Prepared) -> NDArray[np.bool_]:
    """Which columns are not 0 in every training row: `[inputs]`."""
    return np.asarray(data.x_train.any(axis=0))


def initial_weight(
    weight: Weight, index: int, replicate: Replicate, names: Sequence[str], present: NDArray[np.bool_]
) -> Float32:
    """Weight number `index` of its model: its fixed value, or draws that the replicate's (seed, fold) keys.

    What enters the first layer, if that is dense, is known by the columns' names, so that a column keeps its weights
    wherever it stands; elsewhere by number. A column that is not `present` starts at 0, and stays there since neither
    data nor penalty move it: the fold trains as if it had no such column.
    """
    if not isinstance(weight.start, str):
        return np.full(weight.shape, weight.start, np.float32)
    if index == 0 and len(weight.shape) == 2:
        held = [name for name, there in zip(names, present, strict=True) if there]
        kernel = np.zeros(weight.shape, np.float32)
        kernel[present] = _drawn(weight, replicate, held) if held else 0
        return kernel
    *field, inputs, _ = weight.shape
    return _drawn(weight, replicate, range(prod(field) * inputs)).reshape(weight.shape)


def _drawn(weight: Weight, replicate: Replicate, incoming: Sequence[int | str]) -> Float32:
    *field, _, units = weight.shape
    key = random.replicate_key(*replicate)
    return random.initial_kernel(key, weight.layer, incoming, units, str(weight.start), prod(field))
