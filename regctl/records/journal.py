"""`trials.jsonl`: one line per finished trial, in the order they finished. What it holds survives a crash."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.files import plain, saving, write_fully
from regctl.records.trial_record import TrialRecord, setting_from, setting_values

FILE = "trials.jsonl"
_LOSSES = ("train_loss", "validation_loss", "penalty")
_METRICS = ("train_metrics", "validation_metrics")


class Journal:
    """Appends finished trials to a run's `trials.jsonl`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def append(self, records: Sequence[TrialRecord]) -> None:
        """Append one batch: one write and one fsync. After a failure the file ends with the batch before.

        Raises:
            StorageError: the disk refused; names how many trials are saved.
        """
        if records:
            append_lines(self._path, [_values(record) for record in records])


def append_lines(path: Path, values: Sequence[Mapping[str, Any]]) -> None:
    """Append one JSON line for each value, durably, or none at all; a torn line before them is cut off.

    Raises:
        StorageError: the disk refused.
    """
    data = "".join(_line(value) for value in values).encode("utf-8", "backslashreplace")
    with saving(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            _append(descriptor, data)
        finally:
            os.close(descriptor)


def _append(descriptor: int, data: bytes) -> None:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    end = _end_of_whole_lines(descriptor, size)
    os.lseek(descriptor, end, os.SEEK_SET)
    if _is_whole(os.read(descriptor, size - end)):
        end, data = size, b"\n" + data
    else:
        os.ftruncate(descriptor, end)
    os.lseek(descriptor, end, os.SEEK_SET)
    try:
        write_fully(descriptor, data)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, end)
        raise


def _end_of_whole_lines(descriptor: int, end: int, step: int = 1 << 16) -> int:
    """The offset behind the last newline before `end`."""
    while end > 0:
        start = max(0, end - step)
        os.lseek(descriptor, start, os.SEEK_SET)
        newline = os.read(descriptor, end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _is_whole(line: bytes) -> bool:
    """Whether a line without its newline is all there: a torn JSON object lacks its closing brace."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False) + "\n"


def read_lines(path: Path) -> list[Any]:
    """Every whole line of a JSON Lines file; a last line torn by a crash is dropped.

    Raises:
        UsageError: another line is not JSON.
    """
    if not path.is_file():
        return []
    *lines, last = path.read_bytes().split(b"\n")
    lines += [last] if _is_whole(last) else []
    return [_parsed(path, number, line) for number, line in enumerate(lines, start=1)]


def _parsed(path: Path, number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        message = f"{path}:{number}: expected a line of JSON as regctl wrote it. Received: {error}."
        raise UsageError(message, "Restore the line, or move the file away.") from error


def read_journal(folder: Path) -> tuple[TrialRecord, ...]:
    """The finished trials in the order they finished; empty when none has.

    Raises:
        UsageError: a line other than a torn last one is damaged.
    """
    path = folder / FILE
    records = []
    for number, values in enumerate(read_lines(path), start=1):
        try:
            records.append(_record(values))
        except (KeyError, TypeError, ValueError) as error:
            message = f"{path}:{number}: expected a trial as regctl wrote it. Received: {error!r}."
            raise UsageError(message, "Restore the line, or move the file away.") from error
    return tuple(records)


def _values(record: TrialRecord) -> dict[str, Any]:
    values: dict[str, Any] = plain(record)
    return values | {"setting": setting_values(record.setting)}


def _record(values: dict[str, Any]) -> TrialRecord:
    losses = {name: _number(values[name]) for name in _LOSSES}
    metrics = {name: {key: _number(item) for key, item in values[name].items()} for name in _METRICS}
    return TrialRecord(**values | losses | metrics | {"setting": setting_from(values["setting"])})


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
