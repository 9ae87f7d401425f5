"""How many settings share one product of the first layer: see `fused/stack.py` for why there are tiles."""

from collections.abc import Sequence
from math import gcd

from regctl.models.layers import Dense, Layer

# A tile's columns are a multiple of the kernels' register block: then a column's bits do not depend on its place.
REGISTER_BLOCK = 16
TILE_COLUMNS = 128
# Elements at a tensor's end that no trial's numbers may lie in: see `fused/stack.py`, TAIL_SENSITIVE.
TAIL = 64


def settings_per_tile(layers: Sequence[Layer]) -> int:
    """As few as make a multiple of the register block, and about `TILE_COLUMNS` columns; 1 without sharing."""
    first = layers[0]
    if not isinstance(first, Dense):
        return 1
    fewest = REGISTER_BLOCK // gcd(REGISTER_BLOCK, first.units)
    return fewest * max(1, TILE_COLUMNS // (fewest * first.units))
