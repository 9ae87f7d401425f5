"""The fused engine: every trial of a cohort in one compiled program."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import tensorflow as tf

from regctl.engine.allocator import keep_freed_memory
from regctl.engine.device import leave_graphs_alone, on_gpu, use_one_thread_per_operation
from regctl.engine.fused.chunk import Chunk
from regctl.engine.fused.optimizers import OPTIMIZERS
from regctl.engine.fused.program import Program
from regctl.engine.fused.stack import Stack
from regctl.engine.fused.values import Rules
from regctl.engine.plan import Cohort, training_of
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

    Parameters:
        training: the spec's training section.
        loss: the rows' loss.
        keep_weights: whether a trial's kept weights are wanted; the others are not copied out.
        on_epoch: called after every epoch of every chunk, by one thread at a time.
    """

    def __init__(
        self,
        training: Training,
        loss: Loss = "mean_squared_error",
        keep_weights: Callable[[Trial], bool] = lambda trial: True,
        on_epoch: Callable[[EpochEnd], None] = ignore_progress,
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
        self.programs: dict[tuple[tuple[Layer, ...], int, bool], Program] = {}

    def train(self, cohort: Cohort, folds: Folds) -> Iterator[list[TrialResult]]:
        """Yields one batch of results per chunk, in the order in which chunks finish; trials in order of id.

        Closing the iterator, or an exception in the caller, stops every chunk at the end of its epoch.

        Raises:
            MachineError: memory is out.
        """
        columns = len(next(iter(folds.values())).names)
        program = self._program(cohort.layers, columns, cohort.proximal)
        self._stopping.clear()
        with ThreadPoolExecutor(1 if on_gpu() else cohort.beside) as pool:
            training = training_of(cohort, self.training)
            submitted = {
                pool.submit(self._train_chunk, program, training, chunk, folds) for chunk in cohort.chunks
            }
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

    def _train_chunk(
        self, program: Program, training: Training, trials: tuple[Trial, ...], folds: Folds
    ) -> list[TrialResult]:
        # A chunk takes its memory when its turn comes, not when it is put in the queue.
        return Chunk(program, training, trials, folds, self.keep_weights, self._tell).results()

    def _tell(self, event: EpochEnd) -> None:
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
            stopping = self.training.early_stopping
            rules = Rules(
                loss=self.loss,
                decays=self.training.optimizer == "adamw",
                proximal=proximal,
                patience=None if stopping is None else stopping.patience,
                min_delta=0.0 if stopping is None else stopping.min_delta,
            )
            stack = Stack(layers, inputs, half=self.training.precision == "mixed_bfloat16")
            known = Program(stack, OPTIMIZERS[self.training.optimizer](self.training), rules)
            self.programs[layers, inputs, proximal] = known
        return known


def _as_they_finish(pending: set[Future[list[TrialResult]]]) -> Iterator[Future[list[TrialResult]]]:
    """The futures in the order they finish.

    It wakes up now and then: a Ctrl-C that the system hands to one of TensorFlow's threads is noticed by the main
    thread only when it runs, and a wait without a limit would sleep through it until a chunk has ended.
    """
    while pending:
        done, pending = wait(pending, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        yield from done
