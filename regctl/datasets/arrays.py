"""Columns that a program made, rather than a file, as a source."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regctl.datasets.hashing import canonical, sized
from regctl.datasets.raw import RawColumn, Source
from regctl.errors import DataError


def source_of_columns(name: str, columns: Mapping[str, Any], options: Mapping[str, Any]) -> Source:
    """The source called `name` in messages; `columns` are lists, arrays or series of one length, typed as in a file.

    Raises:
        DataError: lengths differ, there are no rows, a column has no name, or values of several kinds.
    """
    import polars as pl

    from regctl.datasets.parquet_files import typed_columns

    where = f"data set {name!r}"
    for column in columns:
        if not isinstance(column, str):
            raise DataError(f"{where}: expected names of columns that are text. Received: {column!r:.60}.")
    series = {column: _series(where, column, values) for column, values in columns.items()}
    lengths = {column: len(values) for column, values in series.items()}
    if len(set(lengths.values())) > 1:
        shortest, longest = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise DataError(
            f"{where}: expected columns of one length. Received: {lengths[longest]} values in {longest!r} and "
            f"{lengths[shortest]} in {shortest!r}."
        )
    path = Path(name)
    typed = typed_columns(path, pl.DataFrame(series))
    return Source(path, content_hash(typed, options), typed, next(iter(lengths.values())))


def content_hash(columns: Mapping[str, RawColumn], options: Mapping[str, Any]) -> str:
    """The sha256 of options (as JSON) and of all columns in their order: name, kind and values.

    Numbers and dates are hashed as big-endian 8 bytes (−0.0 as 0.0, every NaN alike), texts as length and UTF-8; of
    columns that are neither, the name alone.
    """
    digest = hashlib.sha256(sized(json.dumps(dict(options), sort_keys=True, default=str)))
    for column in columns.values():
        digest.update(sized(column.name) + sized(column.kind))
        if column.kind == "number":
            digest.update(canonical(column.values).astype(">f8").tobytes())
        elif column.kind == "date":
            digest.update(column.missing.tobytes() + column.values.astype(">i8").tobytes())
        elif column.kind == "text":
            digest.update(b"".join(sized(text) for text in column.values))
    return digest.hexdigest()


def _series(where: str, column: str, values: Any) -> Any:
    import polars as pl

    try:
        return pl.Series(column, values)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{where}: column {column!r}: expected numbers, texts, truth values or dates, all of one kind ({said})."
        ) from None
