"""The state of a chunk's trials as a few arrays, and back: exact to the bit, without objects."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from regctl.engine.checkpoints import Arrays
from regctl.engine.fused.ending import Kept
from regctl.engine.fused.pieces import Continuation, TrialState
from regctl.engine.fused.values import Watch
from regctl.types import Float32, Trial

WATCHED = (*[np.int32] * (len(Watch._fields) - 1), np.float64)  # counts of epochs, and the best loss


class Shapes(NamedTuple):
    """What a trial's state consists of: its weights' shapes, how many slots, whether best weights."""

    weights: Sequence[tuple[int, ...]]
    slots: int
    best: bool


def encoded(keys: Sequence[bytes], step: int, states: Sequence[Continuation]) -> Arrays:
    """The arrays of T trials after a step: `keys` uint8 `[T, 32]`; losses `[T, epochs, 2]`; values end to end.

    `values` float32 has of each trial every weight, then each slot's and the best, or of one that has ended the weights
    kept; `lengths` `[T]` says how many numbers that is.
    """
    values = [_values(each.course) for each in states]
    watch = np.zeros((len(states), len(WATCHED)))  # float64 holds every count exactly
    ended = np.zeros((len(states), 4), np.int64)
    for place, each in enumerate(states):
        match each.course:
            case Kept(failed=failed, epochs=epochs, best_epoch=best_epoch):
                ended[place] = True, failed, epochs, best_epoch
            case state:
                watch[place] = state.watch
    return {
        "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), -1),
        "step": np.array(step),
        "losses": np.stack([each.losses for each in states]),
        "watch": watch,
        "ended": ended,
        "lengths": np.array([len(each) for each in values]),
        "values": np.concatenate(values),
    }


def keys_of(arrays: Arrays) -> list[bytes]:
    """The keys of the trials, in order."""
    return [row.tobytes() for row in arrays["keys"]]


def decoded(
    arrays: Arrays, places: Mapping[Trial, int], shapes: Callable[[Trial], Shapes]
) -> dict[int, Continuation]:
    """By id what the trials at these places were."""
    ends = np.cumsum(arrays["lengths"])
    found = {}
    for trial, place in places.items():
        values = arrays["values"][ends[place] - arrays["lengths"][place] : ends[place]]
        losses = arrays["losses"][place]
        found[trial.id] = Continuation(
            trial, len(losses), _course(arrays, place, values, shapes(trial)), losses
        )
    return found


def _values(course: TrialState | Kept) -> Float32:
    sets = [course.weights]
    if isinstance(course, TrialState):
        sets += [*course.slots, course.best]
    return np.concatenate([weight.reshape(-1) for own in sets for weight in own])


def _course(arrays: Arrays, place: int, values: Float32, shapes: Shapes) -> TrialState | Kept:
    sets = _sets(values, shapes.weights)
    ended, failed, epochs, best_epoch = arrays["ended"][place].tolist()
    if ended:
        return Kept(next(sets), bool(failed), epochs, best_epoch)
    watch: Any = zip(WATCHED, arrays["watch"][place], strict=True)
    return TrialState(
        weights=next(sets),
        slots=tuple(next(sets) for _ in range(shapes.slots)),
        watch=tuple(kind(value) for kind, value in watch),
        best=next(sets) if shapes.best else (),
    )


def _sets(values: Float32, shapes: Sequence[tuple[int, ...]]) -> Iterator[tuple[Float32, ...]]:
    """One set of weights after the other."""
    start = 0
    while True:
        found = []
        for shape in shapes:
            size = int(np.prod(shape))
            found.append(values[start : start + size].reshape(shape))
            start += size
        yield tuple(found)
