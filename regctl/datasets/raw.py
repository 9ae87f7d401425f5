"""A source as read: typed columns, before anyone has chosen a target, features or parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.errors import DataError
from regctl.types import Int64

Bool: TypeAlias = NDArray[np.bool_]

_SHOWN = 5


@dataclass(frozen=True)
class RawColumn:
    """One column of a source; every array has shape `[n]`.

    `values` is float64 with NaN for missing (number), object of `str` with "" for missing (text), int64 in
    the order of time (date), and unspecified (other). `whole` marks the numbers that were stored as whole
    numbers. `written` holds the cells of a CSV file as they stand there. `type_name` is for messages.
    """

    name: str
    kind: Literal["number", "text", "date", "other"]
    values: NDArray[Any]
    missing: Bool
    whole: Bool
    type_name: str
    written: NDArray[Any] | None = None


@dataclass(frozen=True)
class Source:
    """A file's columns, in its order; of a registered data set, `path` is its name.

    `lines` holds the line each row of a CSV file starts on, from 1. `image_shape` is height, width and channels where
    the columns are pixels. `marks` are columns that say where rows come from, and so are never features.
    """

    path: Path
    sha256: str
    columns: Mapping[str, RawColumn]
    rows: int
    lines: Int64 | None = None
    image_shape: tuple[int, int, int] | None = None
    marks: tuple[str, ...] = ()

    def place(self, row: int) -> str:
        """`houses.csv:12` or `houses.parquet row 11`, for the row at a 0-based position."""
        return f"{self.path} row {row + 1}" if self.lines is None else f"{self.path}:{self.lines[row]}"

    def where(self, marked: Bool) -> str:
        """`lines 3, 7` or `rows 2, 6`: the first few of the marked rows."""
        word = "row" if self.lines is None else "line"
        rows = np.flatnonzero(marked)
        numbers = rows + 1 if self.lines is None else self.lines[rows]
        shown = ", ".join(str(number) for number in numbers[:_SHOWN])
        return f"{word}{'s' * (len(rows) > 1)} {shown}{', …' * (len(rows) > _SHOWN)}"


def split_column(source: Source, key: str, name: str) -> RawColumn:
    """The column that `split.<key>` names, which has comparable values in it.

    Raises:
        DataError: its type has no values that could be compared.
    """
    column = source.columns[name]
    if column.kind == "other":
        raise DataError(
            f"{source.path}: split.{key} {name!r}: expected numbers, text or dates, "
            f"received {column.type_name}.",
            "Name another column.",
        )
    return column


def complete_split_column(source: Source, key: str, name: str) -> RawColumn:
    """As `split_column`, and no value may be missing."""
    column = split_column(source, key, name)
    if column.missing.any():
        count = int(column.missing.sum())
        raise DataError(
            f"{source.path}: split.{key} {name!r} is missing in {count} of {source.rows} rows "
            f"({source.where(column.missing)}).",
            "Fill it in or remove those rows.",
        )
    return column
