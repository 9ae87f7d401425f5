"""After a search: the winner retrained on fresh seeds, beside what it is compared with, trained the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from regctl.analysis.paired import Trained as Replicated
from regctl.analysis.paired import paired_difference
from regctl.engine.plan import make_trials
from regctl.records.search_record import Compared
from regctl.records.trial_record import setting_values
from regctl.spec.resolved import with_values
from regctl.spec.search_space import own_values
from regctl.spec.settings import with_reference
from regctl.steps.held_out import fold_losses, held_out, replicates, row_losses
from regctl.steps.planning import Experiment, variant, with_trials
from regctl.steps.training import Trained
from regctl.types import Interval, Setting


def fresh_seeds(seed: int, seeds: int) -> tuple[int, ...]:
    """As many seeds as a search used, and none of them: those that follow, or from 0 where there are none left."""
    first = seed + seeds
    if first + seeds > 2**31:
        first = 0
    return tuple(range(first, first + seeds))


def retrained(base: Experiment, values: Mapping[str, Any], seeds: tuple[int, ...]) -> Experiment:
    """What trains a spec with these values, by dotted key, and its reference on fresh seeds."""
    spec = with_values(base.spec, {**values, "training.seed": seeds[0]})
    experiment = variant(base, spec)
    settings = with_reference(experiment.settings, experiment.reference)
    return with_trials(experiment, make_trials(settings, spec.training, experiment.folds))


def is_known(own: Experiment, winner: Experiment) -> bool:
    """Whether the spec's own setting is trained already: as the winner or as the reference."""
    if own.layers != winner.layers or own.spec.training != winner.spec.training:
        return False
    return own.settings[0] in (winner.settings[0], winner.reference)


@dataclass(frozen=True)
class Own:
    """The spec's own setting, retrained on the fresh seeds."""

    experiment: Experiment
    trained: Trained


def own_experiment(base: Experiment, seeds: tuple[int, ...]) -> Experiment:
    """What trains the spec's own setting on fresh seeds."""
    training = base.spec.training.model_copy(update={"seed": seeds[0]})
    own = variant(base, base.spec.model_copy(update={"training": training}))
    return with_trials(own, make_trials(own.settings, training, own.folds))


def compared(winner: Experiment, trained: Trained, own: Own | None) -> tuple[Compared, ...]:
    """The winner against no regularization and, unless that is one of the two, against the spec's own setting."""
    best = Own(winner, trained)
    found = []
    if winner.reference != winner.settings[0]:
        found.append(_compared("none", best, best, winner.reference))
    if own is not None:
        found.append(_compared("spec", best, own, own.experiment.settings[0]))
    return tuple(found)


def mean_loss(experiment: Experiment, trained: Trained, setting: Setting) -> float:
    """The setting's mean validation data loss over seeds and folds; NaN where one diverged."""
    return float(fold_losses(experiment, trained, (setting,))[1].mean())


def _compared(name: Literal["none", "spec"], best: Own, other: Own, setting: Setting) -> Compared:
    winner = best.experiment.settings[0]
    found = _difference(best, winner, other, setting)
    return Compared(
        name=name,
        values={**own_values(other.experiment.spec), **setting_values(setting)},
        loss=mean_loss(other.experiment, other.trained, setting),
        difference=found.value,
        low=found.low,
        high=found.high,
    )


def _difference(best: Own, winner: Setting, other: Own, setting: Setting) -> Interval:
    """The winner's loss less the other's, paired by row; without an interval where a replicate diverged."""
    second, first = _rows(best, winner), _rows(other, setting)
    if not (np.isfinite(first.losses).all() and np.isfinite(second.losses).all()):
        return Interval(float("nan"), None, None)
    return paired_difference(first, second, held_out(best.experiment).blocks).loss


def _rows(own: Own, setting: Setting) -> Replicated:
    (losses,) = row_losses(own.experiment, own.trained, (setting,))
    seeds = [seed for seed, _ in replicates(own.experiment)]
    return Replicated(losses, seeds, fixed=own.experiment.engine.engine == "exact")
