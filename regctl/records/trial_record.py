"""One trial's numbers, as the journal and `results.csv` hold them."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from regctl.types import Failure, Setting, TrialResult

_RATE = re.compile(r"dropout_[1-9]\d*")


@dataclass(frozen=True)
class TrialRecord:
    """A finished trial. Losses are data losses of the kept weights; metrics are in the target's own unit.

    A diverged trial's losses, penalty and metrics are NaN where they have no meaning; all of a failed one's are, and
    `reason` says why it failed. `degrees_of_freedom`, of the kernel, the intercept not counted, is None where it is not
    known. `objective_gap` is the objective on the training rows less its minimum: how far gradient descent ended from
    the exact solution, None where there is no such.
    """

    id: int
    status: Literal["done", "diverged", "failed"]
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
    reason: str = ""


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


def failed_record(failure: Failure, metrics: Sequence[str]) -> TrialRecord:
    """The record of a trial that failed: none of its numbers, of which `metrics` are some, are known."""
    trial, unknown = failure.trial, dict.fromkeys(metrics, math.nan)
    return TrialRecord(
        id=trial.id,
        status="failed",
        seed=trial.seed,
        fold=trial.fold,
        setting=trial.setting,
        train_loss=math.nan,
        validation_loss=math.nan,
        penalty=math.nan,
        epochs=0,
        best_epoch=0,
        nonzero=0,
        train_metrics=unknown,
        validation_metrics=unknown,
        reason=failure.reason,
    )


HYPERPARAMETERS: Mapping[str, str] = {
    each.name: each.name.rstrip("_") for each in fields(Setting) if each.name != "rates"
}
"""A setting's fields → their names in files: `lambda_` is written `lambda`; `rates` are `dropout_1`, `dropout_2`, …"""


def setting_values(setting: Setting) -> dict[str, float | None]:
    """A setting as files hold it: value by hyperparameter.

    With a rate for each layer `dropout` is None, and behind the others stand `dropout_1`, `dropout_2`, …
    """
    values = {name: _number(name, getattr(setting, each)) for each, name in HYPERPARAMETERS.items()}
    if not setting.rates:
        return dict(values)
    rates = {f"dropout_{number}": rate for number, rate in enumerate(setting.rates, start=1)}
    return {**values, "dropout": None, **rates}


def names_of(settings: Sequence[Setting]) -> list[str]:
    """The hyperparameters that any of the settings has, by their names in files."""
    return list(dict.fromkeys(name for setting in settings for name in setting_values(setting)))


def is_hyperparameter(name: str) -> bool:
    """Whether a name in a file is that of a hyperparameter."""
    return name in HYPERPARAMETERS.values() or _RATE.fullmatch(name) is not None


def varying(settings: Sequence[Setting], besides: Collection[str]) -> list[str]:
    """The hyperparameters, by their names in files, in which the settings differ, less those of `besides`."""
    values = [setting_values(setting) for setting in settings]
    further = (name for name in names_of(settings) if name not in besides)
    return [name for name in further if len({each.get(name) for each in values}) > 1]


def setting_from(values: Mapping[str, float | None]) -> Setting:
    """The setting that `setting_values` wrote; rates by layer are read only where `dropout` is None.

    Raises:
        KeyError: a hyperparameter is missing.
        TypeError: one other than `dropout` is None.
    """
    found: dict[str, Any] = {
        each: _number(name, values[name]) for each, name in HYPERPARAMETERS.items() if name != "dropout"
    }
    dropout = values["dropout"]
    if dropout is not None:
        return Setting(**found, dropout=float(dropout))
    rates = {
        int(name.removeprefix("dropout_")): rate for name, rate in values.items() if _RATE.fullmatch(name)
    }
    given = tuple(float(rate) for _, rate in sorted(rates.items()) if rate is not None)
    if not given:
        raise KeyError("dropout_1")
    return Setting(**found, dropout=0.0, rates=given)


def _number(name: str, value: Any) -> float:
    return int(value) if name == "degree" else float(value)
