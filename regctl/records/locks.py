"""Locks between processes, which the system lets go of when their holder ends, however that ends.

A file system may have none (some network mounts); then a lock is nobody's, and a warning says so once.
"""

import errno
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from regctl.errors import RegctlWarning

if TYPE_CHECKING:
    from filelock import BaseFileLock

_SECONDS_BETWEEN_TRIES = 0.02
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


class HeldError(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, seconds: float, runs: Path) -> Iterator[bool]:
    """Hold the lock of a file, whose folder must be there; yields whether the file system of `runs` has locks.

    Raises:
        HeldError: another process held it for so many seconds.
        OSError: the file cannot be opened for writing.
    """
    from filelock import FileLock

    # Its soft lock, a file that exists, outlives a holder that is killed.
    lock = FileLock(path, fallback_to_soft=False)
    try:
        _acquire(lock, path, seconds)
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
            raise
        _warn(runs)
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _acquire(lock: "BaseFileLock", path: Path, seconds: float) -> None:
    from filelock import Timeout

    end = time.monotonic() + seconds
    while True:
        if not path.parent.is_dir():  # filelock would make it, and bring back a run that was removed
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
        with suppress(Timeout):
            lock.acquire(timeout=0)
            return
        if time.monotonic() >= end:
            raise HeldError(path)
        time.sleep(_SECONDS_BETWEEN_TRIES)


def _warn(runs: Path) -> None:
    # Python shows a warning once for each place and text.
    message = f"{runs}: this file system has no locks, so nothing keeps two writers apart. Start one command at a time."
    warnings.warn(message, RegctlWarning, stacklevel=2)
