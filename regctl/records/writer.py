"""One writer per run folder: a lock that the system lets go of when its process ends, however that ends."""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from regctl.errors import StorageError, UsageError
from regctl.records.failures import storage_error
from regctl.records.files import write_text
from regctl.records.locks import HeldError, locked

LOCK = ".lock"
HOLDER = ".holder"
_NAMED_WITHIN = 1.0  # seconds from a lock to its holder's name


@contextmanager
def sole_writer(run: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the run's lock, after waiting for it so many seconds; a file system without locks is warned of.

    Raises:
        UsageError: another process holds it, which is named with its host; the run is gone; its folder is read-only.
        StorageError: the disk is full or broken.
    """
    entered = False
    try:
        with locked(run / LOCK, patience, run.parent) as alone:
            entered = True
            with _named(run) if alone else nullcontext():
                yield
    except HeldError:
        message = f"{run}: another process is writing this run{_holder(run)}."
        raise UsageError(message, "Wait until it has ended, or stop it.") from None
    except OSError as error:
        if entered:
            raise
        raise _refusal(run, error) from error


def _refusal(run: Path, error: OSError) -> UsageError | StorageError:
    if isinstance(error, FileNotFoundError):
        return UsageError(f"{run}: no such run: it has been removed meanwhile.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        message = f"{run}: nothing can be recorded in the run's folder ({error.strerror})."
        return UsageError(message, "Make it writable, or copy the run to a folder that is.")
    return storage_error(run / LOCK, error)


@contextmanager
def _named(run: Path) -> Iterator[None]:
    with suppress(StorageError):
        write_text(run / HOLDER, f"process {os.getpid()} on {socket.gethostname()}\n")
    try:
        yield
    finally:
        # While the lock is held: whoever opened the file before sees that it is nobody's name any more, and gives up.
        for name in (HOLDER, LOCK):
            with suppress(OSError):
                (run / name).unlink()


def _holder(run: Path) -> str:
    """Who holds the lock; one that has just got it has yet to say so, over the name of one that was killed."""
    end = time.monotonic() + _NAMED_WITHIN
    while True:
        with suppress(OSError):
            name = (run / HOLDER).read_text(encoding="utf-8").strip()
            if _may_live(name) or time.monotonic() > end:
                return f": {name}"
        if time.monotonic() > end:
            return ""
        time.sleep(0.01)


def _may_live(name: str) -> bool:
    """Whether the holder that is named is there, as far as can be told: a process of another host may be."""
    process, _, host = name.removeprefix("process ").partition(" on ")
    if host != socket.gethostname() or os.name != "posix":
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True
    return True
