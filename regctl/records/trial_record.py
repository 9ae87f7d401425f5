"""One trial's numbers, as the journal and `results.csv` hold them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from regctl.types import Setting, TrialResult


@dataclass(frozen=True)
class TrialRecord:
    """A finished trial. Losses are data losses of the kept weights; metrics are in the target's own unit.

    A diverged trial's losses, penalty and metrics are NaN where they have no meaning. `degrees_of_freedom`, of the
    kernel, the intercept not counted, is None where it is not known. `objective_gap` is the objective on the training
    rows less its minimum: how far gradient descent ended from the exact solution, None where there is no such.
    """

    id: int
    status: Literal["done", "diverged"]
    seed: int
    fold: int | None
    setting: Setting
    train_loss: float
    validation_loss: float
    penalty: float
    epochs: int
    best_epoch: int
    nonzero: int
    train_metrics: Mapping[str, float] = field(default_factory=dict)
    validation_metrics: Mapping[str, float] = field(default_factory=dict)
    degrees_of_freedom: float | None = None
    objective_gap: float | None = None


def trial_record(
    result: TrialResult,
    train_loss: float,
    validation_loss: float,
    train_metrics: Mapping[str, float],
    validation_metrics: Mapping[str, float],
) -> TrialRecord:
    """The record of an engine's result; the losses and metrics were computed from its predictions."""
    trial = result.trial
    return TrialRecord(
        id=trial.id,
        status=result.status,
        seed=trial.seed,
        fold=trial.fold,
        setting=trial.setting,
        train_loss=train_loss,
        validation_loss=validation_loss,
        penalty=result.penalty,
        epochs=result.epochs,
        best_epoch=result.best_epoch,
        nonzero=result.nonzero,
        train_metrics=dict(train_metrics),
        validation_metrics=dict(validation_metrics),
        degrees_of_freedom=result.degrees_of_freedom,
    )


HYPERPARAMETERS: Mapping[str, str] = {
    each.name: each.name.rstrip("_") for each in fields(Setting) if each.name != "rates"
}
"""A setting's fields → their names in files: `lambda_` is written `lambda`."""


def setting_values(setting: Setting) -> dict[str, float]:
    """A setting as files hold it: value by hyperparameter."""
    return {name: float(getattr(setting, field_name)) for field_name, name in HYPERPARAMETERS.items()}


def varying(settings: Sequence[Setting], besides: Collection[str]) -> list[str]:
    """The hyperparameters, by their names in files, in which the settings differ, less those of `besides`."""
    values = [setting_values(setting) for setting in settings]
    return [name for name in values[0] if name not in besides and len({each[name] for each in values}) > 1]


def setting_from(values: Mapping[str, float]) -> Setting:
    """The setting that `setting_values` wrote.

    Raises:
        KeyError: a hyperparameter is missing.
    """
    return Setting(**{field_name: float(values[name]) for field_name, name in HYPERPARAMETERS.items()})
