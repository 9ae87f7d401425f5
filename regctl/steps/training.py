"""Plan → results: trains every cohort, journals each batch before anything says so, keeps what the report needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from regctl.datasets.design import design_names
from regctl.engine.checkpoints import Checkpoints
from regctl.records.kept import Kept
from regctl.records.signals import finished_first
from regctl.records.trial_record import TrialRecord, failed_record
from regctl.spec.tasks import chosen_metrics
from regctl.steps.engines import Engines
from regctl.steps.failing import Failures
from regctl.steps.planning import Experiment
from regctl.steps.scoring import score
from regctl.types import (
    EpochEnd,
    Exact,
    Failure,
    Float32,
    Float64,
    History,
    Int64,
    Setting,
    Trial,
    TrialResult,
)


@dataclass
class Trained:
    """What came of the trials.

    `weights` are kept for what can be shipped: each setting's first seed, under k-fold what is refitted. `exact` holds,
    by setting, seed and fold, what gradient descent on linear models is compared with. `confusions` are the
    first seed's counts of validation rows by class and predicted class.
    """

    records: dict[int, TrialRecord] = field(default_factory=dict)
    histories: dict[int, History] = field(default_factory=dict)
    validation_rows: dict[int, Float64] = field(default_factory=dict)
    weights: dict[Setting, tuple[Float32 | Float64, ...]] = field(default_factory=dict)
    exact: dict[tuple[Setting, int, int | None], Exact] = field(default_factory=dict)
    confusions: dict[int, Int64] = field(default_factory=dict)

    def add(self, kept: Kept) -> None:
        """Takes in a finished trial."""
        id_ = kept.record.id
        self.records[id_] = kept.record
        self.histories[id_] = kept.history
        self.validation_rows[id_] = kept.validation_rows
        if kept.confusion is not None:
            self.confusions[id_] = kept.confusion
        if kept.weights is not None:
            self.weights[kept.record.setting] = kept.weights

    def in_order(self) -> list[TrialRecord]:
        """The records in the order of trial ids."""
        return [self.records[id_] for id_ in sorted(self.records)]

    def diverged(self) -> list[TrialRecord]:
        """The records of trials that diverged."""
        return [record for record in self.in_order() if record.status == "diverged"]

    def failed(self) -> list[TrialRecord]:
        """The records of trials that failed."""
        return [record for record in self.in_order() if record.status == "failed"]


def train_all(
    experiment: Experiment,
    save: Callable[[Sequence[Kept]], None],
    on_epoch: Callable[[EpochEnd], None],
    into: Trained,
    checkpoints: Checkpoints | None = None,
    failures: Failures | None = None,
) -> None:
    """Fills `into` batch by batch, each of which is saved first: an interruption keeps what had finished.

    A batch in training that takes long saves its states in `checkpoints`, and goes on from those that are there. A
    trial that fails is saved as failed, and the others go on; without `failures` its error is raised.

    Raises:
        TrialError: a trial has failed, and `failures` are to end the run.
    """
    first_seed = experiment.spec.training.seed

    def is_shippable(trial: Trial) -> bool:
        return trial.fold is None and trial.seed == first_seed

    def keep(kept: Sequence[Kept]) -> None:
        with finished_first():
            save(kept)
            for each in kept:
                into.add(each)
            engines.forget(each.record.id for each in kept)

    def fail(failure: Failure) -> None:
        assert failures is not None, "nobody else hears of it"
        failures.log(failure)
        keep([_failed(experiment, failure)])
        failures.count(failure)

    engines = Engines(experiment, is_shippable, on_epoch, checkpoints)
    for cohort in experiment.plan.cohorts:
        for batch in engines.train(cohort, None if failures is None else fail):
            keep([_kept(experiment, result) for result in batch])


def trial_of(record: TrialRecord) -> Trial:
    """The trial that a record is of."""
    return Trial(record.id, record.setting, record.seed, record.fold)


def _kept(experiment: Experiment, result: TrialResult) -> Kept:
    scored = score(experiment, result)
    first = scored.record.seed == experiment.spec.training.seed
    wanted = result.weights is not None and result.status == "done"
    own = own_weights(experiment, result) if wanted else ()
    # Contiguous, as they are when they are read back: a sum may add up strided numbers in another order.
    history = map(np.ascontiguousarray, (result.history.train_loss, result.history.validation_loss))
    return Kept(
        record=scored.record,
        history=History(*history),
        validation_rows=np.ascontiguousarray(scored.validation_rows),
        confusion=scored.confusion if first else None,
        weights=tuple(map(np.ascontiguousarray, own)) or None,
    )


def _failed(experiment: Experiment, failure: Failure) -> Kept:
    spec, trial = experiment.spec, failure.trial
    _, held_out = experiment.inputs.rows(trial.key).targets(trial.fold)
    return Kept(
        record=failed_record(failure, chosen_metrics(spec.training.metrics, spec.task)),
        history=History(np.empty(0), np.empty(0)),
        validation_rows=np.full(len(held_out), np.nan),
    )


def own_weights(experiment: Experiment, result: TrialResult) -> tuple[Float32 | Float64, ...]:
    """A trial's weights without those of the columns that its design was padded with."""
    assert result.weights is not None
    first, *rest = result.weights
    if result.trial.key.seed is None:
        return result.weights
    return first[: len(design_names(experiment.preparation(result.trial.setting)))], *rest
