"""A spec's `dataset.source`, a registered name or a path, as typed columns."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from regctl import catalog
from regctl.datasets.cells import typed_column
from regctl.datasets.csv_files import read_cells
from regctl.datasets.idx_folders import read_idx_folder
from regctl.datasets.npz_files import read_npz
from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.registered import read_registered, registered
from regctl.datasets.wording import did_you_mean
from regctl.errors import DataError
from regctl.spec.dataset import Dataset
from regctl.spec.paths import DATA_SUFFIXES


def read_source(dataset: Dataset) -> Source:
    """Read the data set a spec names.

    Raises:
        DataError: the name is not registered, the file cannot be read, or its sha256 is not the expected one.
        MachineError: a file that has to be downloaded cannot be.
    """
    known, whose = registered(dataset.source), "dataset.sha256 of the spec"
    if known is None:
        source = read_file(_path(dataset.source), dataset.sha256, whose)
    else:
        source = read_registered(dataset.source, known, dataset.options)
    if dataset.sha256 is not None:
        check_hash(source.path, source.sha256, dataset.sha256, whose)
    return source


def read_file(path: Path, sha256: str | None = None, whose: str = "") -> Source:
    """Read a .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files, into typed columns.

    With `sha256`, the file must have it, which is checked before it is parsed; `whose` hash that is, is for messages.

    Raises:
        DataError: another kind of file, one that cannot be opened, or content that is not what the name says.
    """
    if path.is_dir():
        return read_idx_folder(path)
    content = _content(path)
    if sha256 is not None:
        check_hash(path, hashlib.sha256(content).hexdigest(), sha256, whose)
    return _parsed(path, content)


def _parsed(path: Path, content: bytes) -> Source:
    digest = hashlib.sha256(content).hexdigest()
    if path.name.lower().endswith(".npz"):
        return read_npz(path, content)
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
        hint = f"{did_you_mean(source, catalog.names('datasets'))} One of a plugin needs --plugin FILE."
        raise DataError(
            f"dataset.source: {source!r} is neither a registered data set nor an absolute path.", hint
        )
    return path


def _content(path: Path) -> bytes:
    if not path.name.lower().endswith(DATA_SUFFIXES):
        raise DataError(
            f"{path}: expected a file ending in {', '.join(DATA_SUFFIXES)}, or a folder of IDX files.",
            "Convert it, or rename it.",
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


def check_hash(path: Path, received: str, expected: str, whose: str) -> None:
    """Refuse data that has not the sha256 that is expected.

    Raises:
        DataError: it has another one.
    """
    if received != expected:
        raise DataError(
            f"{path}: expected sha256 {expected}, {whose}. Received: {received}.",
            "Restore the file; a file of your own may instead become a new data set, without dataset.sha256.",
        )
