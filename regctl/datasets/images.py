"""Arrays of features as columns: of images, one for each pixel, in row order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regctl.datasets.cells import text_levels
from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.wording import counted
from regctl.errors import DataError

PART = "part"
"""The column that says which part of the source a row comes from, where there is more than one."""


@dataclass(frozen=True)
class Arrays:
    """One part of a source: `x` `[n, …]` the features, `y` `[n]` the target, or None; `where` is for messages."""

    where: str
    x: NDArray[Any]
    y: NDArray[Any] | None
    part: str = ""


def source_of_arrays(path: Path, sha256: str, parts: Sequence[Arrays], target: str) -> Source:
    """The rows of all parts, one part behind the other.

    `x` `[n, d]` are features `x_0`, `x_1`, …; `[n]` is the one feature `x`; images `[n, height, width]` are columns
    `pixel_row_column`, and `[n, height, width, channels]` `pixel_row_column_channel`, rows from the top. `y` is the
    column `target`. With several parts, the text column `part` holds their names.

    Raises:
        DataError: there are no rows; parts of different shapes, or `x` and `y` of different lengths; other shapes.
    """
    for part in parts:
        _check(part, parts[0])
    x = parts[0].x if len(parts) == 1 else np.concatenate([part.x for part in parts])
    rows = len(x)
    columns = feature_columns(x)
    targets = [part.y for part in parts if part.y is not None]
    if targets:
        columns[target] = array_column(target, np.concatenate(targets))
    if len(parts) > 1:
        names = np.repeat(
            np.array([part.part for part in parts], dtype=object), [len(part.x) for part in parts]
        )
        columns[PART] = RawColumn(PART, "text", names, np.zeros(rows, bool), np.zeros(rows, bool), "text")
    marks = (PART,) if len(parts) > 1 else ()
    return Source(path, sha256, columns, rows, image_shape=image_shape(x), marks=marks)


def image_shape(x: NDArray[Any]) -> tuple[int, int, int] | None:
    """Height, width and channels of images `[n, h, w]` or `[n, h, w, c]`; None of what is no image."""
    if x.ndim < 3:
        return None
    height, width, *channels = x.shape[1:]
    return height, width, channels[0] if channels else 1


def feature_columns(x: NDArray[Any]) -> dict[str, RawColumn]:
    """The columns of `x`, as `source_of_arrays` names them; numbers and truth values, both as numbers."""
    names = list(_names(x.shape[1:]))
    whole = x.dtype.kind in "iub"
    flat = np.ascontiguousarray(x.reshape(len(x), -1).T, dtype=np.float64)  # a column is one piece of memory
    stored = np.full(len(x), whole)
    complete = np.zeros(len(x), dtype=bool)
    return {
        name: RawColumn(name, "number", values, complete if whole else np.isnan(values), stored, str(x.dtype))
        for name, values in zip(names, flat, strict=True)
    }


def array_column(name: str, values: NDArray[Any]) -> RawColumn:
    """One column from an array `[n]` of numbers, truth values or texts; object arrays hold `str`."""
    nowhere = np.zeros(len(values), dtype=bool)
    if values.dtype.kind in "iuf":
        numbers = values.astype(np.float64)
        return RawColumn(
            name,
            "number",
            numbers,
            np.isnan(numbers),
            np.full(len(values), values.dtype.kind != "f"),
            str(values.dtype),
        )
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    texts = [str(value) for value in values.tolist()]
    missing = np.array([text == "" for text in texts], dtype=bool)
    return RawColumn(name, "text", text_levels(texts, missing), missing, nowhere, "text")


def _names(shape: tuple[int, ...]) -> Iterable[str]:
    if not shape:
        return ["x"]
    prefix = "x" if len(shape) == 1 else "pixel"
    return ("_".join([prefix, *map(str, place)]) for place in np.ndindex(*shape))


def _check(part: Arrays, first: Arrays) -> None:
    x, y = part.x, part.y
    if x.dtype.kind not in "iufb" or x.ndim not in (1, 2, 3, 4) or 0 in x.shape[1:]:
        raise DataError(
            f"{part.where}: expected numbers of shape [rows, columns], [rows, height, width] or [rows, height, width, "
            f"channels]. Received: {x.dtype} of shape {list(x.shape)}."
        )
    if not len(x):
        raise DataError(f"{part.where}: no rows.", "Expected at least one row.")
    if x.shape[1:] != first.x.shape[1:]:
        raise DataError(
            f"{part.where}: expected {_kind(first.x)} of {_size(first.x)}, as in {first.where}. Received: {_size(x)}.",
            "Bring them to one size.",
        )
    if y is not None and (y.shape != (len(x),) or y.dtype.kind not in "iufbUSO"):
        raise DataError(
            f"{part.where}: expected one target for each of {counted(len(x), 'row')}. Received: {y.dtype} of shape "
            f"{list(y.shape)}."
        )


def _kind(x: NDArray[Any]) -> str:
    return "rows" if x.ndim < 3 else "images"


def _size(x: NDArray[Any]) -> str:
    size = " × ".join(map(str, x.shape[1:]))
    return f"{size} pixels" if x.ndim >= 3 else f"{size or 1} columns"
