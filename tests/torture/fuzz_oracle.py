"""What may come of a command, whatever it is given: exit code 0 or 2, no traceback, soon, within bounded memory."""

import contextlib
import io
import resource
import signal
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ALLOWED = (0, 2)
MOST_SECONDS = (
    5.0  # of the processor's time: a machine that is busy, or stops us for a while, is not our hang
)
MOST_WAITED = 60.0  # by the clock: what waits for something that never comes takes no time of a processor
MOST_GROWTH = 2**30  # bytes of resident memory that one command may add


class TooSlow(BaseException):
    """Above `MOST_SECONDS`; no `except Exception` takes it for something else."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what is wrong with that: empty where nothing is."""

    code: int
    out: str
    err: str
    seconds: float
    wrong: str


def judged(arguments: Sequence[str]) -> Outcome:
    """Run a command line in this process and hold it against what may come of one."""
    before = peak()
    outcome = _tried(arguments)
    grown = peak() - before
    if not outcome.wrong and grown > MOST_GROWTH:
        return Outcome(**{**vars(outcome), "wrong": f"{grown / 2**20:.0f} MiB more than before"})
    return outcome


def peak() -> int:
    """The most memory that was resident so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _tried(arguments: Sequence[str]) -> Outcome:
    from regctl.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    code, wrong, start = 0, "", time.process_time()
    sys.argv = ["regctl", *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _strictly(), _no_network():
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except TooSlow:
        wrong = f"more than {MOST_SECONDS:g} s:\n{traceback.format_exc()[-1500:]}"
    except BaseException:
        code, wrong = 1, traceback.format_exc()[-3000:]
    seconds = time.process_time() - start
    return Outcome(code, out.getvalue(), err.getvalue(), seconds, wrong or _wrong(code, err.getvalue()))


def _wrong(code: int, err: str) -> str:
    if code not in ALLOWED:
        return f"exit code {code}: {err[:500]}"
    if "Traceback" in err:
        return f"a traceback on stderr: {err[:500]}"
    if code and not err.strip():
        return "exit code 2 without a word"
    strange = next((line for line in err.split("\n") if not line.isprintable()), None)
    return "" if strange is None else f"a line that disturbs a terminal: {strange[:300]!r}"


@contextlib.contextmanager
def _strictly() -> Iterator[None]:
    """Warnings are errors, and a command that takes too long is stopped wherever it is."""
    began, worked = time.monotonic(), time.process_time()

    def look(number: int, frame: object) -> None:
        if time.process_time() - worked > MOST_SECONDS or time.monotonic() - began > MOST_WAITED:
            raise TooSlow

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS, MOST_SECONDS / 5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _no_network() -> Iterator[None]:
    """No command that is fuzzed has business with a network."""

    def refused(*given: object, **named: object) -> None:
        raise AssertionError("a command asked the network for something")

    kept = socket.socket.connect, socket.getaddrinfo
    socket.socket.connect, socket.getaddrinfo = refused, refused  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        socket.socket.connect, socket.getaddrinfo = kept  # type: ignore[method-assign]
