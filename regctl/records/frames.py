"""A run's tables as polars data frames, for those who go on with them."""

from pathlib import Path
from typing import TYPE_CHECKING

from regctl.errors import UsageError
from regctl.records.failures import refuse_unreadable

if TYPE_CHECKING:
    import polars as pl

_TEXT = {"status", "feature"}
_WHOLE = {"trial", "seed", "fold", "n", "epochs", "best_epoch", "nonzero"}


def read_frame(path: Path) -> "pl.DataFrame":
    """A CSV or Parquet table as regctl wrote it; empty cells are null.

    Of CSV, columns are text, whole numbers or floats by their names.

    Raises:
        UsageError: there is no such file, or it is damaged.
    """
    import polars as pl

    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        with path.open(encoding="utf-8", newline="") as file:
            header = file.readline().strip().split(",")
        types = {name: _type(name) for name in header}
        return pl.read_csv(path, schema_overrides=types)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; this run has none, or not yet.") from None
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        refuse_unreadable(path, error)
        message = f"{path}: expected a table as regctl wrote it. Received: {str(error).splitlines()[0]}"
        raise UsageError(message, "Restore the file, or run again.") from error


def _type(name: str) -> "type[pl.DataType]":
    import polars as pl

    if name in _TEXT:
        return pl.String
    return pl.Int64 if name in _WHOLE else pl.Float64
