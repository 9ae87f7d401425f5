"""Units of a split: the sets of rows that may never part."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from regctl.datasets.hashing import canonical, sized
from regctl.datasets.raw import RawColumn
from regctl.types import Int64


@dataclass(frozen=True)
class Units:
    """`of_row` int64 `[n]` is each row's unit, counted from 0; `keys` is each unit's content, as bytes."""

    of_row: Int64
    keys: tuple[bytes, ...]

    @property
    def sizes(self) -> Int64:
        """Rows in each unit, int64."""
        return np.bincount(self.of_row, minlength=len(self.keys)).astype(np.int64)

    def within(self, rows: Int64) -> "Units":
        """The units of some rows, in their order."""
        numbers, place = np.unique(self.of_row[rows], return_inverse=True)
        return Units(place.astype(np.int64), tuple(self.keys[number] for number in numbers.tolist()))


def duplicate_units(hashes: Sequence[bytes]) -> Units:
    """One unit per distinct row, its key the row hash."""
    ids = _numbered(hashes)
    return Units(np.array([ids[value] for value in hashes], dtype=np.int64), tuple(ids))


def group_units(column: RawColumn, hashes: Sequence[bytes]) -> Units:
    """One unit per group, groups with an identical row joined; its key is the least of the groups' keys."""
    row_keys = value_keys(column)
    ids = _numbered(row_keys)
    groups = [ids[key] for key in row_keys]
    component = _joined(len(ids), zip(groups, hashes, strict=True))
    least: dict[int, bytes] = {}
    for key, group in ids.items():
        least[component[group]] = min(key, least.get(component[group], key))
    place = {root: position for position, root in enumerate(least)}
    of_row = np.array([place[component[group]] for group in groups], dtype=np.int64)
    return Units(of_row, tuple(least.values()))


def value_keys(column: RawColumn) -> list[bytes]:
    """Each row's value as 32 bytes: equal for equal values, and independent of where they stand."""
    if column.kind == "number":
        contents = [number.tobytes() for number in canonical(column.values).astype(">f8")]
    else:
        contents = [sized(str(value)) for value in column.values]
    return [hashlib.sha256(content).digest() for content in contents]


def _numbered(keys: Sequence[bytes]) -> dict[bytes, int]:
    return {key: position for position, key in enumerate(dict.fromkeys(keys))}


def _joined(groups: int, rows: Iterable[tuple[int, bytes]]) -> list[int]:
    """The component of each group when groups with an identical row are joined (union–find)."""
    parent = list(range(groups))

    def root(group: int) -> int:
        while parent[group] != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group

    home: dict[bytes, int] = {}
    for group, row in rows:
        parent[root(group)] = root(home.setdefault(row, group))
    return [root(group) for group in range(groups)]
