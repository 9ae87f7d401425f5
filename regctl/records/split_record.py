"""`split.json`: which rows each part holds, and what was said about the data on the way."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.files import read_json, write_json
from regctl.types import PartRecord, SplitRecord, Target

FILE = "split.json"


@dataclass(frozen=True)
class DataRecord:
    """What `split.json` holds: the split, the target, and the notes of reading and preparing the data."""

    split: SplitRecord
    target: Target
    notes: tuple[str, ...] = ()


def part_hash(hashes: Sequence[str]) -> str:
    """One sha256 for a part: of its row hashes in sorted order, one a line."""
    return hashlib.sha256("".join(f"{each}\n" for each in sorted(hashes)).encode()).hexdigest()


def write_split(folder: Path, split: SplitRecord, target: Target, notes: Sequence[str] = ()) -> None:
    """Write `split.json`: `method, data_hash, target, notes, parts: {name: {count, hash, rows, hashes}}, folds`.

    `folds` has one list for each repeat of k-fold: for each row of the part train, which then holds the validation rows
    too, the number of the fold that holds it out, −1 when none does. It is empty with a holdout.
    """
    parts = {
        name: {"count": len(part), "hash": part_hash(part.hashes), "rows": part.rows, "hashes": part.hashes}
        for name, part in split.parts.items()
    }
    value = {"method": split.method, "data_hash": split.data_hash, "target": target, "notes": list(notes)}
    write_json(folder / FILE, value | {"parts": parts, "folds": split.folds}, indent=None)


def read_split(folder: Path) -> DataRecord:
    """What `write_split` wrote.

    Raises:
        UsageError: the file is missing or damaged.
    """
    found = read_json(folder / FILE)
    try:
        parts = {name: _part(values) for name, values in found["parts"].items()}
        folds = tuple(tuple(map(int, numbers)) for numbers in found["folds"])
        split = SplitRecord(parts, found["data_hash"], found["method"], folds)
        return DataRecord(split, _target(found["target"]), tuple(found["notes"]))
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{folder / FILE}: expected a split as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error


def _target(values: Mapping[str, Any]) -> Target:
    return Target(values["name"], values["unit"], tuple(map(str, values["classes"])))


def _part(values: Mapping[str, list[int] | list[str]]) -> PartRecord:
    return PartRecord(tuple(map(int, values["rows"])), tuple(map(str, values["hashes"])))
