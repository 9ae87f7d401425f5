"""The worker process: trains the trials it is given, one after another. Imports TensorFlow only once it runs."""

import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path

from regctl.engine.keras.messages import Answer, Done, Failed, Job, Task
from regctl.errors import SpecError
from regctl.types import EpochEnd, Prepared


def serve(connection: "Connection[Answer, Task]", job: Job) -> None:
    """Trains until the connection is closed; lives no longer than the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to every process: the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _load_tensorflow(job.device)
    fold = cache(lambda number: _fold(job, number))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(_answer(job, task, fold, connection.send))


def _load_tensorflow(device: str) -> None:
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.engine.device import use_device, use_one_thread_per_operation

    use_device(device)
    use_one_thread_per_operation()  # a trial's numbers must not depend on how many jobs share the processors


def _fold(job: Job, number: int | None) -> Prepared:
    from regctl.engine.keras.arrays import load_fold

    return load_fold(job.folder, number, job.names)


def _answer(
    job: Job, task: Task, fold: Callable[[int | None], Prepared], tell: Callable[[EpochEnd], None]
) -> Done | Failed:
    from regctl.engine.keras.fitting import fit_trial

    try:
        result = fit_trial(job.recipe, task.trial, fold(task.trial.fold), tell)
    except BrokenPipeError:  # nobody listens any more
        raise
    except Exception as error:
        return _failed(error)
    return Done(result if task.keep_weights else replace(result, weights=None), resident_memory())


def _failed(error: Exception) -> Failed:
    said = error.problems if isinstance(error, SpecError) else (str(error),)
    return Failed(type(error).__name__, said, traceback.format_exc())


def resident_memory() -> int:
    """Bytes of this process that are in memory; where the system does not say, the most there ever were."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "serve runs in a process of its own"
    wait([parent.sentinel])
    os._exit(1)
