"""Ctrl-C and SIGTERM: what is being written is finished first."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130  # the exit code


@contextmanager
def finished_first() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM inside the block take effect at its end; a second one ends the process at once.

    Signals reach the main thread alone; in any other the block is as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if came:
            os._exit(INTERRUPTED)
        came.append(number)

    before = {each: signal.getsignal(each) for each in INTERRUPTIONS}
    ours = {each: handler for each, handler in before.items() if handler is not None}  # None: not Python's
    for each in ours:
        signal.signal(each, note)
    try:
        yield
    finally:
        for each, handler in ours.items():
            signal.signal(each, handler)
        for number in came:
            signal.raise_signal(number)
