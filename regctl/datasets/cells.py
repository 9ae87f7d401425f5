"""The type of a CSV column, decided over the whole file, and its values."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regctl.datasets.raw import Bool, RawColumn
from regctl.types import Float64

MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL"})
"""Cells that mean "not known", spaces around them aside. Not `None`: people use that as a level."""

_BOOLEANS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def typed_column(name: str, cells: Sequence[str]) -> RawColumn:
    """A number column when every cell that is not missing is a decimal number (or an infinity), else text.

    A column without any value counts as a number column of missing values. Spaces around a number are
    ignored, those in a text are part of it. Truth values are texts, `true` and `false` in whatever case they
    were written.
    """
    missing = np.array([cell.strip() in MISSING for cell in cells], dtype=bool)
    written = np.array(cells, dtype=object)
    numbers = _numbers(["nan" if gone else cell for cell, gone in zip(cells, missing, strict=True)])
    if numbers is None:
        whole = np.zeros(len(cells), dtype=bool)
        return RawColumn(name, "text", text_levels(written, missing), missing, whole, "text", written)
    whole = np.array([cell.strip().lstrip("+-").isdigit() for cell in cells], dtype=bool)
    return RawColumn(name, "number", numbers, np.isnan(numbers), whole, "number", written)


def text_levels(texts: Iterable[str], missing: Bool) -> NDArray[Any]:
    """Object `[n]`: the texts with "" for missing, truth values in lower case."""
    levels = ["" if gone else _BOOLEANS.get(text, text) for text, gone in zip(texts, missing, strict=True)]
    return np.array(levels, dtype=object)


def is_number(cell: str) -> bool:
    """Whether the cell is missing or a number, by the same rule as `typed_column`."""
    return cell.strip() in MISSING or _numbers([cell]) is not None


def _numbers(cells: list[str]) -> Float64 | None:
    """The cells as float64, or None when one is no number. Python's `1_000` and non-ASCII digits are none."""
    if any("_" in cell or not cell.isascii() for cell in cells):
        return None
    try:
        return np.array([float(cell) for cell in cells], dtype=np.float64)
    except ValueError:
        return None
