"""`trials/`: what the end of a run needs of its finished trials beside the journal's numbers, exact to the bit.

One npz file for each batch of trials, written before their lines in the journal, which name it. A file that no line
names, or a line whose file is not whole, does not count: its trials are trained again.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.records.arrays import Arrays, read_arrays, write_arrays
from regctl.records.files import saving
from regctl.records.journal import Journal, Line, read_journal_lines
from regctl.records.trial_record import TrialRecord
from regctl.types import Float32, Float64, History, Int64, Setting

FOLDER = "trials"
_LOSSES = ("train_loss", "validation_loss", "penalty")
_METRICS = ("train_metrics", "validation_metrics")

Identity: TypeAlias = tuple[Setting, int, int | None]


@dataclass(frozen=True)
class Kept:
    """A finished trial: its record, and what the record does not hold.

    `validation_rows` float64 `[n_validation]` are the data losses by row; `confusion` int64 `[K, K]` and `weights` are
    None where nobody will ask for them.
    """

    record: TrialRecord
    history: History
    validation_rows: Float64
    confusion: Int64 | None = None
    weights: tuple[Float32 | Float64, ...] | None = None

    @property
    def identity(self) -> Identity:
        """What was trained. Ids are places in a plan, and a wider plan has other places."""
        return self.record.setting, self.record.seed, self.record.fold


class TrialStore:
    """Saves batches of finished trials in a run's folder, durably, and gives them back."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._journal = folder, Journal(folder)
        self._next = max(_numbers(folder), default=0) + 1

    def append(self, batch: Sequence[Kept]) -> None:
        """Save one batch: one file, then one write to the journal, each with an fsync.

        Raises:
            StorageError: the disk refused; names how many trials are saved.
        """
        if not batch:
            return
        path = _path(self._folder, self._next)
        with saving(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(path, _arrays(batch))
        self._journal.append([each.record for each in batch], self._next)
        self._next += 1

    def recover(self, retry_failed: bool = False) -> dict[Identity, Kept]:
        """The trials that are whole; what is left of others, and half written files, are removed.

        With `retry_failed`, those that failed are removed too, so that they are trained again.

        For the run's one writer.

        Raises:
            UsageError: a line of the journal other than a torn last one is damaged.
            StorageError: the disk refused.
        """
        lines, found = _whole(self._folder)
        if retry_failed:
            lines = [line for line in lines if line.record.status != "failed"]
            found = {key: kept for key, kept in found.items() if kept.record.status != "failed"}
        self._journal.rewrite(lines)
        _clear(self._folder, {line.batch for line in lines})
        return found

    def renumber(self, ids: Mapping[Identity, int]) -> None:
        """Give each trial the id that it has in the plan that was carried out; drop those that it has not."""
        lines = [
            replace(line, record=replace(line.record, id=ids[line.identity]))
            for line in read_journal_lines(self._folder)
            if line.identity in ids
        ]
        self._journal.rewrite(lines)


def read_kept(folder: Path) -> dict[Identity, Kept]:
    """The trials that are whole; changes nothing.

    Raises:
        UsageError: a line of the journal other than a torn last one is damaged.
    """
    return _whole(folder)[1]


def _whole(folder: Path) -> tuple[list[Line], dict[Identity, Kept]]:
    files: dict[int | None, Arrays | None] = {None: None}
    lines: dict[Identity, Line] = {}
    found: dict[Identity, Kept] = {}
    for line in read_journal_lines(folder):
        if line.batch not in files:
            files[line.batch] = read_arrays(_path(folder, line.batch or 0))
        if (kept := _kept(line, files[line.batch])) is not None:
            lines[line.identity], found[line.identity] = line, kept
    return list(lines.values()), found


def _clear(folder: Path, wanted: set[int | None]) -> None:
    for number in _numbers(folder):
        if number not in wanted:
            _path(folder, number).unlink()
    for each in (folder, folder / FOLDER, folder / "plots"):
        for left in each.glob(".*.tmp"):
            with suppress(OSError):
                left.unlink()


def _path(folder: Path, number: int) -> Path:
    return folder / FOLDER / f"{number:06d}.npz"


def _numbers(folder: Path) -> list[int]:
    with suppress(FileNotFoundError):
        names = (name.partition(".") for name in os.listdir(folder / FOLDER))
        return [int(stem) for stem, _, kind in names if kind == "npz" and stem.isdigit()]
    return []


def _arrays(batch: Sequence[Kept]) -> Arrays:
    records = [each.record for each in batch]
    degrees = [each.degrees_of_freedom for each in records]
    arrays: dict[str, NDArray[Any]] = {
        "losses": np.array([[getattr(each, name) for name in _LOSSES] for each in records]),
        "degrees": np.array([np.nan if each is None else each for each in degrees]),
        "degrees_known": np.array([each is not None for each in degrees]),
        "epochs": np.array([len(each.history.validation_loss) for each in batch]),
        "train_history": np.concatenate([each.history.train_loss for each in batch]),
        "validation_history": np.concatenate([each.history.validation_loss for each in batch]),
        "rows": np.array([len(each.validation_rows) for each in batch]),
        "validation_rows": np.concatenate([each.validation_rows for each in batch]),
    }
    arrays |= {name: np.array([list(getattr(each, name).values()) for each in records]) for name in _METRICS}
    for place, each in enumerate(batch):
        if each.confusion is not None:
            arrays[f"confusion_{place}"] = each.confusion
        if each.weights is not None:
            arrays |= {f"weight_{place}_{number}": own for number, own in enumerate(each.weights)}
    return arrays


def _kept(line: Line, arrays: Arrays | None) -> Kept | None:
    if arrays is None or line.place >= len(arrays["rows"]):
        return None
    place, record = line.place, line.record
    epochs, rows = _stretch(arrays["epochs"], place), _stretch(arrays["rows"], place)
    weights = [
        arrays[name] for number in range(len(arrays)) if (name := f"weight_{place}_{number}") in arrays
    ]
    losses: dict[str, Any] = dict(zip(_LOSSES, arrays["losses"][place].tolist(), strict=True))
    metrics: dict[str, Any] = {
        name: dict(zip(getattr(record, name), arrays[name][place].tolist(), strict=True)) for name in _METRICS
    }
    degrees = float(arrays["degrees"][place]) if arrays["degrees_known"][place] else None
    return Kept(
        record=replace(record, **losses, **metrics, degrees_of_freedom=degrees),
        history=History(arrays["train_history"][epochs], arrays["validation_history"][epochs]),
        validation_rows=arrays["validation_rows"][rows],
        confusion=arrays.get(f"confusion_{place}"),
        weights=tuple(weights) or None,
    )


def _stretch(lengths: Int64, place: int) -> slice:
    start = int(lengths[:place].sum())
    return slice(start, start + int(lengths[place]))
