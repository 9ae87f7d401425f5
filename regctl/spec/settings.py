"""Which settings a command trains: the axes' values, the spec's own setting, and the reference."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

from regctl.errors import SpecError
from regctl.spec.axes import Axes, axis_values, with_axis
from regctl.spec.rates import by_layer
from regctl.spec.schema import MAX_TRIALS, Spec
from regctl.spec.validation import KFold
from regctl.types import Setting

SMOKE_EPOCHS, SMOKE_SEEDS, SMOKE_FOLDS = 2, 1, 2


def own_setting(spec: Spec) -> Setting:
    """What the spec's regularization and training sections say."""
    regularization = spec.regularization
    dropout, rates = by_layer(regularization.dropout, spec.model.dropout_layers(regularization.dropout_kind))
    return Setting(
        lambda_=regularization.lambda_,
        dropout=dropout,
        rates=rates,
        input_dropout=regularization.input_dropout,
        learning_rate=spec.training.learning_rate,
        weight_decay=regularization.weight_decay,
        l1_ratio=l1_ratio(spec),
        degree=spec.model.degree,
    )


def l1_ratio(spec: Spec) -> float:
    """How much of λ is λ₁: 0 under `penalty: l2`, 1 under l1, `l1_ratio` under elastic."""
    regularization = spec.regularization
    return {"l2": 0.0, "l1": 1.0, "elastic": regularization.l1_ratio}[regularization.penalty]


def reference_setting(spec: Spec) -> Setting:
    """The same model without regularization: λ = 0, no dropout, no weight decay."""
    return replace(own_setting(spec), lambda_=0.0, dropout=0.0, rates=(), input_dropout=0.0, weight_decay=0.0)


def axis_settings(spec: Spec, axes: Axes, smoke: bool = False) -> tuple[Setting, ...]:
    """The settings along the axes, ascending, the second axis fastest; without one, the spec's own setting.

    A smoke run keeps the two ends of each axis.

    Raises:
        SpecError: the spec has no grid for an axis.
    """
    names = tuple(axes)
    grids = [axis_values(spec, axis, ends=smoke) for axis in names]
    _check_count(spec, names, [len(values) for values in grids])
    return tuple(settings_at(own_setting(spec), names, places) for places in product(*grids))


def _check_count(spec: Spec, axes: Sequence[str], sizes: Sequence[int]) -> None:
    replicates = spec.training.seeds * (1 if spec.k_fold is None else spec.k_fold.total)
    if prod(sizes) * replicates > MAX_TRIALS:
        crossed = " × ".join(f"{size} values of {axis}" for axis, size in zip(axes, sizes, strict=True))
        raise SpecError(
            [
                f"sweep.{axes[0]}: a sweep has at most {MAX_TRIALS} trials. "
                f"Received: {crossed} × {replicates} replicates = {prod(sizes) * replicates}."
            ]
        )


def settings_at(setting: Setting, axes: Iterable[str], values: Iterable[float]) -> Setting:
    """The setting moved to a value on each of some axes."""
    for axis, value in zip(axes, values, strict=True):
        setting = with_axis(setting, axis, value)
    return setting


def frozen_values(spec: Spec, setting: Setting) -> dict[str, Any]:
    """By dotted key, what a spec must say for the setting to be its own one."""
    values: dict[str, Any] = {"regularization.lambda": setting.lambda_}
    own = own_setting(spec)
    if (setting.dropout, setting.rates) != (own.dropout, own.rates):
        values["regularization.dropout"] = list(setting.rates) or setting.dropout
    if spec.model.name == "polynomial":
        values["model.degree"] = setting.degree
    if spec.regularization.penalty == "elastic" and 0 < setting.l1_ratio < 1:
        values["regularization.l1_ratio"] = setting.l1_ratio
    elif spec.regularization.penalty == "elastic":
        values["regularization.penalty"] = "l1" if setting.l1_ratio else "l2"
    return values


def with_reference(settings: Iterable[Setting], reference: Setting) -> tuple[Setting, ...]:
    """The settings and, behind them unless among them, the reference."""
    return tuple(dict.fromkeys((*settings, reference)))


def smoke_spec(spec: Spec) -> Spec:
    """The spec with one seed, two epochs and, if it has folds, two of them."""
    training = spec.training.model_copy(update={"seeds": SMOKE_SEEDS, "epochs": SMOKE_EPOCHS})
    validation = "holdout" if spec.k_fold is None else KFold(folds=SMOKE_FOLDS)
    return spec.model_copy(update={"training": training, "validation": validation})
