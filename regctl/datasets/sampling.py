"""Shares of the training rows: nested subsets, so that a larger share holds every row of a smaller one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from regctl.errors import DataError
from regctl.types import FoldRows, Int64, OpenData, Part

_STREAM = 0x5A3D1E  # keeps these draws apart from every other use of a seed


def sampled(data: OpenData, share: float, seed: int) -> OpenData:
    """The open rows with a share of the training rows, of every fold's where there are folds.

    The rows stay in their order. A seed draws one order of the rows, and a share is its beginning: rounded to whole
    rows, classes in proportion, and blocks (of a group or time split) whole.

    Raises:
        DataError: fewer rows than two, or than folds, would be left, or a class would be lost.
    """
    if data.folds:
        folds = tuple(
            FoldRows(rows.train[_kept(data, rows.train, share, seed)], rows.validation) for rows in data.folds
        )
        return replace(data, folds=folds)
    kept = _kept(data, np.arange(len(data.train.table), dtype=np.int64), share, seed)
    blocks = None if data.train.blocks is None else data.train.blocks[kept]
    return replace(data, train=Part(data.train.table.take(kept), blocks))


def _kept(data: OpenData, rows: Int64, share: float, seed: int) -> Int64:
    """Places among `rows` that the share keeps, ascending."""
    generator = np.random.Generator(np.random.PCG64([_STREAM, seed]))
    chance = generator.random(len(data.train.table))[rows]
    target, classes = data.train.table.target[rows], data.target.classes
    blocks = None if data.train.blocks is None else data.train.blocks[rows]
    wanted = round(share * len(rows))
    if blocks is not None:
        kept = _whole_blocks(chance, blocks, wanted)
    elif classes:
        kept = np.argsort(_spread(chance, target), kind="stable")[:wanted]
    else:
        kept = np.argsort(chance, kind="stable")[:wanted]
    _check(share, len(kept), len(rows), max(2, len(data.folds)), _lost(target, kept, classes))
    return np.sort(kept).astype(np.int64)


def _spread(chance: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's place in its class as a share of the class: any beginning of their order has every class's share."""
    spread = np.empty(len(chance))
    for number in np.unique(target):
        own = np.flatnonzero(target == number)
        spread[own[np.argsort(chance[own], kind="stable")]] = (np.arange(len(own)) + 0.5) / len(own)
    return spread


def _whole_blocks(chance: NDArray[np.float64], blocks: Int64, wanted: int) -> Int64:
    """Blocks in the order of the chance of their first row, until they hold as many rows as wanted."""
    names, first, sizes = np.unique(blocks, return_index=True, return_counts=True)
    order = np.argsort(chance[first], kind="stable")
    count = int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1
    return np.flatnonzero(np.isin(blocks, names[order[:count]])).astype(np.int64)


def _lost(target: NDArray[np.float64], kept: Int64, classes: Sequence[str]) -> list[str]:
    there = set(target[kept].tolist())
    return [name for number, name in enumerate(classes) if number not in there and number in target]


def _check(share: float, kept: int, rows: int, least: int, lost: Sequence[str]) -> None:
    if kept < least:
        raise DataError(
            f"sweep.samples: {share:g} of {rows} training rows are {kept}, and {least} are needed at least.",
            "Leave out the smallest shares.",
        )
    if lost:
        raise DataError(
            f"sweep.samples: {share:g} of {rows} training rows hold no row of class {lost[0]!r}.",
            "Leave out the smallest shares, or add rows of that class.",
        )
