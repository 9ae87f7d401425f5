"""The stacked weights that training starts from."""

from collections.abc import Sequence

import numpy as np

from regctl.engine.fused.layout import Replicate
from regctl.engine.fused.stack import Stack
from regctl.engine.initial import initial_weight
from regctl.types import Float32


def initial_weights(
    stack: Stack, replicates: Sequence[Replicate], settings: int, names: Sequence[str]
) -> list[Float32]:
    """Each weight as the stack stores it, for S replicates × `settings`; all settings of a replicate start alike."""
    weights = []
    for index, weight in enumerate(stack.weights):
        own = np.stack([initial_weight(weight, index, replicate, names) for replicate in replicates])
        weights.append(stack.stacked(index, np.repeat(own[:, None], settings, axis=1)))
    return weights
