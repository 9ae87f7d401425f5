"""A spec's `dataset.source`, a registered name or a path, as typed columns."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from regctl import catalog
from regctl.datasets.cells import typed_column
from regctl.datasets.csv_files import read_cells
from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.registered import registered
from regctl.datasets.wording import did_you_mean
from regctl.errors import DataError
from regctl.spec.dataset import Dataset

_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def read_source(dataset: Dataset) -> Source:
    """Read the data set a spec names; hashes are checked before anything is read from the file.

    Raises:
        DataError: the name is not registered, the file cannot be read, or its sha256 is not the expected one.
    """
    known = registered(dataset.source)
    path = _path(dataset.source) if known is None else known.path
    content = _content(path)
    if known is not None:
        _check_hash(path, content, known.sha256, f"that of the registered data set {dataset.source!r}")
    if dataset.sha256 is not None:
        _check_hash(path, content, dataset.sha256, "dataset.sha256 of the spec")
    return _parsed(path, content)


def read_file(path: Path) -> Source:
    """Read a .csv, .csv.gz or .parquet file into typed columns.

    Raises:
        DataError: another kind of file, one that cannot be opened, or content that is not what the name says.
    """
    return _parsed(path, _content(path))


def _parsed(path: Path, content: bytes) -> Source:
    digest = hashlib.sha256(content).hexdigest()
    if path.name.lower().endswith(".parquet"):
        from regctl.datasets.parquet_files import read_columns  # imports polars, which CSV files do not need

        columns = read_columns(path, content)
        return Source(path, digest, columns, _height(columns))
    cells, lines = read_cells(path, content)
    return Source(path, digest, {name: typed_column(name, cells[name]) for name in cells}, len(lines), lines)


def _height(columns: Mapping[str, RawColumn]) -> int:
    return len(next(iter(columns.values())).missing)


def _path(source: str) -> Path:
    path = Path(source)
    if not path.is_absolute():
        hint = did_you_mean(source, catalog.DATASETS)
        raise DataError(
            f"dataset.source: {source!r} is neither a registered data set nor an absolute path.", hint
        )
    return path


def _content(path: Path) -> bytes:
    if not path.name.lower().endswith(_SUFFIXES):
        raise DataError(
            f"{path}: expected a file ending in {', '.join(_SUFFIXES)}.", "Convert it, or rename it."
        )
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(
            f"{path}: no such file.", "Check the path; in a spec it is relative to the spec."
        ) from None
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}).", "Check its kind and permissions."
        ) from None


def _check_hash(path: Path, content: bytes, expected: str, whose: str) -> None:
    received = hashlib.sha256(content).hexdigest()
    if received != expected:
        raise DataError(
            f"{path}: expected sha256 {expected}, {whose}. Received: {received}.",
            "Restore the file; a file of your own may instead become a new data set, without dataset.sha256.",
        )
