"""Data sets and files described: what `regctl datasets` shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from regctl import catalog
from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.registered import Card, read_registered, registered
from regctl.datasets.sources import read_file
from regctl.errors import DataError
from regctl.spec.options import OptionError, all_options
from regctl.spec.paths import data_path, data_problem


@dataclass(frozen=True)
class ColumnDescription:
    """One column: `kind` is number, text, date or other, `type` as it is stored; `values` its range or its levels."""

    name: str
    kind: str
    type: str
    unit: str | None
    missing: int
    values: str


@dataclass(frozen=True)
class Description:
    """A data set or a file. Without `rows`, it was not read, and `note` says why."""

    name: str
    card: Card | None
    options: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None
    sha256: str | None = None
    image_shape: tuple[int, int, int] | None = None
    columns: tuple[ColumnDescription, ...] = ()
    note: str = ""


def cards() -> Iterator[tuple[str, Card]]:
    """Every registered data set's name and card; nothing is read.

    Raises:
        UsageError: an installed package's data set cannot be imported.
    """
    for name in catalog.names("datasets"):
        known = registered(name)
        assert known is not None, "the catalog has the name"
        yield name, known.card


def describe(source: str) -> Description:
    """A registered data set with its default options, read if its files are here; or a file, or a folder.

    Raises:
        DataError: there is no such data set or file, or it cannot be read.
    """
    known = registered(source)
    if known is None:
        return _described(source, None, _read(source), {})
    try:
        options = all_options(source, {})
    except OptionError as error:
        return Description(source, known.card, note=f"It cannot be read without options: {error.name}.")
    absent = [download for download in known.downloads if not download.path.exists()]
    if absent:
        where = f"{absent[0].path.parent} by the first run that uses it"
        note = f"Not here yet: {', '.join(each.url for each in absent)} is downloaded into {where}."
        return Description(source, known.card, options, note=note)
    read = read_registered(source, known, {})
    return _described(source, known.card, read, known.units, options)


def _read(source: str) -> Source:
    path = data_path(source, Path.cwd())
    if (problem := data_problem(source, path)) is not None:
        raise DataError(f"{source}: {problem}")
    return read_file(Path(path))


def _described(
    name: str,
    card: Card | None,
    source: Source,
    units: Mapping[str, str],
    options: Mapping[str, Any] | None = None,
) -> Description:
    columns = tuple(
        ColumnDescription(
            column.name,
            column.kind,
            column.type_name,
            units.get(column.name),
            int(column.missing.sum()),
            _values(column),
        )
        for column in source.columns.values()
    )
    return Description(name, card, options or {}, source.rows, source.sha256, source.image_shape, columns)


def _values(column: RawColumn) -> str:
    present = column.values[~column.missing]
    if column.kind == "number" and len(present):
        return f"{np.min(present):g} to {np.max(present):g}"
    if column.kind != "text":
        return ""
    levels = len(set(present.tolist()))
    return "1 level" if levels == 1 else f"{levels:,} levels"
