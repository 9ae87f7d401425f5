"""The exact engine: linear models with squared loss, solved instead of trained."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np
from threadpoolctl import ThreadpoolController

from regctl.engine.allocator import keep_freed_memory
from regctl.engine.exact.fits import LinearFits
from regctl.engine.exact.least_squares import tiled_product
from regctl.engine.exact.solver import Solver
from regctl.engine.outcome import outcome
from regctl.engine.plan import Cohort
from regctl.engine.progress import ignore_progress
from regctl.errors import MachineError
from regctl.types import Design, EpochEnd, Float32, Float64, Folds, History, Prepared, Trial, TrialResult


class ExactEngine:
    """Solves a cohort of linear models: one factorisation of the training rows serves every λ, in float64.

    Nothing is random, so that trials which differ in their seed only have the same result. Every operation runs in one
    thread: bits then do not depend on the number of threads.

    Parameters:
        keep_weights: whether a trial's weights are wanted.
        on_epoch: called after every chunk, as after the one epoch of its trials.
    """

    def __init__(
        self,
        keep_weights: Callable[[Trial], bool] = lambda trial: True,
        on_epoch: Callable[[EpochEnd], None] = ignore_progress,
    ) -> None:
        self.keep_weights, self.on_epoch = keep_weights, on_epoch
        keep_freed_memory()

    def train(self, cohort: Cohort, folds: Folds) -> Iterator[list[TrialResult]]:
        """Yields a batch of results for each fold of each chunk, trials in the cohort's order.

        Raises:
            RegctlError: a lasso or elastic net does not reach its optimum, see `ElasticNet`.
            MachineError: memory is out.
        """
        latest: tuple[int | None, Solver] | None = None
        try:
            for fold, trials in _by_fold(cohort.chunks):
                data = folds[fold]
                with _linear_algebra().limit(limits=1, user_api="blas"):
                    if latest is None or latest[0] != fold:
                        latest = None  # its memory first
                        latest = fold, Solver(data.x_train, data.y_train)
                    batch = self._solve(latest[1], trials, data)
                self._tell(batch, data)
                yield batch
        except MemoryError as error:
            raise MachineError(
                "the exact solution ran out of memory.", "Use fewer columns or rows."
            ) from error

    def _solve(self, solver: Solver, trials: Sequence[Trial], data: Prepared) -> list[TrialResult]:
        penalties = list(dict.fromkeys((trial.setting.l1, trial.setting.l2) for trial in trials))
        models = _models(penalties, solver.fits(*zip(*penalties, strict=True)), data)
        return [self._result(trial, models[trial.setting.l1, trial.setting.l2]) for trial in trials]

    def _tell(self, batch: Sequence[TrialResult], data: Prepared) -> None:
        with np.errstate(over="ignore"):
            losses = [np.square(result.validation_prediction - data.y_validation).mean() for result in batch]
        self.on_epoch(EpochEnd(1, 1, len(batch), float(min(losses))))

    def _result(self, trial: Trial, model: "_Model") -> TrialResult:
        return outcome(
            trial,
            (model.train_prediction, model.validation_prediction),
            kernels=[model.kernel],
            epochs=0,
            best_epoch=0,
            history=History(np.empty(0), np.empty(0)),
            weights=model.weights() if self.keep_weights(trial) else None,
            degrees_of_freedom=model.degrees_of_freedom,
        )


@dataclass(frozen=True)
class _Model:
    """A solution `[d]` and its predictions, `[n_train]` and `[n_validation]`."""

    kernel: Float64
    intercept: float
    degrees_of_freedom: float
    train_prediction: Float32
    validation_prediction: Float32

    def weights(self) -> tuple[Float64, ...]:
        """Kernel `[d, 1]` and bias `[1]`."""
        return self.kernel[:, None], np.array([self.intercept])


@cache
def _linear_algebra() -> ThreadpoolController:
    """The libraries of NumPy and SciPy; to look for them takes as long as to solve a small problem."""
    return ThreadpoolController()


def _by_fold(chunks: Sequence[Sequence[Trial]]) -> Iterator[tuple[int | None, list[Trial]]]:
    for chunk in chunks:
        for fold, trials in groupby(chunk, key=lambda trial: trial.fold):
            yield fold, list(trials)


def _models(
    penalties: Sequence[tuple[float, float]], fits: LinearFits, data: Prepared
) -> dict[tuple[float, float], _Model]:
    predictions = [_predictions(fits, x) for x in (data.x_train, data.x_validation)]
    return {
        pair: _Model(
            kernel=kernel,
            intercept=float(fits.intercepts[place]),
            degrees_of_freedom=float(fits.degrees_of_freedom[place]),
            train_prediction=predictions[0][place],
            validation_prediction=predictions[1][place],
        )
        for place, (pair, kernel) in enumerate(zip(penalties, fits.kernels, strict=True))
    }


def _predictions(fits: LinearFits, x: Design) -> Float32:
    """Each model's predictions for the rows of x, `[L, n]`: computed in float64, then rounded."""
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite cell: its trial will say so
        exact = tiled_product(fits.kernels, x.astype(np.float64).T) + fits.intercepts[:, None]
        return exact.astype(np.float32)
