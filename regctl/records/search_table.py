"""`search.csv`: the requests of a tuner as a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regctl.records.files import Cell, write_csv
from regctl.records.search_record import Searched

FILE = "search.csv"
_LAST = ("bracket", "rung", "first_epoch", "epochs", "status", "score", "spread", "reason")


def write_search_table(folder: Path, searched: Sequence[Searched]) -> None:
    """Write `search.csv`: one row per request in the order of numbers, a column per hyperparameter.

    A cell is empty where a request has no such value; the widths of several layers are joined: `64-32`.

    Raises:
        StorageError: the disk refused.
    """
    names = hyperparameters(searched)
    ordered = sorted(searched, key=lambda each: each.number)
    rows = [
        [each.number, *_cells(each.values, names), *(getattr(each, name) for name in _LAST)]
        for each in ordered
    ]
    write_csv(folder / FILE, ["number", *names, *_LAST], rows)


def hyperparameters(searched: Sequence[Searched]) -> tuple[str, ...]:
    """All that some request has a value of, in the order they come up."""
    return tuple(dict.fromkeys(name for each in searched for name in each.values))


def _cells(values: Mapping[str, Any], names: Sequence[str]) -> list[Cell]:
    return [_cell(values.get(name)) for name in names]


def _cell(value: Any) -> Cell:
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else value
