"""Which unit goes to which part or fold: by a keyed hash, so the order of rows does not matter."""

import hashlib
import heapq
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from regctl.datasets.raw import RawColumn
from regctl.datasets.units import Units
from regctl.types import Float64, Int64

_LEVELS = 20
_SMALLEST_STRATUM = 10


def allot(units: Units, seed: int, cuts: Sequence[float], strata: Int64 | None = None) -> Int64:
    """Each row's part, int64 `[n]`: part k holds the units whose middle lies between cut k−1 and cut k.

    The units of a stratum are laid end to end on [0, 1), each as long as its share of the stratum's rows, in
    the order of sha256(seed, key). `strata` is int64 `[n]`; a unit belongs to the least stratum of its rows.
    """
    stratum = _of_units(units, strata)
    drawn = sorted(range(len(units.keys)), key=lambda unit: _draw(seed, units.keys[unit]))
    order = np.array(drawn, dtype=np.int64)
    part = np.zeros(len(units.keys), dtype=np.int64)
    for label in np.unique(stratum):
        members = order[stratum[order] == label]
        part[members] = cut(units.sizes[members], cuts)
    return part[units.of_row]


def deal(units: Units, folds: int, seed: int, repeat: int = 0, strata: Int64 | None = None) -> Int64:
    """Each row's fold, int64 `[n]`, counted from 0: as equal as the units allow, in total and in every stratum.

    Stratum by stratum, each unit goes to the fold that has the fewest rows of the stratum, of these to the one with
    the fewest rows in all: larger units first (by powers of two, so that repeats differ), then in the order of
    sha256(seed, repeat, key). With units of one row, fold sizes differ by at most 1, in all and in every stratum, as
    with scikit-learn's `StratifiedKFold`; no two differ by more than the largest unit, as with its `GroupKFold`.
    `strata` as in `allot`. With as many units as folds or more, no fold is empty.
    """
    stratum, sizes = _of_units(units, strata), units.sizes.tolist()
    draws = [_draw(seed, f"fold {repeat}\n".encode() + key) for key in units.keys]
    order = sorted(
        range(len(sizes)), key=lambda unit: (stratum[unit], -sizes[unit].bit_length(), draws[unit])
    )
    fold, totals = np.zeros(len(sizes), dtype=np.int64), [0] * folds
    for _, members in groupby(order, lambda unit: stratum[unit]):
        heap = [(0, total, number) for number, total in enumerate(totals)]
        heapq.heapify(heap)
        for unit in members:
            own, total, number = heap[0]
            fold[unit], totals[number] = number, total + sizes[unit]
            heapq.heapreplace(heap, (own + sizes[unit], totals[number], number))
    return fold[units.of_row]


def cut(sizes: Int64, cuts: Sequence[float]) -> Int64:
    """The part of each piece when pieces of these sizes lie end to end on [0, 1): where its middle falls."""
    ends = np.cumsum(sizes)
    middles: Float64 = (ends - sizes / 2) / ends[-1]
    return np.searchsorted(np.array(cuts, dtype=np.float64), middles, side="right").astype(np.int64)


def strata_of(column: RawColumn) -> Int64:
    """Each row's stratum, int64 `[n]`: a level, or a decile of a number with more than 20 values.

    Missing values are a stratum. Strata of fewer than 10 rows, too few for three parts, are joined into one.
    """
    labels = np.zeros(len(column.missing), dtype=np.int64)
    present = column.values[~column.missing]
    distinct = sorted(set(present.tolist()))
    if column.kind == "number" and len(distinct) > _LEVELS:
        edges = np.quantile(present, np.arange(0.1, 0.95, 0.1))
        labels[~column.missing] = 1 + np.searchsorted(edges, present, side="right")
    else:
        number = {value: position for position, value in enumerate(distinct, start=1)}
        labels[~column.missing] = [number[value] for value in present.tolist()]
    return np.where(np.bincount(labels)[labels] < _SMALLEST_STRATUM, -1, labels)


def _of_units(units: Units, strata: Int64 | None) -> Int64:
    least = np.full(len(units.keys), np.iinfo(np.int64).max)
    np.minimum.at(least, units.of_row, np.zeros_like(units.of_row) if strata is None else strata)
    return least


def _draw(seed: int, key: bytes) -> bytes:
    return hashlib.sha256(f"{seed}\n".encode() + key).digest()
