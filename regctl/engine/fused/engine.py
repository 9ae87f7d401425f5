"""The fused engine: every trial of a cohort in one compiled program."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from math import ceil

import numpy as np
import tensorflow as tf

from regctl.engine import penalties, random, schedules
from regctl.engine.allocator import keep_freed_memory
from regctl.engine.device import use_one_thread_per_operation
from regctl.engine.fused.layout import lay_out
from regctl.engine.fused.optimizers import OPTIMIZERS
from regctl.engine.fused.program import Hyper, Program, Steps
from regctl.engine.fused.stack import Stack
from regctl.engine.plan import EVALUATION_ROWS, Cohort, workers
from regctl.errors import MachineError
from regctl.models.layers import Dropout, Layer, dense_with_inputs
from regctl.spec.schema import Training
from regctl.types import EpochEnd, Float32, Float64, Folds, History, Prepared, Trial, TrialResult

# Dropout noise is drawn ahead for as many steps as fit here.
NOISE_BYTES = 64 * 2**20
SECONDS_BETWEEN_LOOKS = 0.2
# The training loss is measured at about this many epochs, and always at the last.
TRAIN_LOSS_POINTS = 10


def ignore_progress(event: EpochEnd) -> None:
    """A listener that shows nothing."""


class Stopped(Exception):  # noqa: N818 - not an error: the answer to a stop that the caller asked for
    """Ends a chunk between two epochs."""


class FusedEngine:
    """Trains cohorts; keeps one compiled program per architecture for as long as it lives.

    Every operation runs in one thread, and as many chunks as there are processors run beside each other. A trial's bits
    can then not depend on the number of threads, and no time goes into splitting small operations.

    Parameters:
        training: the spec's training section.
        keep_weights: whether a trial's final weights are wanted; the others are not copied out.
        on_epoch: called after every epoch of every chunk, by one thread at a time.
    """

    def __init__(
        self,
        training: Training,
        keep_weights: Callable[[Trial], bool] = lambda trial: True,
        on_epoch: Callable[[EpochEnd], None] = ignore_progress,
    ) -> None:
        self.training = training
        self.keep_weights = keep_weights
        self.on_epoch = on_epoch
        keep_freed_memory()
        use_one_thread_per_operation()
        self._listening = threading.Lock()
        self._stopping = threading.Event()
        self.programs: dict[tuple[tuple[Layer, ...], int, bool], Program] = {}

    def train(self, cohort: Cohort, folds: Folds) -> Iterator[list[TrialResult]]:
        """Yields one batch of results per chunk, in the order in which chunks finish; trials in order of id.

        Closing the iterator, or an exception in the caller, stops every chunk at the end of its epoch.
        """
        data = folds[None]
        program = self._program(cohort.layers, len(data.names), cohort.proximal)
        self._stopping.clear()
        with ThreadPoolExecutor(workers()) as pool:
            submitted = {pool.submit(self._train_chunk, program, chunk, data) for chunk in cohort.chunks}
            results = _as_they_finish(submitted)
            del submitted  # so that a chunk's results are let go once they are handed over
            try:
                for future in results:
                    yield future.result()
            except (tf.errors.ResourceExhaustedError, MemoryError) as error:
                raise MachineError(
                    "training ran out of memory.", "Set training.memory_limit, or make the batch smaller."
                ) from error
            finally:
                self._stopping.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _train_chunk(self, program: Program, chunk: tuple[Trial, ...], data: Prepared) -> list[TrialResult]:
        # A chunk takes its memory when its turn comes, not when it is put in the queue.
        return _Chunk(self, program, chunk, data).results()

    def tell(self, event: EpochEnd) -> None:
        """Passes an epoch's end on to the listener.

        Raises:
            Stopped: the engine was told to stop.
        """
        if self._stopping.is_set():
            raise Stopped
        with self._listening:
            self.on_epoch(event)

    def _program(self, layers: tuple[Layer, ...], inputs: int, proximal: bool) -> Program:
        known = self.programs.get((layers, inputs, proximal))
        if known is None:
            optimizer = OPTIMIZERS[self.training.optimizer](self.training)
            known = Program(Stack(layers, inputs), optimizer, self.training.optimizer == "adamw", proximal)
            self.programs[layers, inputs, proximal] = known
        return known


class _Chunk:
    """One chunk in training."""

    def __init__(
        self, engine: FusedEngine, program: Program, trials: tuple[Trial, ...], data: Prepared
    ) -> None:
        self.engine, self.program, self.trials, self.data = engine, program, trials, data
        self.batch = min(engine.training.batch_size, len(data.x_train))
        smallest = min(self.batch, _block(len(data.x_train)), _block(len(data.x_validation)))
        self.layout = lay_out(trials, program.stack.tile, program.stack.spare_trials(smallest))
        self.replicates = [random.replicate_key(*replicate) for replicate in self.layout.replicates]
        steps = ceil(len(data.x_train) / self.batch) * engine.training.epochs
        self.factors = schedules.factors(engine.training.schedule, steps)
        self.units = _unit_words(program.stack, data.names)
        self.x, self.y = tf.constant(data.x_train), tf.constant(data.y_train)

    def results(self) -> list[TrialResult]:
        """Trains every epoch and reads the trials off."""
        epochs = self.engine.training.epochs
        self.state = self.program.start(self._initial_weights())
        hyper = self._hyper()
        validation, training = [], []
        for epoch in range(epochs):
            self._run_epoch(epoch, hyper)
            validation.append(self._loss(self.data.x_validation, self.data.y_validation))
            training.append(self._training_loss(epoch, validation[-1]))
            self._tell(epoch, validation[-1])
        return self._read(np.stack(training), np.stack(validation))

    def _initial_weights(self) -> list[Float32]:
        weights: list[Float32] = []
        settings = self.layout.shape[1]
        for layer, width in dense_with_inputs(self.program.stack.layers, self.program.stack.inputs):
            incoming: Sequence[int | str] = range(width) if weights else self.data.names
            kernels = [
                random.initial_kernel(key, layer.name, incoming, layer.units, layer.initializer)
                for key in self.replicates
            ]
            kernel = np.repeat(np.stack(kernels)[:, None], settings, axis=1)
            bias = np.zeros((len(kernels), settings, layer.units), np.float32)
            for weight in (kernel, bias):
                weights.append(self.program.stack.stacked(len(weights), weight))
        return weights

    def _hyper(self) -> Hyper:
        def values(name: str) -> tf.Tensor:
            return tf.constant(self.layout.values(lambda trial: float(getattr(trial.setting, name))))

        rates = tuple(values(layer.rate) for layer in self._dropout())
        return Hyper(values("learning_rate"), values("l1"), values("l2"), values("weight_decay"), rates)

    def _dropout(self) -> list[Dropout]:
        return self.program.stack.dropout

    def _run_epoch(self, epoch: int, hyper: Hyper) -> None:
        steps = ceil(len(self.data.x_train) / self.batch)
        order, weight = self._batches(epoch, steps)
        floats = self.batch * len(self.replicates) * sum(self.program.stack.dropout_widths)
        ahead = max(1, NOISE_BYTES // (4 * floats)) if floats else steps
        for start in range(0, steps, ahead):
            part = range(start, min(start + ahead, steps))
            noise = tuple(self._noise(number, epoch, part) for number in range(len(self.units)))
            first = tf.constant(epoch * steps + start)
            factor = tf.constant(self.factors[epoch * steps + start : epoch * steps + part.stop])
            piece = Steps(order[start : part.stop], weight[start : part.stop], factor, noise, first)
            self.program.train(self.state, self.x, self.y, hyper, piece)

    def _batches(self, epoch: int, steps: int) -> tuple[tf.Tensor, tf.Tensor]:
        rows = len(self.data.x_train)
        order = np.zeros((len(self.replicates), steps * self.batch), np.int32)
        for seed, key in enumerate(self.replicates):
            order[seed, :rows] = random.batch_order(key, epoch, rows)
        present = (np.arange(steps * self.batch) < rows).reshape(steps, self.batch).astype(np.float32)
        weight = present / present.sum(axis=1, keepdims=True)
        by_step = order.reshape(len(self.replicates), steps, self.batch).transpose(1, 0, 2)
        return tf.constant(np.ascontiguousarray(by_step)), tf.constant(weight)

    def _noise(self, number: int, epoch: int, steps: range) -> tf.Tensor:
        name, units = self._dropout()[number].name, self.units[number]
        draws = [random.dropout_noise(key, name, units, epoch, steps, self.batch) for key in self.replicates]
        return tf.constant(np.stack(draws, axis=1))

    def _loss(self, x: Float32, y: Float32) -> Float64:
        return _mean_squared_error(self.program.predict(self.state, x, _block(len(x))), y)

    def _training_loss(self, epoch: int, like: Float64) -> Float64:
        epochs = self.engine.training.epochs
        if (epoch + 1) % max(1, epochs // TRAIN_LOSS_POINTS) and epoch + 1 < epochs:
            return np.full_like(like, np.nan)
        return self._loss(self.data.x_train, self.data.y_train)

    def _tell(self, epoch: int, validation: Float64) -> None:
        finite = validation[np.isfinite(validation) & self.layout.occupied()]
        best = float(finite.min()) if finite.size else float("nan")
        self.engine.tell(EpochEnd(epoch + 1, self.engine.training.epochs, len(self.trials), best))

    def _read(self, training: Float64, validation: Float64) -> list[TrialResult]:
        fit = self.program.predict(self.state, self.data.x_train, _block(len(self.data.x_train)))
        held_out = self.program.predict(
            self.state, self.data.x_validation, _block(len(self.data.x_validation))
        )
        stacked = [
            self.program.stack.unstacked(index, variable.numpy())
            for index, variable in enumerate(self.state.weights)
        ]
        found = {}
        for s, row in enumerate(self.layout.cells):
            for g, trial in enumerate(row):
                if trial is not None:
                    history = History(training[:, s, g], validation[:, s, g])
                    weights = tuple(np.array(weight[s, g]) for weight in stacked)
                    found[trial.id] = self._result(trial, fit[s, g], held_out[s, g], history, weights)
        return [found[trial.id] for trial in self.trials]

    def _result(
        self, trial: Trial, fit: Float32, held_out: Float32, history: History, weights: tuple[Float32, ...]
    ) -> TrialResult:
        kernels = weights[::2]
        failed = np.flatnonzero(~np.isfinite(history.validation_loss))
        epochs = int(failed[0]) + 1 if failed.size else len(history.validation_loss)
        return TrialResult(
            trial=trial,
            status="diverged" if failed.size or not np.isfinite(fit).all() else "done",
            train_prediction=fit,
            validation_prediction=held_out,
            penalty=sum(penalties.value(kernel, trial.setting.l1, trial.setting.l2) for kernel in kernels),
            nonzero=sum(int(np.count_nonzero(kernel)) for kernel in kernels),
            epochs=epochs,
            best_epoch=epochs,
            history=history,
            weights=weights if self.engine.keep_weights(trial) else None,
        )


def _as_they_finish(pending: set[Future[list[TrialResult]]]) -> Iterator[Future[list[TrialResult]]]:
    """The futures in the order they finish.

    It wakes up now and then: a Ctrl-C that the system hands to one of TensorFlow's threads is noticed by the main
    thread only when it runs, and a wait without a limit would sleep through it until a chunk has ended.
    """
    while pending:
        done, pending = wait(pending, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        yield from done


def _mean_squared_error(prediction: Float32, truth: Float32) -> Float64:
    """`[S, G, n]` against `[n]` → `[S, G]`, summed in float64; NaN or infinity where a trial diverged."""
    error = prediction.astype(np.float64) - truth
    return np.asarray(np.einsum("sgn,sgn->sg", error, error) / len(truth))


def _block(rows: int) -> int:
    """How many rows are evaluated at once: equal blocks, so that none is a lone row."""
    return ceil(rows / ceil(rows / EVALUATION_ROWS))


def _unit_words(stack: Stack, names: tuple[str, ...]) -> list[random.UInt64]:
    """The words that key each dropout layer's units: column names at the input, numbers elsewhere."""
    at_input = not stack.shares_input
    return [
        random.words(names if at_input and number == 0 else range(width))
        for number, width in enumerate(stack.dropout_widths)
    ]
