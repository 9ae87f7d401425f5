"""The engine that a cohort names, made once and kept: compiled programs serve every cohort of a run."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

from regctl.engine.checkpoints import Checkpoints
from regctl.engine.plan import Cohort
from regctl.steps.isolating import OnFailure, isolated
from regctl.steps.planning import Experiment
from regctl.types import EngineName, EpochEnd, Folds, Trial, TrialResult

KeepWeights = Callable[[Trial], bool]
OnEpoch = Callable[[EpochEnd], None]


class Engine(Protocol):
    """What trains a cohort."""

    def train(self, cohort: Cohort, folds: Folds) -> Iterator[list[TrialResult]]:
        """Batches of results, as they are ready."""
        ...


@runtime_checkable
class OneByOne(Protocol):
    """An engine that trains trials one at a time, and goes on when one has failed."""

    def train_each(self, cohort: Cohort, folds: Folds, on_failure: OnFailure) -> Iterator[list[TrialResult]]:
        """As `train`; a trial that failed is told."""
        ...


class Engines:
    """One engine of each kind, made when the first cohort asks for it.

    `checkpoints` is where the fused engine saves what takes long; None: nowhere. The others save nothing in between: an
    exact solution comes at once for all λ of a fold, and the Keras engine's trials are journaled one by one.
    """

    def __init__(
        self,
        experiment: Experiment,
        keep_weights: KeepWeights,
        on_epoch: OnEpoch,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._experiment, self._keep_weights, self._on_epoch = experiment, keep_weights, on_epoch
        self._checkpoints = checkpoints
        self._made: dict[EngineName, Engine] = {}

    @property
    def continued(self) -> Collection[int]:
        """The ids of trials that an engine can take up again where it left them."""
        fused: Any = self._made.get("fused")
        return () if fused is None else fused.continuations

    def forget(self, ids: Iterable[int]) -> None:
        """Lets go of what trials could be continued from: they are journaled, and nobody continues them."""
        fused: Any = self._made.get("fused")
        if fused is not None:
            fused.forget(ids)

    def train(self, cohort: Cohort, on_failure: OnFailure | None = None) -> Iterator[list[TrialResult]]:
        """Batches of results of the cohort's trials.

        `on_failure` hears of each trial that fails, and the others go on; without it the first one raises its error.
        """
        if cohort.engine not in self._made:
            self._made[cohort.engine] = MAKERS[cohort.engine](
                self._experiment, self._keep_weights, self._on_epoch, self._checkpoints
            )
        engine, folds = self._made[cohort.engine], self._experiment.inputs.of(cohort.key).folds
        if on_failure is None:
            return engine.train(cohort, folds)
        if isinstance(engine, OneByOne):
            return engine.train_each(cohort, folds, on_failure)
        return isolated(lambda part: engine.train(part, folds), cohort, on_failure)


def _fused(
    experiment: Experiment, keep_weights: KeepWeights, on_epoch: OnEpoch, checkpoints: Checkpoints | None
) -> Engine:
    from regctl.engine.fused.engine import FusedEngine  # imports TensorFlow

    return FusedEngine(experiment.spec.training, experiment.loss, keep_weights, on_epoch, checkpoints)


def _exact(
    experiment: Experiment, keep_weights: KeepWeights, on_epoch: OnEpoch, checkpoints: Checkpoints | None
) -> Engine:
    from regctl.engine.exact.engine import ExactEngine  # imports SciPy

    return ExactEngine(keep_weights, on_epoch)


def _keras(
    experiment: Experiment, keep_weights: KeepWeights, on_epoch: OnEpoch, checkpoints: Checkpoints | None
) -> Engine:
    from regctl.engine.keras.engine import KerasEngine

    return KerasEngine(experiment.spec.training, experiment.loss, keep_weights, on_epoch)


MAKERS: dict[EngineName, Callable[[Experiment, KeepWeights, OnEpoch, Checkpoints | None], Engine]] = {
    "fused": _fused,
    "exact": _exact,
    "keras": _keras,
}
