"""Trials whose networks are narrower than their stack: what is theirs of a stacked weight, and how it gets there."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from regctl.engine.fused.layout import Layout
from regctl.engine.fused.stack import Stack
from regctl.engine.masking import widths_of, with_widths
from regctl.models.layers import Weight, weights_of
from regctl.types import Float32, Trial

Widths = tuple[int, ...]


class Networks:
    """The networks of a stack's trials.

    Parameters:
        widths: by trial id the units of the hidden dense layers, where they are not the stack's.
    """

    def __init__(self, stack: Stack, widths: Mapping[int, Widths]) -> None:
        self.stack, self.widths = stack, widths
        self.full = widths_of(stack.layers)
        self._weights: dict[Widths, list[Weight]] = {self.full: stack.weights}

    def widths_of(self, trial: Trial | None) -> Widths:
        """The units of the hidden layers of a trial, or of a spare cell."""
        return self.full if trial is None else self.widths.get(trial.id, self.full)

    def weights(self, widths: Widths) -> list[Weight]:
        """Every weight of a network of these widths."""
        if widths not in self._weights:
            layers = with_widths(self.stack.layers, widths)
            self._weights[widths] = weights_of(layers, self.stack.inputs)
        return self._weights[widths]

    def units(self, layout: Layout) -> list[Float32]:
        """For each hidden layer the units of each cell, `[S, G]`."""
        cells = [[self.widths_of(trial) for trial in row] for row in layout.cells]
        return list(np.moveaxis(np.array(cells, np.float32), 2, 0))

    def cells_by_widths(self, layout: Layout) -> dict[Widths, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Rows and columns of the cells whose networks have the same widths."""
        found: dict[Widths, list[tuple[int, int]]] = {}
        for s, row in enumerate(layout.cells):
            for g, trial in enumerate(row):
                found.setdefault(self.widths_of(trial), []).append((s, g))
        return {widths: tuple(np.array(cells).T) for widths, cells in found.items()}

    def own(self, trial: Trial, weights: Sequence[Float32], place: tuple[int, int]) -> tuple[Float32, ...]:
        """A trial's part of every weight, each `[S, G, …]`."""
        shapes = (weight.shape for weight in self.weights(self.widths_of(trial)))
        return tuple(
            np.array(weight[place][corner(shape)]) for weight, shape in zip(weights, shapes, strict=True)
        )

    def stacked(self, layout: Layout, weights: Mapping[int, Sequence[Float32]]) -> list[Float32]:
        """Every weight as the stack stores it, from each trial's own by id; 0 is what is nobody's."""
        found = []
        for index, weight in enumerate(self.stack.weights):
            values = np.zeros((*layout.shape, *weight.shape), np.float32)
            for place, trial in layout.placed():
                own = weights[trial.id][index]
                values[place][corner(own.shape)] = own
            found.append(self.stack.stacked(index, values))
        return found


def corner(shape: Sequence[int]) -> tuple[slice, ...]:
    """Where an array of this shape lies in a larger one: at the start of every axis."""
    return tuple(slice(0, size) for size in shape)
