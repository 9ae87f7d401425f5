"""The fused engine: every trial of a cohort in one compiled program."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import tensorflow as tf

from regctl.engine.allocator import keep_freed_memory
from regctl.engine.checkpoints import Checkpoints, Nowhere
from regctl.engine.device import leave_graphs_alone, on_gpu, use_one_thread_per_operation
from regctl.engine.fused.checkpointing import Checkpointing
from regctl.engine.fused.chunk import Chunk
from regctl.engine.fused.narrow import Networks
from regctl.engine.fused.optimizers import OPTIMIZERS
from regctl.engine.fused.pieces import Continuation, Piece, continued
from regctl.engine.fused.products import bits_do_not_depend_on_size
from regctl.engine.fused.program import Program
from regctl.engine.fused.rows import Parts, parts_of
from regctl.engine.fused.stack import Stack
from regctl.engine.fused.values import Rules
from regctl.engine.fused.work import Work
from regctl.engine.masking import by_width, fits_in, needs_mask, widths_of
from regctl.engine.plan import Cohort, piece_of, steps_of, training_of
from regctl.engine.progress import ignore_progress
from regctl.errors import MachineError
from regctl.models.layers import Layer
from regctl.spec.training import Training
from regctl.types import EpochEnd, Folds, Loss, Trial, TrialResult

SECONDS_BETWEEN_LOOKS = 0.2


class Stopped(Exception):  # noqa: N818 - not an error: the answer to a stop that the caller asked for
    """Ends a chunk between two epochs."""


class FusedEngine:
    """Trains cohorts; keeps one compiled program per architecture for as long as it lives.

    Every operation runs in one thread, and as many chunks as the plan allows run beside each other. A trial's bits can
    then not depend on the number of threads, and no time goes into splitting small operations.

    A cohort that ends before its training's last epoch leaves what its trials were in `continuations`, by trial id; one
    that does not begin at epoch 0 goes on from there, with the bits of a training without the break. What another piece
    has continued is replaced, and dropped after the last epoch.

    A chunk that trains for longer than `checkpoints.seconds` saves there what its trials are, also in the middle of an
    epoch, and a trial that a checkpoint holds goes on from it, to the same bits.

    Parameters:
        training: the spec's training section.
        loss: the rows' loss.
        keep_weights: whether a trial's kept weights are wanted; the others are not copied out.
        on_epoch: called after every epoch of every chunk, by one thread at a time.
        checkpoints: where states are saved, and taken up again.
    """

    def __init__(
        self,
        training: Training,
        loss: Loss = "mean_squared_error",
        keep_weights: Callable[[Trial], bool] = lambda trial: True,
        on_epoch: Callable[[EpochEnd], None] = ignore_progress,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.training = training
        self.loss: Loss = loss
        self.keep_weights = keep_weights
        self.on_epoch = on_epoch
        keep_freed_memory()
        use_one_thread_per_operation()
        leave_graphs_alone()
        self._listening = threading.Lock()
        self._stopping = threading.Event()
        self.programs: dict[tuple[tuple[Layer, ...], int, bool, bool], Program] = {}
        self.continuations: dict[int, Continuation] = {}
        self._checkpointing = Checkpointing(checkpoints or Nowhere(), self._stopping)

    def train(self, cohort: Cohort, folds: Folds) -> Iterator[list[TrialResult]]:
        """Yields one batch of results per chunk, in the order in which chunks finish; trials in order of id.

        Closing the iterator, or an exception in the caller, stops every chunk at the end of its epoch.

        Raises:
            MachineError: memory is out.
            ValueError: a cohort continues trials of which nothing is known, or its widths do not fit in its layers.
        """
        _check_widths(cohort)
        if cohort.widths and not bits_do_not_depend_on_size(self.training.precision == "mixed_bfloat16"):
            for part in by_width(cohort):
                yield from self._train(part, folds)
        else:
            yield from self._train(cohort, folds)

    def forget(self, trials: Iterable[int]) -> None:
        """Drops what is kept of the trials of these ids, in memory and in checkpoints: their results are safe."""
        ids = list(trials)
        self._let_go(ids)
        self._checkpointing.forget(ids)

    def _let_go(self, trials: Iterable[int]) -> None:
        for id_ in trials:
            self.continuations.pop(id_, None)

    def _train(self, cohort: Cohort, folds: Folds) -> Iterator[list[TrialResult]]:
        training = training_of(cohort, self.training)
        columns = len(next(iter(folds.values())).names)
        program = self._program(cohort, columns)
        networks = Networks(program.stack, cohort.widths)
        work = Work(training, program, folds, networks)
        pieces = self._pieces(cohort, training, folds, work)
        parts = parts_of(folds)
        self._stopping.clear()
        with ThreadPoolExecutor(1 if on_gpu() else cohort.beside) as pool:
            submitted = {
                pool.submit(self._train_chunk, program, networks, training, piece, trials, folds, parts, work)
                for trials, piece in pieces
            }
            results = _as_they_finish(submitted)
            del submitted, pieces  # so that a chunk's results are let go once they are handed over
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

    def _train_chunk(
        self,
        program: Program,
        networks: Networks,
        training: Training,
        piece: Piece,
        trials: tuple[Trial, ...],
        folds: Folds,
        parts: Parts,
        work: Work,
    ) -> list[TrialResult]:
        # A chunk takes its memory when its turn comes, not when it is put in the queue.
        keep, clock = self.keep_weights, self._checkpointing.clock(work, piece.step)
        chunk = Chunk(program, networks, training, piece, trials, folds, parts, keep, self._tell, clock)
        results = chunk.results()
        if piece.epochs.stop < training.epochs:
            self.continuations |= chunk.continuations()
        else:
            self._let_go(trial.id for trial in trials)
        return results

    def _pieces(
        self, cohort: Cohort, training: Training, folds: Folds, work: Work
    ) -> list[tuple[tuple[Trial, ...], Piece]]:
        """The chunks, and what each begins from; what different checkpoints hold of one are chunks of their own."""
        epochs, some = piece_of(cohort, training), cohort.chunks[0][0]
        per_epoch = steps_of(len(folds[some.fold].y_train), training)[0]
        steps = range(epochs.start * per_epoch, epochs.stop * per_epoch)
        begun = self._checkpointing.begun(cohort.chunks, work, steps)
        found = [(each.trials, Piece(epochs, each.before, each.step)) for each in begun]
        known = {trial for each in begun for trial in each.trials}
        fresh = (tuple(trial for trial in chunk if trial not in known) for chunk in cohort.chunks)
        return found + [
            (chunk, Piece(epochs, continued(self.continuations, chunk, epochs))) for chunk in fresh if chunk
        ]

    def _tell(self, event: EpochEnd) -> None:
        """Passes an epoch's end on to the listener.

        Raises:
            Stopped: the engine was told to stop.
        """
        if self._stopping.is_set():
            raise Stopped
        with self._listening:
            self.on_epoch(event)

    def _program(self, cohort: Cohort, inputs: int) -> Program:
        layers, proximal = cohort.layers, cohort.proximal
        masked = bool(cohort.widths) and needs_mask(layers)
        known = self.programs.get((layers, inputs, proximal, masked))
        if known is None:
            stopping = self.training.early_stopping
            rules = Rules(
                loss=self.loss,
                decays=self.training.optimizer == "adamw",
                proximal=proximal,
                patience=None if stopping is None else stopping.patience,
                min_delta=0.0 if stopping is None else stopping.min_delta,
            )
            stack = Stack(layers, inputs, self.training.precision == "mixed_bfloat16", masked)
            known = Program(stack, OPTIMIZERS[self.training.optimizer](self.training), rules)
            self.programs[layers, inputs, proximal, masked] = known
        return known


def _check_widths(cohort: Cohort) -> None:
    for id_, widths in cohort.widths.items():
        if not fits_in(cohort.layers, widths):
            units = widths_of(cohort.layers)
            raise ValueError(f"trial {id_}: a network of {widths} cannot train inside one of {units}")


def _as_they_finish(pending: set[Future[list[TrialResult]]]) -> Iterator[Future[list[TrialResult]]]:
    """The futures in the order they finish.

    It wakes up now and then: a Ctrl-C that the system hands to one of TensorFlow's threads is noticed by the main
    thread only when it runs, and a wait without a limit would sleep through it until a chunk has ended.
    """
    while pending:
        done, pending = wait(pending, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        yield from done
