"""Removing runs. The ledger of openings stays, whatever is removed: what was seen was seen."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from regctl.errors import StorageError, UsageError
from regctl.records.run_folder import LATEST, find_run, point_latest, pointed_at, runs_root
from regctl.records.summary import summaries, summary
from regctl.records.writer import sole_writer

CHECK_FOLDER = "Check the disk and the folder's permissions"


def removable(texts: Sequence[str], out: Path | None = None, force: bool = False) -> list[Path]:
    """The folders of the runs that were named, each once, all of which may be removed.

    A link is followed nowhere but from `latest` to a run beside it.

    Raises:
        UsageError: one is no run, is a link, is being written, or says that it is running and `force` was not given.
    """
    return list(dict.fromkeys(_removable(text, out, force) for text in texts))


def _removable(text: str, out: Path | None, force: bool) -> Path:
    run = find_run(text, out)
    given = (Path(text).expanduser(), runs_root(out) / text)
    links = [path for path in given if path.is_symlink() or path.name == LATEST]
    named = [(path, path.parent / name) for path in links if (name := pointed_at(path))]
    if run.is_symlink() or any(to.is_symlink() or to.parent != link.parent for link, to in named):
        message = f"{text}: a link to {run.resolve()}, and links are not followed to remove something."
        raise UsageError(message, "Name the run by its own folder.")
    found = summary(run)
    if found is None:
        raise UsageError(f"{text}: not a run: its manifest.json is none that regctl wrote.")
    if found.status == "running":
        with sole_writer(run):  # refused while a process of this machine writes the run
            pass
    if found.status == "running" and not force:
        message = f"{text}: the run says that it is running, and no process of this machine is writing it."
        raise UsageError(message, "If its process was killed, add --force.")
    return run.parent.resolve() / run.name


def remove(run: Path) -> None:
    """Remove a run's folder, out of readers' sight first; before that, `latest` names the newest that remains.

    Raises:
        UsageError: another process is writing the run, or has removed it.
        StorageError: the disk refused.
    """
    hidden = run.with_name(f".{run.name}.{secrets.token_hex(4)}.removed")
    try:
        with sole_writer(run):
            _repair_latest(run)
            os.rename(run, hidden)
        try:
            _repair_latest(run)  # another process that removed its run may have let it name this one
        finally:
            shutil.rmtree(hidden)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if not hidden.exists():
            message = f"{run}: could not be removed, or `{LATEST}` not be pointed at another run ({reason})."
            raise StorageError(message, f"{CHECK_FOLDER}, then run the command again.") from error
        message = f"{run}: could not be removed wholly ({reason}): the rest is in {hidden}."
        raise StorageError(message, f"{CHECK_FOLDER}, then remove that folder.") from error


def give_back(run: Path) -> None:
    """Remove a folder that was claimed for a run that could not begin; where that fails too, it stays, empty."""
    with contextlib.suppress(OSError):
        shutil.rmtree(run)
        _repair_latest(run)


def _repair_latest(removed: Path) -> None:
    """Let `latest` name the newest other run; again while runs begin, or are removed, beside this."""
    latest = removed.with_name(LATEST)
    if pointed_at(latest) != removed.name:
        return
    before: str | None = removed.name
    newest = _newest_but(removed)
    while newest != before:
        if newest is not None:
            point_latest(latest, newest)
        else:
            latest.unlink(missing_ok=True)
        newest, before = _newest_but(removed), newest


def _newest_but(removed: Path) -> str | None:
    names = (run.path.name for run in summaries(removed.parent))
    return next((name for name in names if name != removed.name), None)
