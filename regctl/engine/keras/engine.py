"""The Keras engine: `model.fit` for one trial at a time, in worker processes."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from regctl.engine.device import chosen_device
from regctl.engine.keras.arrays import save_folds
from regctl.engine.keras.messages import Died, Done, Failed, Job, Recipe, Task
from regctl.engine.keras.workers import Crew
from regctl.engine.plan import Cohort, piece_of, training_of
from regctl.engine.progress import ignore_progress
from regctl.errors import MachineError, SpecError
from regctl.spec.training import Training
from regctl.types import EpochEnd, Failure, Folds, Loss, Trial, TrialResult

OUT_OF_MEMORY = ("ResourceExhaustedError", "MemoryError")


class WorkerError(Exception):
    """An error in a worker: its traceback, as text."""


class KerasEngine:
    """Trains models that do not stack. Workers are replaced now and then, so that memory does not grow over trials.

    Every operation runs in one thread, and a trial starts from a clean process state, so that its numbers depend
    neither on how many trials run beside each other nor on which ones ran before. Each trial is handed over, and can be
    saved, as soon as it has ended; what was killed in the middle of one begins that one again.

    Parameters:
        training: the spec's training section.
        loss: the rows' loss.
        keep_weights: whether a trial's kept weights are wanted; the others stay in the worker.
        on_epoch: called after every epoch of every trial.
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

    def train(self, cohort: Cohort, folds: Folds) -> Iterator[list[TrialResult]]:
        """Yields each trial's result as it is ready. Closing the iterator ends the workers.

        A piece of the epochs that begins at 0 is trained; nothing is kept that another piece could continue.

        Raises:
            ValueError: a piece that continues another, or networks within wider ones.
            MachineError: memory is out, or a worker died twice over a trial.
            RuntimeError: training a trial raised another error.
            SpecError: a model of the user's own cannot be built or trained.
        """
        return self.train_each(cohort, folds, _raise)

    def train_each(
        self, cohort: Cohort, folds: Folds, on_failure: Callable[[Failure], None]
    ) -> Iterator[list[TrialResult]]:
        """As `train`, but `on_failure` hears of each trial that failed, and the others go on.

        Raises:
            ValueError, SpecError: see `train`.
        """
        training = training_of(cohort, self.training)
        piece = piece_of(cohort, training)
        if piece.start or cohort.widths:
            raise ValueError("the Keras engine trains whole networks from their first epoch on")
        recipe = Recipe(cohort.layers, training, self.loss, piece.stop)
        names = next(iter(folds.values())).names
        tasks = [Task(trial, self.keep_weights(trial)) for chunk in cohort.chunks for trial in chunk]
        with tempfile.TemporaryDirectory(prefix="regctl-") as folder:
            save_folds(Path(folder), folds)
            with Crew(Job(recipe, Path(folder), names, chosen_device()), cohort.beside) as crew:
                for task, answer in crew.answers(tasks):
                    if isinstance(answer, EpochEnd):
                        self.on_epoch(answer)
                    elif isinstance(answer, Done):
                        yield [answer.result]
                    elif isinstance(answer, Failed) and answer.kind == SpecError.__name__:
                        raise SpecError(list(answer.said)) from WorkerError(answer.traceback)
                    else:
                        on_failure(_failure(task.trial, answer))


def _failure(trial: Trial, answer: Failed | Died) -> Failure:
    if isinstance(answer, Died):
        return Failure(trial, answer.said)
    if answer.kind in OUT_OF_MEMORY:
        return Failure(trial, f"training ran out of memory ({answer.kind})", answer.traceback)
    return Failure(trial, f"{answer.kind}: {' '.join(answer.said)}".rstrip(". "), answer.traceback)


def _raise(failure: Failure) -> None:
    """The error of a failure, for those that cannot go on without the trial."""
    trial = failure.trial
    message = f"trial {trial.id} (λ={trial.setting.lambda_:g}, seed {trial.seed}): {failure.reason}."
    if failure.traceback and not failure.reason.startswith("training ran out of memory"):
        raise RuntimeError(message) from WorkerError(failure.traceback)
    hint = "Lower --jobs, or make the batch or the model smaller; finished trials are saved."
    raise MachineError(message, hint) from (WorkerError(failure.traceback) if failure.traceback else None)
