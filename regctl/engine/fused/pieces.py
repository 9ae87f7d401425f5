"""Training in pieces: what is kept of a trial between two pieces of its epochs, and how it goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from regctl.engine.fused.ending import Kept
from regctl.engine.fused.layout import Layout
from regctl.engine.fused.narrow import Networks
from regctl.engine.fused.program import Program
from regctl.engine.fused.values import State, Variable, Watch
from regctl.types import Float32, Float64, Trial


class TrialState(NamedTuple):
    """One trial's part of a `State`: its own weights, in units of its learning rate as there, and so on.

    `slots` are, for each that the optimiser has, of every weight.
    """

    weights: tuple[Float32, ...]
    slots: tuple[tuple[Float32, ...], ...]
    watch: tuple[float, ...]
    best: tuple[Float32, ...]


@dataclass(frozen=True)
class Continuation:
    """What a trial is after `epoch` epochs.

    `course` is what it goes on from, or what it has ended as: it stopped early, or diverged. `losses` float64
    `[epoch, 2]` are its data losses on training and validation rows.
    """

    trial: Trial
    epoch: int
    course: TrialState | Kept
    losses: Float64


@dataclass(frozen=True)
class Piece:
    """The epochs to train, counted from 0, and by trial id what was before them; nothing if they begin at 0.

    What goes on from a checkpoint was before `step` of the whole training's steps, counted from 0.
    """

    epochs: range
    before: Mapping[int, Continuation]
    step: int | None = None

    def ended(self) -> dict[int, Kept]:
        """What trials that had ended before have ended as."""
        return {id_: each.course for id_, each in self.before.items() if isinstance(each.course, Kept)}

    def states(self) -> dict[int, TrialState]:
        """What the other trials go on from."""
        return {id_: each.course for id_, each in self.before.items() if isinstance(each.course, TrialState)}


def continued(
    known: Mapping[int, Continuation], trials: Sequence[Trial], epochs: range
) -> dict[int, Continuation]:
    """What these trials were before the first of the epochs.

    Raises:
        ValueError: of one of them that is not known.
    """
    if not epochs.start:
        return {}
    for trial in trials:
        found = known.get(trial.id)
        if found is None or (found.trial, found.epoch) != (trial, epochs.start):
            raise ValueError(f"trial {trial.id}: nothing is known of it after epoch {epochs.start}")
    return {trial.id: known[trial.id] for trial in trials}


def states_of(
    networks: Networks, layout: Layout, state: State, staying: Sequence[Trial]
) -> dict[int, TrialState]:
    """By id what each of the `staying` trials can go on from."""
    ids = {trial.id for trial in staying}
    places = [(trial, place) for place, trial in layout.placed() if trial.id in ids]

    def own(variables: Sequence[Variable]) -> dict[int, tuple[Float32, ...]]:
        # One of the state's lists at a time: all of them side by side are as large as the state itself.
        stacked = [
            networks.stack.unstacked(index, variable.numpy()) for index, variable in enumerate(variables)
        ]
        return {trial.id: networks.own(trial, stacked, place) for trial, place in places}

    weights, best = own(state.weights), own(state.best) if state.best else {}
    slots = [own(variables) for variables in zip(*state.slots, strict=True)]
    watch = [variable.numpy() for variable in state.watch]
    return {
        trial.id: TrialState(
            weights[trial.id],
            tuple(slot[trial.id] for slot in slots),
            tuple(value[place] for value in watch),
            best.get(trial.id, ()),
        )
        for trial, place in places
    }


def resumed(program: Program, networks: Networks, layout: Layout, states: Mapping[int, TrialState]) -> State:
    """The state in which the trials of a layout go on."""

    def stacked(name: str) -> list[Float32]:
        return networks.stacked(layout, {id_: getattr(state, name) for id_, state in states.items()})

    slots = [
        networks.stacked(layout, {id_: state.slots[number] for id_, state in states.items()})
        for number in range(program.optimizer.slots)
    ]
    return program.resume(
        weights=stacked("weights"),
        slots=list(zip(*slots, strict=True)) if slots else [()] * len(program.stack.weights),
        watch=[_watched(layout, states, number) for number in range(len(Watch._fields))],
        best=stacked("best") if program.rules.patience is not None else [],
    )


def _watched(layout: Layout, states: Mapping[int, TrialState], number: int) -> np.ndarray:
    """One field of the `Watch`, `[S, G]`; a spare cell has that of some trial."""
    first = next(iter(states.values())).watch[number]
    found = np.full(layout.shape, first)
    for place, trial in layout.placed():
        found[place] = states[trial.id].watch[number]
    return found
