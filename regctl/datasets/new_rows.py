"""Rows to predict for: columns matched by name, no target needed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from regctl.datasets.cells import text_levels
from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.sources import read_file
from regctl.datasets.targets import first_text
from regctl.datasets.wording import did_you_mean, quoted
from regctl.errors import DataError

Kind = Literal["number", "text"]


@dataclass(frozen=True)
class NewRows(Mapping[str, NDArray[Any]]):
    """Columns by name, each `[n]`: float32 with NaN for missing, or object of `str` with "" for missing."""

    arrays: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


def read_new_rows(path: Path, columns: Sequence[tuple[str, Kind]]) -> NewRows:
    """Read the named columns of a file or folder (see `read_file`); others are ignored, with a note.

    Raises:
        DataError: the file cannot be read, a column is not in it, or holds something else than its kind.
    """
    source = read_file(Path(path))
    arrays = {name: _array(source, _column(source, name), kind) for name, kind in columns}
    extra = [name for name in source.columns if name not in arrays]
    notes = (
        (f"{source.path}: columns that the model does not use are ignored: {quoted(extra)}.",)
        if extra
        else ()
    )
    return NewRows(arrays, notes)


def _column(source: Source, name: str) -> RawColumn:
    if name not in source.columns:
        raise DataError(
            f"{source.path}: no column {name!r}, which the model needs.", did_you_mean(name, source.columns)
        )
    return source.columns[name]


def _array(source: Source, column: RawColumn, kind: Kind) -> NDArray[Any]:
    return _numbers(source, column) if kind == "number" else _texts(source, column)


def _numbers(source: Source, column: RawColumn) -> NDArray[np.float32]:
    if column.kind != "number":
        received = f"{column.type_name}{first_text(source, column)}"
        raise DataError(
            f"{source.path}: column {column.name!r}: expected numbers, received {received}.",
            "Correct the cells, or leave them empty.",
        )
    beyond = np.abs(column.values) > np.finfo(np.float32).max
    if beyond.any():
        row = int(np.argmax(beyond))
        raise DataError(
            f"{source.place(row)}: column {column.name!r}: expected a finite number below 3.4e38, received "
            f"{column.values[row]:g}.",
            "Correct the cell, or leave it empty.",
        )
    return column.values.astype(np.float32)


def _texts(source: Source, column: RawColumn) -> NDArray[Any]:
    if column.kind in ("date", "other"):
        raise DataError(
            f"{source.path}: column {column.name!r}: expected text, received {column.type_name}.",
            "Store it as text.",
        )
    if column.kind == "text":
        return column.values
    cells = [f"{value:.17g}" for value in column.values] if column.written is None else column.written
    return text_levels(cells, column.missing)
