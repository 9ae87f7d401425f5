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
    links = [given for given in (Path(text).expanduser(), runs_root(out) / text) if given.is_symlink()]
    if run.is_symlink() or any(os.path.dirname(os.readlink(link)) for link in links):
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
    """Remove a run's folder, out of readers' sight first, and let `latest` name the newest that remains.

    Raises:
        StorageError: the disk refused.
    """
    hidden = run.with_name(f".{run.name}.{secrets.token_hex(4)}.removed")
    try:
        os.rename(run, hidden)
        try:
            _repair_latest(run)
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
    latest = removed.with_name(LATEST)
    if pointed_at(latest) != removed.name:
        return
    remaining = summaries(removed.parent)
    if remaining:
        point_latest(latest, remaining[0].path.name)
    else:
        with contextlib.suppress(FileNotFoundError):
            latest.unlink()
