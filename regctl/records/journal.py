"""`trials.jsonl`: one line per finished trial, in the order they finished. What it holds survives a crash."""

import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.files import plain, saving, write_bytes, write_fully
from regctl.records.trial_record import TrialRecord, setting_from, setting_values
from regctl.types import Setting

FILE = "trials.jsonl"
_LOSSES = ("train_loss", "validation_loss", "penalty")
_METRICS = ("train_metrics", "validation_metrics")
_SECONDS_OF_A_LINE = 1.0


@dataclass(frozen=True)
class Line:
    """A finished trial, and where the rest of it is: the number of a batch (None: nowhere) and the place in that."""

    record: TrialRecord
    batch: int | None = None
    place: int = 0

    @property
    def identity(self) -> tuple[Setting, int, int | None]:
        """What was trained: setting, seed and fold."""
        return self.record.setting, self.record.seed, self.record.fold


class Journal:
    """A run's `trials.jsonl`: finished trials are appended to it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def append(self, records: Sequence[TrialRecord], batch: int | None = None) -> None:
        """Append one batch: one write and one fsync. After a failure the file ends with the batch before.

        Raises:
            StorageError: the disk refused; names how many trials are saved.
        """
        if records:
            append_lines(
                self._path, [_values(Line(each, batch, place)) for place, each in enumerate(records)]
            )

    def rewrite(self, lines: Sequence[Line]) -> None:
        """Let the file hold these lines; nothing is written where it does already.

        Raises:
            StorageError: the disk refused.
        """
        data = _encoded([_values(line) for line in lines])
        if self._path.is_file() and self._path.read_bytes() != data:
            write_bytes(self._path, data)


def append_lines(path: Path, values: Sequence[Mapping[str, Any]]) -> None:
    """Append one JSON line for each value, durably, or none at all; a torn line before them is cut off.

    Raises:
        StorageError: the disk refused.
    """
    data = _encoded(values)
    with saving(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            _append(descriptor, data)
        finally:
            os.close(descriptor)


def append_beside_others(path: Path, values: Sequence[Mapping[str, Any]]) -> None:
    """Append lines, durably, where no lock keeps other writers out: one write at the end, whoever else writes there.

    A torn line before them is cut off once it has not grown for a second: its writer is dead.

    Raises:
        StorageError: the disk refused; a torn line may be left, which counts for nothing.
    """
    with saving(path):
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o666)
        try:
            _settle(descriptor)
            write_fully(descriptor, _encoded(values))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _settle(descriptor: int) -> None:
    """Waits until the last line is whole, or has not grown for a second, when what is torn is cut off."""
    size, since = -1, time.monotonic()
    while (now := os.lseek(descriptor, 0, os.SEEK_END)) != (end := _end_of_whole_lines(descriptor, now)):
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > _SECONDS_OF_A_LINE:
            os.lseek(descriptor, end, os.SEEK_SET)
            if _is_whole(os.read(descriptor, now - end)):
                write_fully(descriptor, b"\n")
            else:
                os.ftruncate(descriptor, end)
            return
        time.sleep(_SECONDS_OF_A_LINE / 50)


def replace_lines(path: Path, values: Sequence[Mapping[str, Any]]) -> None:
    """Let a JSON Lines file hold these values and no others, at once.

    Raises:
        StorageError: the disk refused.
    """
    write_bytes(path, _encoded(values))


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


def _encoded(values: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(map(_line, values)).encode("utf-8", "backslashreplace")


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
    return tuple(line.record for line in read_journal_lines(folder))


def read_journal_lines(folder: Path) -> list[Line]:
    """The same, with where the rest of each trial is.

    Raises:
        UsageError: a line other than a torn last one is damaged.
    """
    path = folder / FILE
    lines = []
    for number, values in enumerate(read_lines(path), start=1):
        try:
            lines.append(_read(values))
        except (KeyError, TypeError, ValueError) as error:
            message = f"{path}:{number}: expected a trial as regctl wrote it. Received: {error!r}."
            raise UsageError(message, "Restore the line, or move the file away.") from error
    return lines


def _values(line: Line) -> dict[str, Any]:
    values: dict[str, Any] = plain(line.record)
    values |= {"setting": setting_values(line.record.setting)}
    return values if line.batch is None else values | {"batch": line.batch, "place": line.place}


def _read(values: dict[str, Any]) -> Line:
    batch, place = values.pop("batch", None), values.pop("place", 0)
    losses = {name: _number(values[name]) for name in _LOSSES}
    metrics = {name: {key: _number(item) for key, item in values[name].items()} for name in _METRICS}
    record = TrialRecord(**values | losses | metrics | {"setting": setting_from(values["setting"])})
    return Line(record, batch, place)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
