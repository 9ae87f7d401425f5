"""Ctrl-C and SIGTERM while a command trains, and what is said of them."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from regctl.errors import StorageError, TrialError, UsageError
from regctl.records.signals import INTERRUPTED, INTERRUPTIONS

if TYPE_CHECKING:
    from regctl.records.manifest import Manifest

SHOW_CURSOR = "\x1b[?25h"  # a progress bar hides it


@contextmanager
def interruptions() -> Iterator[None]:
    """Let the first of Ctrl-C and SIGTERM raise KeyboardInterrupt, and a second one end the process at once.

    After a first one it stays so until the process ends: chunks that are still training end with their epoch.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if came:
            cursor = SHOW_CURSOR if sys.stderr.isatty() else ""
            os.write(2, f"{cursor}stopped at once; what had finished before is saved.\n".encode())
            os._exit(INTERRUPTED)
        came.append(number)
        raise KeyboardInterrupt

    before = {each: signal.getsignal(each) for each in INTERRUPTIONS}
    ours = [each for each, handler in before.items() if handler not in (None, signal.SIG_IGN)]
    for each in ours:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each in () if came else ours:
            signal.signal(each, before[each])


def run_of(error: BaseException) -> Path | None:
    """The run folder that an error or an interruption ended; None before there was one."""
    run: Path | None = getattr(error, "run", None)
    return run


def how_to_go_on(run: Path, manifest: "Manifest | None" = None) -> str:
    """` Go on with: regctl sweep lambda --resume RUN`; empty where there is nothing to go on with."""
    from regctl.records.manifest import read_manifest

    try:
        manifest = manifest or read_manifest(run)
    except (UsageError, OSError):
        return ""
    if manifest.chosen_from is not None or not (run / "spec.yaml").is_file():
        return ""
    what = (
        f"sweep {manifest.axis}" if manifest.axis else f"tune {manifest.tune}" if manifest.tune else "train"
    )
    flags = "".join(f" --plugin {shlex.quote(plugin.path)}" for plugin in manifest.plugins)
    return f" Go on with: regctl {what} --resume {shlex.quote(str(run))}{flags}"


def continued(error: StorageError) -> StorageError:
    """The error of a disk that refused, with the command that goes on, once it does not any more."""
    from regctl.records.failures import AGAIN

    run = run_of(error)
    command = "" if run is None else how_to_go_on(run, getattr(error, "manifest", None))
    if not command:
        return error
    return StorageError(error.message, (error.hint or "").replace(AGAIN, f"g{command.removeprefix(' G')}"))


def resumable(error: TrialError, saved: str) -> TrialError:
    """The error of a trial that failed, with what is saved and the command that trains it again."""
    again = " --retry-failed" if " --resume " in saved else ""
    return TrialError(error.message, f"{error.hint}{saved}{again}")
