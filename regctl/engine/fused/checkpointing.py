"""Checkpoints of chunks in training: when one is saved, which trials it holds, and which go on from it.

A checkpoint is made of trials, not of a chunk: whoever goes on may cut its chunks in another way. Batches and noise are
keyed by seed and step (`engine/random.py`), so that the number of steps is all there is to know of randomness.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from regctl.engine.checkpoints import Checkpoints
from regctl.engine.fused.pieces import Continuation
from regctl.engine.fused.states import decoded, encoded, keys_of
from regctl.engine.fused.work import Work
from regctl.types import Trial

Trials = tuple[Trial, ...]


class Begun(NamedTuple):
    """Trials of one chunk, and what they go on from: their state after `step` steps, by id."""

    trials: Trials
    step: int
    before: Mapping[int, Continuation]


class Checkpointing:
    """An engine's checkpoints. Each is dropped when the last of its trials is forgotten.

    Parameters:
        stopping: set when nobody waits for results any more; nothing is saved then.
    """

    def __init__(self, store: Checkpoints, stopping: threading.Event) -> None:
        self._store, self._stopping = store, stopping
        self._lock = threading.Lock()
        self._keys: dict[int, bytes] = {}
        self._files: dict[str, set[bytes]] = {}

    def begun(self, chunks: Sequence[Trials], work: Work, steps: range) -> list[Begun]:
        """The trials that a checkpoint holds, as parts of their chunks; `steps` are to be trained of each trial."""
        left = list(chunks)
        found = []
        for name, arrays in self._store.load():
            keys, step = keys_of(arrays), int(arrays["step"])
            with self._lock:
                self._files.setdefault(name, set(keys))  # of one that is known some may be forgotten already
            if not steps.start <= step <= steps.stop:
                continue
            places = {key: place for place, key in enumerate(keys)}
            for number, chunk in enumerate(left):
                keyed = {trial: self._key(work, trial) for trial in chunk}
                if held := {trial: places[key] for trial, key in keyed.items() if key in places}:
                    found.append(Begun(tuple(held), step, decoded(arrays, held, work.shapes)))
                    left[number] = tuple(trial for trial in chunk if trial not in held)
        return found

    def save(self, work: Work, step: int, states: Mapping[int, Continuation]) -> None:
        """Saves what trials are after so many steps."""
        if self._stopping.is_set():
            return
        keys = [self._key(work, each.trial) for each in states.values()]
        name = hashlib.sha256(b"".join(sorted(keys))).hexdigest()[:16]
        self._store.save(name, step, encoded(keys, step, list(states.values())))
        with self._lock:
            self._files[name] = set(keys)

    def forget(self, trials: Iterable[int]) -> None:
        """Drops what holds no other trials than those of these ids and of earlier ones."""
        with self._lock:
            gone = {self._keys[id_] for id_ in trials if id_ in self._keys}
            for name, keys in list(self._files.items()):
                keys -= gone
                if not keys:
                    del self._files[name]
                    self._store.drop(name)

    def clock(self, work: Work, begun: int | None) -> "Clock":
        """What says of one chunk when a checkpoint is due; `begun` is the step of the one that it goes on from."""
        return Clock(self, work, self._store.seconds, begun)

    def _key(self, work: Work, trial: Trial) -> bytes:
        found = self._keys[trial.id] = work.key(trial)
        return found


class Clock:
    """A chunk's checkpoints: one every so many seconds, and one at the end of training that has had one before.

    The one at the end serves where finished trials wait for others before they are journaled, and where another piece
    of epochs continues them.
    """

    def __init__(self, checkpointing: Checkpointing, work: Work, seconds: float, begun: int | None) -> None:
        self._checkpointing, self._work, self._seconds = checkpointing, work, seconds
        self._last, self._saved = time.monotonic(), begun or 0

    def tick(
        self, step: int, states: Callable[[int], Mapping[int, Continuation]], at_end: bool = False
    ) -> None:
        """Saves `states(step)` if it is time; steps that have been saved, or that there were not, are not."""
        due = time.monotonic() - self._last >= self._seconds or (at_end and self._saved)
        if due and step > self._saved:
            self._checkpointing.save(self._work, step, states(step))
            self._last, self._saved = time.monotonic(), step
