"""The stacked weights that training starts from."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from regctl.engine import random
from regctl.engine.fused.layout import Replicate
from regctl.engine.fused.stack import Stack
from regctl.models.layers import Weight
from regctl.types import Float32


def initial_weights(
    stack: Stack,
    replicates: Sequence[Replicate],
    settings: int,
    names: Sequence[str],
    present: Mapping[int | None, NDArray[np.bool_]],
) -> list[Float32]:
    """Each weight as the stack stores it, for S replicates × `settings`; all settings of a replicate start alike.

    A column that is 0 in every training row of its fold (`present` `[inputs]` is False) starts at 0, and stays there
    since neither data nor penalty move it: the fold trains as if it had no such column.
    """
    weights = []
    for index, weight in enumerate(stack.weights):
        if index == 0:
            own = np.stack(
                [_first(weight, replicate, names, present[replicate[1]]) for replicate in replicates]
            )
        else:
            own = np.stack([_initial(weight, replicate, range(weight.shape[0])) for replicate in replicates])
        weights.append(stack.stacked(index, np.repeat(own[:, None], settings, axis=1)))
    return weights


def _first(weight: Weight, replicate: Replicate, names: Sequence[str], present: NDArray[np.bool_]) -> Float32:
    kernel = np.zeros(weight.shape, np.float32)
    held = [name for name, there in zip(names, present, strict=True) if there]
    if held:
        kernel[present] = _initial(weight, replicate, held)
    return kernel


def _initial(weight: Weight, replicate: Replicate, incoming: Sequence[int | str]) -> Float32:
    if not isinstance(weight.start, str):
        return np.full(weight.shape, weight.start, np.float32)
    key = random.replicate_key(*replicate)
    return random.initial_kernel(key, weight.layer, incoming, weight.shape[1], weight.start)
