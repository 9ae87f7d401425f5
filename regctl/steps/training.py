"""Plan → results: trains every cohort, journals each batch before anything says so, keeps what the report needs."""

from collections.abc import Callable
from dataclasses import dataclass, field

from regctl.datasets.design import design_names
from regctl.records.journal import Journal
from regctl.records.trial_record import TrialRecord
from regctl.steps.engines import Engines
from regctl.steps.planning import Experiment
from regctl.steps.scoring import Scored, score
from regctl.types import EpochEnd, Exact, Float32, Float64, History, Int64, Setting, Trial, TrialResult


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

    def in_order(self) -> list[TrialRecord]:
        """The records in the order of trial ids."""
        return [self.records[id_] for id_ in sorted(self.records)]

    def diverged(self) -> list[TrialRecord]:
        """The records of trials that diverged."""
        return [record for record in self.in_order() if record.status == "diverged"]


def train_all(
    experiment: Experiment, journal: Journal, on_epoch: Callable[[EpochEnd], None], into: Trained
) -> None:
    """Fills `into` batch by batch, so that an interruption keeps what had finished."""
    first_seed = experiment.spec.training.seed

    def is_shippable(trial: Trial) -> bool:
        return trial.fold is None and trial.seed == first_seed

    engines = Engines(experiment, is_shippable, on_epoch)
    for cohort in experiment.plan.cohorts:
        for batch in engines.train(cohort):
            scored = [score(experiment, result) for result in batch]
            journal.append([each.record for each in scored])
            for result, each in zip(batch, scored, strict=True):
                _keep(experiment, result, each, into)


def _keep(experiment: Experiment, result: TrialResult, scored: Scored, into: Trained) -> None:
    record = scored.record
    into.records[record.id] = record
    into.histories[record.id] = result.history
    into.validation_rows[record.id] = scored.validation_rows
    if scored.confusion is not None and record.seed == experiment.spec.training.seed:
        into.confusions[record.id] = scored.confusion
    if result.weights is not None and result.status == "done":
        into.weights[result.trial.setting] = own_weights(experiment, result)


def own_weights(experiment: Experiment, result: TrialResult) -> tuple[Float32 | Float64, ...]:
    """A trial's weights without those of the columns that its design was padded with."""
    assert result.weights is not None
    first, *rest = result.weights
    if result.trial.key.seed is None:
        return result.weights
    return first[: len(design_names(experiment.preparation(result.trial.setting)))], *rest
