"""Spec → data → plan: all that can be known before training, without TensorFlow."""

from dataclasses import dataclass

from regctl.catalog import MODELS, resolve
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import prepare
from regctl.engine.choice import EngineChoice, choose_engine, fitting_choice, seeds_note
from regctl.engine.exact.plan import exact_plan
from regctl.engine.keras.plan import keras_plan
from regctl.engine.plan import Plan, Shape, make_plan, make_trials
from regctl.models.layers import Layer
from regctl.spec.resolved import with_values
from regctl.spec.schema import Spec
from regctl.spec.settings import (
    Axis,
    axis_settings,
    reference_setting,
    required_grid,
    smoke_spec,
    with_reference,
)
from regctl.spec.tasks import chosen_loss, outputs_of
from regctl.steps.grids import with_grid
from regctl.types import Folds, Loss, OpenData, Preparation, Setting, Trial


@dataclass(frozen=True)
class Experiment:
    """A command's whole undertaking.

    `spec` holds the data's hash; `settings` lie on the axis, or are the spec's own one. `prepared` is what each fold
    trains on, with a holdout the one entry None. `notes` say where the plan departs from what was asked.
    """

    spec: Spec
    axis: Axis | None
    smoke: bool
    data: OpenData
    preparation: Preparation
    prepared: Folds
    layers: tuple[Layer, ...]
    settings: tuple[Setting, ...]
    reference: Setting
    trials: tuple[Trial, ...]
    shape: Shape
    plan: Plan
    engine: EngineChoice
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The design's columns, the same in every fold."""
        return next(iter(self.prepared.values())).names

    @property
    def loss(self) -> Loss:
        """What a row's loss is."""
        return chosen_loss(self.spec.training.loss, len(self.data.target.classes))


PLANS = {"fused": make_plan, "exact": exact_plan, "keras": keras_plan}


def plan_experiment(spec: Spec, axis: Axis | None, smoke: bool, jobs: int | None = None) -> Experiment:
    """Reads and prepares the open rows, and plans the trials, of which `jobs` train beside each other.

    Raises:
        SpecError, DataError: the spec or the data does not allow it.
        MachineError: one trial does not fit the memory.
    """
    spec = smoke_spec(spec) if smoke else spec
    choice, asked = choose_engine(spec), spec.training.seeds
    if choice.engine == "exact":
        spec = with_values(spec, {"training.seeds": 1})
    if axis is not None:
        required_grid(spec)  # before the data are read, which may take long
    data = open_rows(spec)
    preparation, prepared = prepare(data, spec)
    spec = with_grid(spec, axis, prepared)
    settings, reference = axis_settings(spec, axis, smoke), reference_setting(spec)
    classes = len(data.target.classes)
    outputs = outputs_of(chosen_loss(spec.training.loss, classes), classes)
    layers = resolve(MODELS[spec.model.name])(spec.model, outputs, noise=spec.regularization.dropout_kind)
    trials = make_trials(with_reference(settings, reference), spec.training)
    shape = Shape(len(prepared.x_train), len(prepared.x_validation), len(prepared.names))
    choice = fitting_choice(choice, layers)
    return Experiment(
        spec=with_values(spec, {"dataset.sha256": data.split.data_hash}),
        axis=axis,
        smoke=smoke,
        data=data,
        preparation=preparation,
        prepared={None: prepared},
        layers=layers,
        settings=settings,
        reference=reference,
        trials=tuple(trials),
        shape=shape,
        plan=PLANS[choice.engine](layers, trials, shape, spec.training, jobs),
        engine=choice,
        notes=seeds_note(choice, asked),
    )
