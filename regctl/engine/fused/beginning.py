"""The stacked weights that training starts from."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from regctl.engine.fused.layout import Replicate
from regctl.engine.fused.stack import Stack
from regctl.engine.initial import initial_weight
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
        own = np.stack(
            [
                initial_weight(weight, index, replicate, names, present[replicate[1]])
                for replicate in replicates
            ]
        )
        weights.append(stack.stacked(index, np.repeat(own[:, None], settings, axis=1)))
    return weights
