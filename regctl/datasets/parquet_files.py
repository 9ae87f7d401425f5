"""Parquet files as typed columns."""

import io
from pathlib import Path

import numpy as np
import polars as pl

from regctl.datasets.cells import text_levels
from regctl.datasets.raw import RawColumn
from regctl.errors import DataError


def read_columns(path: Path, content: bytes) -> dict[str, RawColumn]:
    """The columns of a Parquet file, in its order.

    Whole and decimal numbers become float64; null and NaN are missing. Strings, categories and truth values
    become text. Dates and times keep their order. Lists, structs, binaries and the rest are of kind `other`.

    Raises:
        DataError: not a Parquet file, no rows, or a column without a name.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            f"{path}: not readable as Parquet ({_first_line(error)}).", "Write the file again."
        ) from None
    return typed_columns(path, frame)


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


def _first_line(error: Exception) -> str:
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
