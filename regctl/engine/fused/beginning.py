"""The stacked weights that training starts from."""

from collections.abc import Sequence

import numpy as np

from regctl.engine import random
from regctl.engine.fused.layout import Replicate
from regctl.engine.fused.stack import Stack
from regctl.models.layers import Weight
from regctl.types import Float32


def initial_weights(
    stack: Stack, replicates: Sequence[Replicate], settings: int, names: Sequence[str]
) -> list[Float32]:
    """Each weight as the stack stores it, for S replicates × `settings`; all settings of a replicate start alike."""
    weights = []
    for index, weight in enumerate(stack.weights):
        incoming: Sequence[int | str] = names if index == 0 else range(weight.shape[0])
        own = np.stack([_initial(weight, replicate, incoming) for replicate in replicates])
        weights.append(stack.stacked(index, np.repeat(own[:, None], settings, axis=1)))
    return weights


def _initial(weight: Weight, replicate: Replicate, incoming: Sequence[int | str]) -> Float32:
    if not isinstance(weight.start, str):
        return np.full(weight.shape, weight.start, np.float32)
    key = random.replicate_key(*replicate)
    return random.initial_kernel(key, weight.layer, incoming, weight.shape[1], weight.start)
