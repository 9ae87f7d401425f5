"""Processes that train for the Keras engine: started, fed, replaced when they grow old, and ended."""

import contextlib
import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

from regctl.engine.keras.messages import Answer, Died, Done, Failed, Job, Task
from regctl.engine.keras.serving import serve
from regctl.types import EpochEnd

# TensorFlow keeps the graphs of every model it ever trained: some 9 MiB for a small convolutional network, whatever is
# cleared and collected. A worker is replaced after so many trials, or when it has grown by so much since its first one;
# a start takes about 5 s.
TRIALS_PER_WORKER = 10
GROWTH_BYTES = 256 * 2**20
# A worker that dies may have been the victim of another program's hunger: its trial gets a second chance.
ATTEMPTS = 2
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_TO_DIE = 5.0


@dataclass(eq=False)
class Worker:
    """One process. `memory` is what it took after its first trial; `task` what it trains now."""

    process: multiprocessing.context.SpawnProcess
    connection: "Connection[Task, Answer]"
    task: Task | None = None
    trials: int = 0
    memory: int = 0

    @classmethod
    def start(cls, job: Job) -> Self:
        """A new process; it is ready some seconds later."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, job), daemon=True)
        # A process inherits what is blocked: Ctrl-C cannot end it, traceback and all, before it says so itself.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        theirs.close()
        return cls(process, ours)

    def give(self, task: Task) -> None:
        """Lets it train a trial."""
        self.task = task
        with contextlib.suppress(BrokenPipeError):  # it has died: whoever listens to it will hear that
            self.connection.send(task)

    def is_old(self, memory: int) -> bool:
        """Counts a finished trial; whether the worker should be replaced."""
        self.task = None
        self.trials += 1
        self.memory = self.memory or memory
        return self.trials >= TRIALS_PER_WORKER or memory > self.memory + GROWTH_BYTES

    def end(self) -> None:
        """Ends the process at once. It writes no files, so nothing is left half done."""
        self.process.kill()
        self.process.join()
        self.connection.close()


@dataclass
class Crew:
    """Up to `size` workers on one job; leaving the block ends them all."""

    job: Job
    size: int
    workers: list[Worker] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self.workers:
            worker.end()

    def answers(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Answer | Died]]:
        """What the workers say about the tasks, as they say it.

        A task whose worker dies is given to a new one, once.
        """
        waiting, deaths = deque(tasks), dict[int, list[int | None]]()
        while waiting or any(worker.task for worker in self.workers):
            self._hand_out(waiting)
            for worker in self._heard():
                task = worker.task
                assert task is not None, "only workers at work speak"
                try:
                    answer = worker.connection.recv()
                except (EOFError, ConnectionResetError):
                    worker.process.join(SECONDS_TO_DIE)  # its own exit code, not that of being ended
                    self._dismiss(worker)
                    codes = deaths.setdefault(task.trial.id, [])
                    codes.append(worker.process.exitcode)
                    if len(codes) == ATTEMPTS:
                        yield task, Died(_causes(codes))
                    else:
                        waiting.appendleft(task)
                    continue
                if not isinstance(answer, EpochEnd):
                    self._take_back(worker, answer)
                yield task, answer

    def _hand_out(self, waiting: deque[Task]) -> None:
        for worker in self.workers:
            if waiting and worker.task is None:
                worker.give(waiting.popleft())
        while waiting and len(self.workers) < self.size:
            self.workers.append(Worker.start(self.job))
            self.workers[-1].give(waiting.popleft())

    def _heard(self) -> list[Worker]:
        """The workers that have something to say.

        It wakes up now and then, so that a Ctrl-C which the system hands to another thread is noticed.
        """
        at_work = [worker for worker in self.workers if worker.task]
        ready = wait([worker.connection for worker in at_work], SECONDS_BETWEEN_LOOKS)
        return [worker for worker in at_work if worker.connection in ready]

    def _take_back(self, worker: Worker, answer: Done | Failed) -> None:
        if isinstance(answer, Failed) or worker.is_old(answer.memory):
            self._dismiss(worker)

    def _dismiss(self, worker: Worker) -> None:
        worker.end()
        self.workers.remove(worker)


def _causes(codes: Sequence[int | None]) -> str:
    """How the workers of a trial ended: `worker killed by signal 9 (SIGKILL) twice, probably out of memory`."""
    told = [_cause(code) for code in codes]
    how = f"{told[0]} twice" if len(set(told)) == 1 else ", then ".join(told)
    guess = ", probably out of memory" if -signal.SIGKILL in codes else ""  # what the kernel sends then
    return f"worker {how}{guess}"


def _cause(code: int | None) -> str:
    """How a process ended, from its exit code: a signal where it was one."""
    if code is not None and code < 0:
        return f"killed by signal {-code} ({signal.Signals(-code).name})"
    return f"ended with exit code {code}"
