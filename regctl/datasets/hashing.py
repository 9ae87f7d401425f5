"""Row hashes: the identity of a row, whatever its place, its file format or the order of its columns."""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regctl.types import Float64, Table

_BLOCK = 1024  # rows


def row_hashes(table: Table, target: str, cells: NDArray[Any] | None = None) -> list[bytes]:
    """The sha256 of each row's used columns and target, 32 bytes each, in the table's order.

    `cells` `[n]` stand for the target: the labels of classes, whose numbers depend on which other labels there are.

    Each hash covers the names and kinds of all columns, sorted by name; then the row's numbers in that order
    as big-endian float64 (−0.0 as 0.0, every NaN alike); then its texts in that order, each as its length in
    bytes and its UTF-8.
    """
    held = table.target if cells is None else cells
    kind = "text" if held.dtype == object else "number"
    kinds = {target: kind, **{column.name: column.kind for column in table.columns}}
    values = {**table.values, target: held}
    numbers = [values[name] for name in sorted(kinds) if kinds[name] == "number"]
    texts = [values[name] for name in sorted(kinds) if kinds[name] == "text"]
    schema = hashlib.sha256(b"".join(sized(name) + sized(kinds[name]) for name in sorted(kinds)))
    rows = _rows(texts, len(table))
    return [
        _digest(schema, row, words) for row, words in zip(_packed(numbers, len(table)), rows, strict=True)
    ]


def canonical(numbers: Float64) -> Float64:
    """The numbers with one zero and one NaN."""
    return np.where(np.isnan(numbers), np.nan, numbers + 0.0)


def sized(text: str) -> bytes:
    """Length in bytes, then UTF-8: two texts in a row cannot be mistaken for another two."""
    encoded = text.encode()
    return struct.pack(">Q", len(encoded)) + encoded


def _packed(numbers: Sequence[Float64], height: int) -> Iterator[bytes]:
    """Each row's numbers as bytes; a block of rows at a time, so that images cost no second copy of themselves."""
    for start in range(0, height, _BLOCK):
        block = np.empty((min(_BLOCK, height - start), len(numbers)))
        for place, column in enumerate(numbers):
            block[:, place] = column[start : start + _BLOCK]
        for row in canonical(block).astype(">f8"):
            yield row.tobytes()


def _rows(texts: Sequence[Iterable[str]], height: int) -> Iterable[tuple[str, ...]]:
    return zip(*texts, strict=True) if texts else [()] * height


def _digest(schema: "hashlib._Hash", numbers: bytes, words: tuple[str, ...]) -> bytes:
    row = schema.copy()
    row.update(numbers)
    row.update(b"".join(sized(word) for word in words))
    return row.digest()
