"""A chunk's trials as a rectangle: seeds × settings.

Cells without a trial are spare: they hold still and nobody reads them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regctl.engine.chunks import row_width
from regctl.types import Float32, Trial

Replicate = tuple[int, int | None]


@dataclass(frozen=True)
class Layout:
    """`cells[s][g]` is the trial at seed s and setting g, or None where the cell is spare."""

    replicates: tuple[Replicate, ...]
    cells: tuple[tuple[Trial | None, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(S, G)."""
        return len(self.cells), len(self.cells[0])

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.cells) * len(self.cells[0])

    def placed(self) -> Iterator[tuple[tuple[int, int], Trial]]:
        """Every trial with its cell."""
        for s, row in enumerate(self.cells):
            for g, trial in enumerate(row):
                if trial is not None:
                    yield (s, g), trial

    def trials(self) -> list[Trial]:
        """The trials, in the order of cells."""
        return [trial for _, trial in self.placed()]

    def places_in(self, other: "Layout") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each cell, where its trial is in another layout: rows and columns `[S, G]`; (0, 0) for a spare one."""
        known = {trial.id: place for place, trial in other.placed()}
        found = np.zeros((2, *self.shape), np.int64)
        for (s, g), trial in self.placed():
            found[:, s, g] = known[trial.id]
        return found[0], found[1]

    def occupied(self) -> NDArray[np.bool_]:
        """Which cells hold a trial: `[S, G]`."""
        return np.array([[trial is not None for trial in row] for row in self.cells])

    def values(self, of: Callable[[Trial], float], spare: float = 0.0) -> Float32:
        """One number per cell: float32 `[S, G]`."""
        rows = [[spare if trial is None else of(trial) for trial in row] for row in self.cells]
        return np.array(rows, np.float32)


def lay_out(trials: Sequence[Trial], tile: int, spare: int) -> Layout:
    """Trials of one replicate in one row, in order of id, then at least `spare` spare cells, up to whole tiles."""
    rows: dict[Replicate, list[Trial | None]] = {}
    for trial in trials:
        rows.setdefault((trial.seed, trial.fold), []).append(trial)
    width = row_width(len(rows), max(len(row) for row in rows.values()) + spare, tile)
    cells = tuple(tuple(row + [None] * (width - len(row))) for row in rows.values())
    return Layout(tuple(rows), cells)
