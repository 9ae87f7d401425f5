"""The ledger of openings: `test-openings.jsonl` in the runs root, one line per run that opened its test set.

The line is on the disk before anything is evaluated, so that no evaluation goes unrecorded. A lock beside the
file orders the openings of all processes on this machine; on a file system that has none, the order of the lines does.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regctl.errors import MachineError, UsageError
from regctl.records.clock import utc_now
from regctl.records.journal import append_beside_others, append_lines, read_lines
from regctl.records.locks import HeldError, locked

FILE = "test-openings.jsonl"
_SECONDS_TO_WAIT = 60.0


@dataclass(frozen=True)
class EarlierOpening:
    """Another run's opening that shares test rows: `shared_rows` of this run's are among its `rows`."""

    opening: str
    opened_at: str
    run: str
    rows: int
    shared_rows: int


@dataclass(frozen=True)
class Opening:
    """A run's own opening, and the earlier ones that saw some of the same rows, oldest first."""

    opening: str
    opened_at: str
    run: str
    rows: int
    earlier: tuple[EarlierOpening, ...] = ()


def model_hash(run: Path) -> str:
    """sha256 of the model that a run ships, a file that its opening is of."""
    return hashlib.sha256((run / "model.keras").read_bytes()).hexdigest()


def open_test(
    root: Path, run_id: str, run_name: str, hashes: Sequence[str], model: str | None = None
) -> Opening:
    """Record that a run opens its test rows; call it before evaluating anything.

    The same run with the same model again (its evaluation died) gets its first opening back and adds no line. With
    another model it is another opening: a copy of a run that was widened has the id of the run that it was.

    Parameters:
        root: the runs root, which holds the ledger.
        run_id: of the run's manifest.
        hashes: of the test rows.
        model: sha256 of the model that is tested; None, as in a line without it, is any.

    Raises:
        UsageError: the ledger cannot be written here, is damaged, or knows this run with other test rows.
        StorageError: the disk is full.
        MachineError: another process holds the ledger for a minute.
    """
    with _locked(root) as alone:
        entries = _entries(root)
        if not any(_is_of(entry, run_id, model) for entry in entries):
            append = append_lines if alone else append_beside_others
            append(root / FILE, [_new_entry(run_id, run_name, hashes, model)])
            entries = _entries(root)  # where others may write, the file says who came first
        return _opening(root, entries, run_id, model, hashes)


def earlier_openings(
    root: Path, run_id: str, hashes: Sequence[str], model: str | None = None
) -> tuple[EarlierOpening, ...]:
    """Openings of other runs or models that saw some of these rows, oldest first; without opening anything.

    For a run that has opened its test set itself: those before its own.

    Raises:
        UsageError: the ledger is damaged.
    """
    return _overlapping(_before(_entries(root), run_id, model), hashes)


def _new_entry(run_id: str, run_name: str, hashes: Sequence[str], model: str | None) -> dict[str, Any]:
    entry = {"opening": secrets.token_hex(8), "opened_at": utc_now(), "run_id": run_id, "run": run_name}
    return entry | {"model": model, "rows": len(hashes), "hashes": list(hashes)}


def _is_of(entry: Mapping[str, Any], run_id: str, model: str | None) -> bool:
    known = entry.get("model")
    return entry["run_id"] == run_id and (model is None or known is None or known == model)


def _opening(
    root: Path, entries: Sequence[Mapping[str, Any]], run_id: str, model: str | None, hashes: Sequence[str]
) -> Opening:
    own = next(entry for entry in entries if _is_of(entry, run_id, model))
    if sorted(own["hashes"]) != sorted(hashes):
        message = f"{root / FILE}: run {own['run']} opened other test rows on {own['opened_at']}."
        raise UsageError(message, "Its split.json or its data has changed since; start a new run.")
    earlier = _overlapping(_before(entries, run_id, model), hashes)
    return Opening(own["opening"], own["opened_at"], own["run"], own["rows"], earlier)


def _before(
    entries: Sequence[Mapping[str, Any]], run_id: str, model: str | None
) -> Iterator[Mapping[str, Any]]:
    for entry in entries:
        if _is_of(entry, run_id, model):
            return
        yield entry


def _overlapping(entries: Iterator[Mapping[str, Any]], hashes: Sequence[str]) -> tuple[EarlierOpening, ...]:
    found = ((entry, _shared(entry["hashes"], hashes)) for entry in entries)
    return tuple(
        EarlierOpening(entry["opening"], entry["opened_at"], entry["run"], entry["rows"], shared)
        for entry, shared in found
        if shared
    )


def _shared(earlier: Sequence[str], hashes: Sequence[str]) -> int:
    seen = set(earlier)
    return sum(each in seen for each in hashes)


def _entries(root: Path) -> list[dict[str, Any]]:
    path = root / FILE
    needed = {"opening", "opened_at", "run_id", "run", "rows", "hashes"}
    entries = read_lines(path)
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not needed <= set(entry):
            message = f"{path}:{number}: expected an opening as regctl wrote it. Received: {str(entry)[:80]}."
            raise UsageError(message, "Restore the line, or move the file away.")
    # Without locks two reports of one run may both have recorded it: its first line counts.
    first: dict[tuple[str, str | None], dict[str, Any]] = {}
    for entry in entries:
        first.setdefault((entry["run_id"], entry.get("model")), entry)
    return list(first.values())


@contextmanager
def _locked(root: Path) -> Iterator[bool]:
    """Whether other writers are kept out."""
    path = root / f".{FILE}.lock"
    entered = False
    try:
        with locked(path, _SECONDS_TO_WAIT, root) as alone:
            entered = True
            yield alone
    except HeldError:
        message = f"{path}: another regctl has held the ledger for {_SECONDS_TO_WAIT:g} s."
        raise MachineError(message, "Wait for it to end, then run the command again.") from None
    except OSError as error:
        if entered:
            raise
        message = (
            f"{root}: the opening cannot be recorded here ({error.strerror}), so the test set stays sealed."
        )
        raise UsageError(message, "Make the folder writable, or copy the runs to one that is.") from error
