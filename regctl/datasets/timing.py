"""Splits in order of time, and the blocks they are resampled by."""

import numpy as np

from regctl.datasets.dates import iso_instant
from regctl.datasets.raw import RawColumn, Source
from regctl.errors import DataError
from regctl.types import Int64


def ranks(source: Source, column: RawColumn) -> Int64:
    """Each row's place in time, int64 `[n]`, counted from 0; equal times share one.

    Raises:
        DataError: a text is not an ISO 8601 date or time.
    """
    times = (
        [_instant(source, column, row) for row in range(source.rows)]
        if column.kind == "text"
        else column.values
    )
    place = {value: rank for rank, value in enumerate(sorted(set(times)))}
    return np.array([place[value] for value in times], dtype=np.int64)


def _instant(source: Source, column: RawColumn, row: int) -> float:
    instant = iso_instant(column.values[row])
    if instant is None:
        raise DataError(
            f"{source.place(row)}: split.time {column.name!r}: expected ISO 8601 text (2026-11-22), "
            f"received {column.values[row]!r}.",
            "Write every time the same way, or name another column.",
        )
    return instant.timestamp()


def windows(rank: Int64, folds: int) -> Int64:
    """Each row's fold in order of time, int64 `[n]`: the last K · ⌊n/(K + 1)⌋ rows in K equal runs; −1 before them.

    A fold trains on all rows before it, as in scikit-learn's `TimeSeriesSplit`. Rows of equal `rank` stay together:
    their fold is where their middle falls.
    """
    sizes = np.bincount(rank)
    middles = np.cumsum(sizes) - sizes / 2
    length = len(rank) // (folds + 1)
    place = np.floor((middles - (len(rank) - folds * length)) / max(length, 1))
    fold: Int64 = np.clip(place, -1, folds - 1).astype(np.int64)[rank]
    return fold


def time_blocks(rank: Int64, parts: Int64) -> Int64:
    """Each row's block within its part, int64 `[n]`: runs of about n^(1/3) rows next to each other in time.

    The length grows as the cube root of the part's rows, the rate that minimises the error of a block
    bootstrap's variance (Künsch 1989; Hall, Horowitz and Jing 1995).
    """
    blocks = np.zeros(len(rank), dtype=np.int64)
    for part in np.unique(parts):
        rows = np.flatnonzero(parts == part)
        length = max(1, round(len(rows) ** (1 / 3)))
        blocks[rows[np.argsort(rank[rows], kind="stable")]] = np.arange(len(rows)) // length
    return blocks
