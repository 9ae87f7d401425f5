"""A chunk's trials as a rectangle: seeds × settings.

Cells without a trial are spare: they hold still and nobody reads them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

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

    def occupied(self) -> NDArray[np.bool_]:
        """Which cells hold a trial: `[S, G]`."""
        return np.array([[trial is not None for trial in row] for row in self.cells])

    def values(self, of: Callable[[Trial], float], spare: float = 0.0) -> Float32:
        """One number per cell: float32 `[S, G]`."""
        rows = [[spare if trial is None else of(trial) for trial in row] for row in self.cells]
        return np.array(rows, np.float32)


def lay_out(trials: Sequence[Trial], tile: int, spare: int) -> Layout:
    """Trials of one replicate in one row, in order of id, then at least `spare` spare cells, up to whole tiles.

    There are always two tiles or more, since a matrix product that is not one of several takes another kernel.
    """
    rows: dict[Replicate, list[Trial | None]] = {}
    for trial in trials:
        rows.setdefault((trial.seed, trial.fold), []).append(trial)
    longest = max(len(row) for row in rows.values()) + spare
    width = tile * max(ceil(longest / tile), ceil(2 / len(rows)))
    cells = tuple(tuple(row + [None] * (width - len(row))) for row in rows.values())
    return Layout(tuple(rows), cells)
