"""Which settings a command trains: the axis's values, the spec's own setting, and the reference."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, TypeAlias

from regctl.errors import SpecError
from regctl.spec import grid
from regctl.spec.rates import by_layer
from regctl.spec.schema import Spec
from regctl.spec.validation import KFold
from regctl.types import Setting

Axis: TypeAlias = Literal["lambda", "degree", "dropout", "samples"]
By: TypeAlias = Literal["lambda", "degree", "dropout", "samples", "l1_ratio"]

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
    )


def l1_ratio(spec: Spec) -> float:
    """How much of λ is λ₁: 0 under `penalty: l2`, 1 under l1, `l1_ratio` under elastic."""
    regularization = spec.regularization
    return {"l2": 0.0, "l1": 1.0, "elastic": regularization.l1_ratio}[regularization.penalty]


def reference_setting(spec: Spec) -> Setting:
    """The same model without regularization: λ = 0, no dropout, no weight decay."""
    return replace(own_setting(spec), lambda_=0.0, dropout=0.0, rates=(), input_dropout=0.0, weight_decay=0.0)


def axis_settings(spec: Spec, axis: Axis | None, smoke: bool = False) -> tuple[Setting, ...]:
    """The settings along the axis, ascending; without an axis, the spec's own one. A smoke run keeps the two ends.

    Raises:
        SpecError: the spec has no grid for the axis.
    """
    own = own_setting(spec)
    if axis is None:
        return (own,)
    values = sorted(grid.values(required_grid(spec)))
    kept = dict.fromkeys((values[0], values[-1])) if smoke else values
    return tuple(replace(own, lambda_=value) for value in kept)


def required_grid(spec: Spec) -> grid.Grid:
    """The grid that a sweep over λ needs.

    Raises:
        SpecError: the spec has none.
    """
    if spec.sweep.lambda_ is None:
        raise SpecError(
            [
                "sweep.lambda: missing. Add a grid, as `sweep: {lambda: {log: [1.0e-6, 1.0], points: 25, zero: true}}`."
            ]
        )
    return spec.sweep.lambda_


def with_reference(settings: Iterable[Setting], reference: Setting) -> tuple[Setting, ...]:
    """The settings and, behind them unless among them, the reference."""
    return tuple(dict.fromkeys((*settings, reference)))


def smoke_spec(spec: Spec) -> Spec:
    """The spec with one seed, two epochs and, if it has folds, two of them."""
    training = spec.training.model_copy(update={"seeds": SMOKE_SEEDS, "epochs": SMOKE_EPOCHS})
    validation = "holdout" if spec.k_fold is None else KFold(folds=SMOKE_FOLDS)
    return spec.model_copy(update={"training": training, "validation": validation})
