"""Spec → data → plan: all that can be known before training, without TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass

from regctl.datasets.folds import PreparedData, prepare_folds
from regctl.datasets.opening import open_rows
from regctl.engine.choice import EngineChoice, choose_engine, fitting_choice, seeds_note
from regctl.engine.exact.plan import exact_plan
from regctl.engine.keras.plan import keras_plan
from regctl.engine.plan import Plan, Shape, make_plan, make_trials
from regctl.models.layers import Layer
from regctl.models.named import layers_of
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

    `spec` holds the data's hash; `settings` lie on the axis, or are the spec's own one. `notes` say where the plan
    departs from what was asked.
    """

    spec: Spec
    axis: Axis | None
    smoke: bool
    data: OpenData
    inputs: PreparedData
    layers: tuple[Layer, ...]
    settings: tuple[Setting, ...]
    reference: Setting
    trials: tuple[Trial, ...]
    plan: Plan
    engine: EngineChoice
    notes: tuple[str, ...] = ()
    jobs: int | None = None

    @property
    def preparation(self) -> Preparation:
        """That of the model that is shipped."""
        return self.inputs.shipped

    @property
    def prepared(self) -> Folds:
        """What each fold trains on; with a holdout the one entry None."""
        return self.inputs.folds

    @property
    def shape(self) -> Shape:
        """The sizes that plans depend on."""
        return Shape.of(self.prepared)

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
    inputs = prepare_folds(data, spec)
    spec = with_grid(spec, axis, data)
    settings, reference = axis_settings(spec, axis, smoke), reference_setting(spec)
    classes = len(data.target.classes)
    outputs = outputs_of(chosen_loss(spec.training.loss, classes), classes)
    columns = len(next(iter(inputs.folds.values())).names)
    layers = layers_of(spec.model, spec.regularization, columns, outputs, logits=classes > 0)
    trials = make_trials(with_reference(settings, reference), spec.training, inputs.folds)
    choice = fitting_choice(choice, layers)
    return Experiment(
        spec=with_values(spec, {"dataset.sha256": data.split.data_hash}),
        axis=axis,
        smoke=smoke,
        data=data,
        inputs=inputs,
        layers=layers,
        settings=settings,
        reference=reference,
        trials=tuple(trials),
        plan=make_engine_plan(choice, layers, trials, inputs.folds, spec, jobs),
        engine=choice,
        notes=seeds_note(choice, asked),
        jobs=jobs,
    )


def make_engine_plan(
    choice: EngineChoice,
    layers: Sequence[Layer],
    trials: Sequence[Trial],
    folds: Folds,
    spec: Spec,
    jobs: int | None = None,
) -> Plan:
    """The plan of the engine that was chosen, for that many jobs beside each other.

    Raises:
        MachineError: one trial does not fit the memory.
    """
    return PLANS[choice.engine](layers, trials, Shape.of(folds), spec.training, jobs)
