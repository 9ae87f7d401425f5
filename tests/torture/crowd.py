"""Processes at once: forks of one that has imported everything, each with an answer that the parent collects."""

import io
import os
import pickle
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 300.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def is_one_sentence(self) -> bool:
        """Whether it was refused as the house wants it."""
        return self.code == 2 and self.err.count("\n") == 1 and self.err.startswith("error: ")


def regctl(*arguments: str | Path) -> Outcome:
    """Runs a command in this process."""
    from regctl.cli.main import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    sys.argv = ["regctl", *map(str, arguments)]
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            code = 70
            traceback.print_exc()
    return Outcome(code, out.getvalue(), err.getvalue())


class Fork:
    """A task in a process of its own, which begins when the gate opens."""

    def __init__(self, task: Callable[[], Any], gate: "Gate | None" = None) -> None:
        self._answer, writing = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(writing)
            return
        answer: Any = "no answer"
        try:
            os.close(self._answer)
            if gate is not None:
                gate.wait()
            answer = task()
        except BaseException:
            answer = traceback.format_exc()
        finally:
            with os.fdopen(writing, "wb") as file:
                pickle.dump(answer, file)
            os._exit(0)

    def answer(self) -> Any:
        """What the task returned; the traceback where it raised, and nothing where the process was killed."""
        with os.fdopen(self._answer, "rb") as file:
            data = file.read()
        os.waitpid(self.pid, 0)
        return pickle.loads(data) if data else None


class Gate:
    """What forks wait at, so that they begin at the same moment."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()

    def wait(self) -> None:
        os.close(self._in)
        os.read(self._out, 1)

    def open(self) -> None:
        os.close(self._in)
        os.close(self._out)


def at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """The answers of tasks that began together."""
    gate = Gate()
    forks = [Fork(task, gate) for task in tasks]
    gate.open()
    return [fork.answer() for fork in forks]


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
