"""One chunk in training: from initial weights to results, in stretches of steps."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf

from regctl.engine.fused.batches import Batches
from regctl.engine.fused.beginning import initial_weights
from regctl.engine.fused.checkpointing import Clock
from regctl.engine.fused.ending import Kept, predictions, result
from regctl.engine.fused.layout import Layout, lay_out
from regctl.engine.fused.narrow import Networks
from regctl.engine.fused.pieces import Continuation, Piece, TrialState, resumed, states_of
from regctl.engine.fused.program import Program, block_of
from regctl.engine.fused.rows import Parts
from regctl.engine.fused.values import Hyper, State
from regctl.engine.initial import present_columns
from regctl.spec.training import Training
from regctl.types import EpochEnd, Float64, Folds, Trial, TrialResult

# A call of the program takes about this long, so that progress is seen and a stop is heard.
SECONDS_PER_CALL = 0.25
# Weights are divided by their learning rate; with one below this nothing moves in float32 anyway.
SMALLEST_RATE = 1e-30
# Trials that stopped leave the program when that makes it smaller than this share of its size.
WORTH_PACKING = 0.75


class Chunk:
    """Trials that train together.

    Parameters:
        piece: the epochs to train, of all those of `training`.
        parts: the rows of `folds`, which the chunks of a cohort share.
        keep_weights: whether a trial's weights are wanted in its result.
        tell: called after every epoch; an exception ends the training.
        clock: hears of every stretch, and saves what the trials are when it is time.
    """

    def __init__(
        self,
        program: Program,
        networks: Networks,
        training: Training,
        piece: Piece,
        trials: Sequence[Trial],
        folds: Folds,
        parts: Parts,
        keep_weights: Callable[[Trial], bool],
        tell: Callable[[EpochEnd], None],
        clock: Clock,
    ) -> None:
        self.program, self.networks = program, networks
        self.training, self.piece, self.trials = training, piece, tuple(trials)
        self.keep_weights, self.tell, self.clock = keep_weights, tell, clock
        self.names = next(iter(folds.values())).names
        self.places = {fold: place for place, fold in enumerate(folds)}
        self.present = {fold: present_columns(data) for fold, data in folds.items()}
        self.train, self.validation = parts
        self.columns = {trial.id: column for column, trial in enumerate(self.trials)}
        self.losses = np.full((piece.epochs.stop, 2, len(self.trials)), np.nan)
        for id_, earlier in piece.before.items():
            self.losses[: earlier.epoch, :, self.columns[id_]] = earlier.losses
        self.kept = piece.ended()
        self.states: dict[int, TrialState] = {}

    def results(self) -> list[TrialResult]:
        """Trains every epoch of the piece and reads the trials off, in their order."""
        training = [trial for trial in self.trials if trial.id not in self.kept]
        if training:
            self._train(training)
        return self._read(self._lay_out(self.trials))

    def continuations(self) -> dict[int, Continuation]:
        """By id what each trial is after the piece, once `results` has trained it."""
        return self._told(self.piece.epochs.stop, self.states)

    def _told(self, epoch: int, states: Mapping[int, TrialState]) -> dict[int, Continuation]:
        """What trials are after an epoch: those that go on by id, the others as what is kept of them."""
        return {
            trial.id: Continuation(
                trial,
                epoch,
                states[trial.id] if trial.id in states else self.kept[trial.id],
                self.losses[:epoch, :, column].copy(),
            )
            for trial, column in zip(self.trials, self.columns.values(), strict=True)
        }

    def _train(self, trials: Sequence[Trial]) -> None:
        self._use(self._lay_out(trials))
        self.state = self._beginning()
        last = self.piece.step or 0
        for epoch in range(self.piece.epochs.start, last // self.batches.per_epoch):
            self._tell_of(epoch)  # a checkpoint has them: whoever counts epochs would miss them
        for first, last in self._stretches():
            steps = self.batches.steps(first, last)
            losses = self.program.train(self.state, self.train_rows, self.validation_rows, self.hyper, steps)
            self._record(losses, first)
            training = self._still_training()
            if not training:
                break
            self._pack(training)
            self.clock.tick(last, self._after)
        self.clock.tick(last, self._after, at_end=True)
        self._take_leave(self.layout.trials())
        if self.piece.epochs.stop < self.training.epochs:
            self.states = states_of(self.networks, self.layout, self.state, self._still_training())
        del self.state

    def _after(self, step: int) -> dict[int, Continuation]:
        """What trials are in the middle of their training, after so many steps."""
        training = self._still_training()
        staying = {trial.id for trial in training}
        self._take_leave([trial for trial in self.layout.trials() if trial.id not in staying])
        states = states_of(self.networks, self.layout, self.state, training)
        return self._told(step // self.batches.per_epoch, states)

    def _beginning(self) -> State:
        program, layout = self.program, self.layout
        if self.piece.before:
            return resumed(program, self.networks, layout, self.piece.states())
        weights = initial_weights(program.stack, self.networks, layout, self.names, self.present)
        return program.start(weights, self.hyper.learning_rate)

    def _lay_out(self, trials: Sequence[Trial]) -> Layout:
        stack, blocks = self.program.stack, (self.train.longest, self.validation.longest)
        batch = min(self.training.batch_size, *self.train.counts)
        smallest = min(batch, *map(block_of, blocks))
        return lay_out(trials, stack.tile, stack.spare_trials(smallest, self.program.rules.loss))

    def _use(self, layout: Layout) -> None:
        """Gets what the steps of a layout's trials need."""
        self.layout = layout
        places = self._places(layout)
        fold = np.array(places if len(self.places) > 1 else [0], np.int32)
        self.train_rows, self.validation_rows = self.train.rows(fold), self.validation.rows(fold)
        counts = [self.train.counts[place] for place in places]
        self.batches = Batches(
            self.program.stack,
            self.training,
            self.names,
            layout.replicates,
            counts,
            places,
            self.train.longest,
        )
        self.hyper = self._hyper(layout)

    def _places(self, layout: Layout) -> list[int]:
        return [self.places[fold] for _, fold in layout.replicates]

    def _hyper(self, layout: Layout) -> Hyper:
        stack = self.program.stack

        def values(name: str) -> np.ndarray:
            return layout.values(lambda trial: float(getattr(trial.setting, name)))

        # Weights are divided by it. Spare cells get that of some trial, and train along.
        own = layout.values(lambda trial: max(trial.setting.learning_rate, SMALLEST_RATE), spare=np.nan)
        learning_rate = np.where(layout.occupied(), own, own[:, :1])

        def rates(name: str) -> np.ndarray:
            return _narrowed(layout.values(lambda trial: trial.setting.rate(name)), layout)

        return Hyper(
            learning_rate=tf.constant(learning_rate),
            l1=tf.constant(values("l1")),
            l2=tf.constant(values("l2")),
            weight_decay=tf.constant(values("weight_decay")),
            rates=tuple(tf.constant(rates(layer.rate)) for layer in stack.noise),
            widths=tuple(map(tf.constant, self.networks.units(layout))) if stack.masked_units else (),
        )

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """Consecutive (first, last) steps; the next one is as long as the time that the one before took suggests."""
        done, total = (
            epoch * self.batches.per_epoch for epoch in (self.piece.epochs.start, self.piece.epochs.stop)
        )
        done = self.piece.step or done
        count = min(self.batches.per_epoch, self.batches.ahead)
        while done < total:
            last = min(done + count, total)
            began = time.monotonic()
            yield done, last
            seconds = max(time.monotonic() - began, 1e-6)
            fitting = round((last - done) * min(SECONDS_PER_CALL / seconds, 4.0))
            done, count = last, max(1, min(fitting, self.batches.ahead))

    def _record(self, losses: Float64, first: int) -> None:
        """Keeps the data losses `[epochs ended, 2, S, G]` of a call that began with step `first`."""
        begun = first // self.batches.per_epoch
        for epoch, values in enumerate(losses, start=begun):
            for place, trial in self.layout.placed():
                self.losses[epoch, :, self.columns[trial.id]] = values[:, *place]
            self._tell_of(epoch)

    def _tell_of(self, epoch: int) -> None:
        held_out = self.losses[epoch, 1]
        best = np.nanmin(held_out) if np.isfinite(held_out).any() else np.nan
        self.tell(EpochEnd(epoch + 1, self.piece.epochs.stop, len(self.trials), float(best)))

    def _still_training(self) -> list[Trial]:
        watch = self.state.watch
        ended = (watch.failed_at.numpy() > 0) | (watch.stopped_at.numpy() > 0)
        return [trial for place, trial in self.layout.placed() if not ended[place]]

    def _pack(self, training: Sequence[Trial]) -> None:
        """Lays out the trials that still train anew, if that saves enough: those that ended cost nothing more."""
        packed = self._lay_out(training)
        if packed.size > WORTH_PACKING * self.layout.size:
            return
        staying = {trial.id for trial in training}
        self._take_leave([trial for trial in self.layout.trials() if trial.id not in staying])
        self.state = self.program.select(self.state, *packed.places_in(self.layout))
        self._use(packed)

    def _take_leave(self, trials: Sequence[Trial]) -> None:
        """Keeps the weights of trials that train no more."""
        leaving = {trial.id for trial in trials}
        state, stack = self.state, self.program.stack
        kept = self.program.kept(state, self.hyper.learning_rate)
        weights = [stack.unstacked(index, weight) for index, weight in enumerate(kept)]
        failed, stopped, best = (
            value.numpy() for value in (state.watch.failed_at, state.watch.stopped_at, state.watch.best_epoch)
        )
        for place, trial in self.layout.placed():
            if trial.id in leaving:
                own = self.networks.own(trial, weights, place)
                ended = int(failed[place] or stopped[place] or self.piece.epochs.stop)
                kept_epoch = int(best[place]) if state.best else ended
                self.kept[trial.id] = Kept(own, bool(failed[place]), ended, kept_epoch)

    def _read(self, layout: Layout) -> list[TrialResult]:
        fit, held_out = (
            predictions(self.program, self.networks, layout, self.kept, part, self._places(layout))
            for part in (self.train, self.validation)
        )
        return [
            result(
                trial,
                self.kept[trial.id],
                fit[trial.id],
                held_out[trial.id],
                self.losses[:, :, column],
                self.keep_weights,
            )
            for column, trial in enumerate(self.trials)
        ]


def _narrowed(values: np.ndarray, layout: Layout) -> np.ndarray:
    """One value per replicate `[S, 1]` where all its trials have the same, else `[S, G]` as it was.

    The numbers computed from either are the same; fewer of them are computed.
    """
    occupied = layout.occupied()
    first = values[:, :1]  # the first cell of a row always holds a trial
    return first if (np.where(occupied, values, first) == first).all() else values
