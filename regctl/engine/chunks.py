"""Cutting a cohort into chunks that fit the memory.

A chunk's memory goes with its cells: a rectangle of replicates × settings, in whole tiles, with some spare ones.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from regctl.types import Trial

# Random draws are made ahead for as many steps as fit here.
DRAWN_BYTES = 8 * 2**20


def row_width(replicates: int, settings: int, tile: int) -> int:
    """How many cells a replicate's row has: whole tiles for its settings.

    There are always two tiles or more in a chunk, since a matrix product that is not one of several takes another
    kernel.
    """
    return tile * max(ceil(settings / tile), ceil(2 / replicates))


def cells(trials: Sequence[Trial], tile: int, spare: int) -> int:
    """The cells of a chunk whose rows end in `spare` cells or more that hold no trial."""
    rows = Counter((trial.seed, trial.fold) for trial in trials)
    return len(rows) * row_width(len(rows), max(rows.values()) + spare, tile)


def cut(
    trials: Sequence[Trial], tile: int, spare: int, fitting: int, beside: int
) -> tuple[tuple[Trial, ...], ...]:
    """Chunks of at most `fitting` cells, in order of replicates and of ids within.

    As many replicates as fit share a chunk, since trials of one replicate share its batches; then whole tiles of
    settings, the same number in each of the chunks that train beside each other. `fitting` holds one trial at least.
    """
    replicates = list(dict.fromkeys((trial.seed, trial.fold) for trial in trials))
    together = max(
        (count for count in range(1, len(replicates) + 1) if _fits(count, tile, spare, fitting)), default=1
    )
    blocks = ceil(len(replicates) / together)
    chunks: list[tuple[Trial, ...]] = []
    for start, stop in _evenly(len(replicates), blocks):
        own = set(replicates[start:stop])
        block = [trial for trial in trials if (trial.seed, trial.fold) in own]
        width = fitting // len(own) // tile * tile
        chunks += _by_settings(block, len(own), max(1, width - spare), tile, ceil(beside / blocks))
    return tuple(chunks)


def _fits(replicates: int, tile: int, spare: int, fitting: int) -> bool:
    return replicates * row_width(replicates, 1 + spare, tile) <= fitting


def _by_settings(
    block: Sequence[Trial], replicates: int, most: int, tile: int, beside: int
) -> list[tuple[Trial, ...]]:
    """Chunks of at most `most` settings each, whole tiles where they fit, a multiple of `beside` where there are."""
    unit = min(tile, most) * replicates
    units = ceil(len(block) / unit)
    rounds = ceil(units / (most * replicates // unit * beside))
    bounds = [unit * place for place, _ in _evenly(units, min(units, rounds * beside))]
    return [tuple(block[start:stop]) for start, stop in pairwise([*bounds, len(block)])]


def _evenly(count: int, parts: int) -> list[tuple[int, int]]:
    """`count` places in `parts` stretches whose lengths differ by one at most."""
    return list(pairwise(part * count // parts for part in range(parts + 1)))
