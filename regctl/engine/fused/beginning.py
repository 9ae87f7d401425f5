"""The stacked weights that training starts from."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from regctl.engine.fused.layout import Layout
from regctl.engine.fused.narrow import Networks, corner
from regctl.engine.fused.stack import Stack
from regctl.engine.initial import initial_weight
from regctl.types import Float32


def initial_weights(
    stack: Stack,
    networks: Networks,
    layout: Layout,
    names: Sequence[str],
    present: Mapping[int | None, NDArray[np.bool_]],
) -> list[Float32]:
    """Each weight as the stack stores it; all cells of a replicate whose networks are of one width start alike.

    What a narrower network lacks starts at 0. A column that is 0 in every training row of its fold (`present`
    `[inputs]` is False) starts at 0, and stays there since neither data nor penalty move it: the fold trains as if it
    had no such column.
    """
    cells = networks.cells_by_widths(layout)
    weights = []
    for index, weight in enumerate(stack.weights):
        values = np.zeros((*layout.shape, *weight.shape), np.float32)
        for widths, (rows, columns) in cells.items():
            own = networks.weights(widths)[index]
            held = values[(slice(None), slice(None), *corner(own.shape))]
            drawn = np.stack(
                [
                    initial_weight(own, index, replicate, names, present[replicate[1]])
                    for replicate in layout.replicates
                ]
            )
            held[rows, columns] = drawn[rows]
        weights.append(stack.stacked(index, values))
    return weights
