"""Parquet files as typed columns."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from regctl.datasets.cells import text_levels
from regctl.datasets.raw import RawColumn
from regctl.datasets.unpacking import check_unpacked
from regctl.errors import DataError


def read_columns(path: Path, content: bytes) -> dict[str, RawColumn]:
    """The columns of a Parquet file, in its order.

    Whole and decimal numbers become float64; null and NaN are missing. Strings, categories and truth values
    become text. Dates and times keep their order. Lists, structs, binaries and the rest are of kind `other`.

    Raises:
        DataError: not a Parquet file, no rows, a column without a name, or more cells or text than a file of that size
            may unpack to.
    """
    with _damage_told(path):
        lazy = pl.scan_parquet(io.BytesIO(content))
        rows, width = lazy.select(pl.len()).collect().item(), len(lazy.collect_schema())
    check_unpacked(path, rows * width, len(content), "cells")
    with _damage_told(path):
        frame = pl.read_parquet(io.BytesIO(content))
        texts = frame.select(pl.col(pl.String, pl.Categorical, pl.Enum).cast(pl.String).str.len_bytes().sum())
    check_unpacked(path, sum(map(int, texts.row(0))) if texts.width else 0, len(content), "bytes of text")
    return typed_columns(path, frame)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise DataError(
            f"{path}: not readable as Parquet ({_first_line(error)}).", "Write the file again."
        ) from None


def typed_columns(path: Path, frame: pl.DataFrame) -> dict[str, RawColumn]:
    """The columns of a frame, by the rules of `read_columns`; `path` is for messages.

    Raises:
        DataError: no rows, or a column without a name.
    """
    if frame.is_empty():
        raise DataError(f"{path}: no rows.", "Expected at least one row.")
    if any(not name.strip() for name in frame.columns):
        raise DataError(f"{path}: column {_unnamed(frame)} of {frame.width} has no name.", "Name it.")
    return {series.name: _typed_column(series) for series in frame}


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _unnamed(frame: pl.DataFrame) -> int:
    return next(i for i, name in enumerate(frame.columns, start=1) if not name.strip())


def _typed_column(series: pl.Series) -> RawColumn:
    dtype, missing = series.dtype, series.is_null().to_numpy()
    nowhere = np.zeros(len(series), dtype=bool)
    if dtype.is_numeric() or dtype == pl.Null:
        values = np.array(series.cast(pl.Float64).fill_null(np.nan).to_numpy())
        whole = ~missing if dtype.is_integer() else nowhere
        return RawColumn(series.name, "number", values, np.isnan(values), whole, str(dtype))
    if dtype in (pl.String, pl.Boolean, pl.Categorical, pl.Enum):
        levels = text_levels(np.array(series.cast(pl.String).to_list(), dtype=object), missing)
        return RawColumn(series.name, "text", levels, levels == "", nowhere, str(dtype))
    if dtype.is_temporal():
        ticks = np.array(series.to_physical().cast(pl.Int64).fill_null(0).to_numpy())
        return RawColumn(series.name, "date", ticks, missing, nowhere, str(dtype))
    return RawColumn(series.name, "other", np.empty(len(series), dtype=object), missing, nowhere, str(dtype))
