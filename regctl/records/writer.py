"""One writer per run folder: a lock that the system lets go of when its process ends, however that ends."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from regctl.errors import UsageError

LOCK = ".lock"
HOLDER = ".holder"


@contextmanager
def sole_writer(run: Path) -> Iterator[None]:
    """Hold the run's lock; where the file system has no locks, go on without one.

    Raises:
        UsageError: another process holds it; names that process and its host.
    """
    lock = FileLock(run / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        message = f"{run}: another process is writing this run{_holder(run)}."
        raise UsageError(message, "Wait until it has ended, or stop it.") from None
    except (OSError, NotImplementedError):
        yield
        return
    with suppress(OSError):
        (run / HOLDER).write_text(f"process {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
    try:
        yield
    finally:
        # While the lock is held: whoever opened the file before sees that it is nobody's name any more, and gives up.
        for name in (HOLDER, LOCK):
            with suppress(OSError):
                (run / name).unlink()
        lock.release()


def _holder(run: Path) -> str:
    with suppress(OSError):
        return f": {(run / HOLDER).read_text(encoding='utf-8').strip()}"
    return ""
