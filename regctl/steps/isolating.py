"""Which of the trials that train together cannot be trained: their chunks are halved until one trial stands alone.

A trial's numbers do not depend on its company, so that the others come to what they would have come to anyway.
"""

import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from regctl.engine.plan import Cohort
from regctl.errors import LimitError, RegctlError, StorageError
from regctl.types import Failure, Trial, TrialResult

OnFailure: TypeAlias = Callable[[Failure], None]


def isolated(
    train: Callable[[Cohort], Iterator[list[TrialResult]]], cohort: Cohort, on_failure: OnFailure
) -> Iterator[list[TrialResult]]:
    """The batches of a cohort's results; `on_failure` hears of each trial that failed by itself.

    Of an engine that trains chunks, and of which memory that has run out ends them all: what had not finished is
    trained again, one chunk at a time, in halves.

    Raises:
        RegctlError: the disk is full, or the spec, the data or the command is wrong.
    """
    waiting = deque([cohort])
    while waiting:
        own, finished = waiting.popleft(), set[int]()
        try:
            for batch in train(own):
                finished |= {result.trial.id for result in batch}
                yield batch
        except RegctlError as error:
            if not fails_alone(error):
                raise
            left = _left(own, finished)
            if len(left) == 1 and len(left[0]) == 1:
                trace = "".join(traceback.format_exception(error))
                on_failure(Failure(left[0][0], error.message.rstrip("."), trace))
            else:
                waiting.extendleft(reversed(_smaller(own, left)))


def _left(cohort: Cohort, finished: set[int]) -> list[tuple[Trial, ...]]:
    chunks = [tuple(trial for trial in chunk if trial.id not in finished) for chunk in cohort.chunks]
    return [chunk for chunk in chunks if chunk]


def _smaller(cohort: Cohort, left: list[tuple[Trial, ...]]) -> list[Cohort]:
    """A cohort for each chunk that is left; the halves of it where there is one alone."""
    if len(left) == 1:
        (chunk,) = left
        half = len(chunk) // 2
        left = [chunk[:half], chunk[half:]]
    return [replace(cohort, chunks=(chunk,), cells=(), beside=1) for chunk in left]


def fails_alone(error: RegctlError) -> bool:
    """Whether an error is of what is being trained: memory or a solver; not of the disk, the spec or the data."""
    machines = error.exit_code == RegctlError.exit_code or isinstance(error, LimitError)
    return machines and not isinstance(error, StorageError)
