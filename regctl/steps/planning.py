"""Spec → data → plan: all that can be known before training, without TensorFlow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from regctl.datasets.folds import PreparedData
from regctl.datasets.opening import open_rows
from regctl.engine.choice import EngineChoice, choose_engine, fitting_choice, seeds_note
from regctl.engine.exact.plan import exact_plan
from regctl.engine.keras.plan import keras_plan
from regctl.engine.plan import (
    Plan,
    Shape,
    amount,
    available_memory,
    epochs_of_share,
    make_plan,
    make_trials,
)
from regctl.errors import LimitError
from regctl.models.layers import Layer, weights_of
from regctl.models.named import layers_of
from regctl.spec.axes import Axes, required_grid
from regctl.spec.resolved import with_values
from regctl.spec.schema import Spec
from regctl.spec.settings import (
    axis_settings,
    own_setting,
    reference_setting,
    smoke_spec,
    with_reference,
)
from regctl.spec.tasks import chosen_loss, outputs_of
from regctl.steps.completing import completed
from regctl.steps.grids import with_grids
from regctl.steps.inputs import Inputs, by_key
from regctl.types import DataKey, Loss, OpenData, Preparation, Setting, TargetPreparation, Trial, data_key


@dataclass(frozen=True)
class Experiment:
    """A command's whole undertaking.

    `spec` holds the data's hash; `settings` lie on the axes, or are the spec's own one. `trials` are all there are;
    `plan` trains those of them that are not yet trained. `notes` say where the plan departs from what was asked.
    """

    spec: Spec
    axes: Axes
    smoke: bool
    data: OpenData
    inputs: Inputs
    layers: tuple[Layer, ...]
    settings: tuple[Setting, ...]
    reference: Setting
    trials: tuple[Trial, ...]
    plan: Plan
    engine: EngineChoice
    notes: tuple[str, ...] = ()
    jobs: int | None = None

    @property
    def folds(self) -> tuple[int | None, ...]:
        """The folds' numbers; with a holdout the one entry None."""
        return tuple(range(len(self.data.folds))) or (None,)

    @property
    def whole(self) -> PreparedData:
        """All training rows, prepared for the spec's own setting."""
        return self.inputs.of(DataKey(self.spec.model.degree))

    def prepared(self, trial: Trial) -> PreparedData:
        """What a trial trains on."""
        return self.inputs.of(trial.key)

    def columns(self, key: DataKey) -> int:
        """How many design columns trials of a key have."""
        return len(next(iter(self.inputs.of(key).folds.values())).names)

    def shipped(self, setting: Setting) -> PreparedData:
        """What the model of a setting that is shipped trains on: its first seed's rows."""
        return self.inputs.of(data_key(setting, self.spec.training.seed))

    def preparation(self, setting: Setting) -> Preparation:
        """That of the setting's model that is shipped."""
        return self.shipped(setting).shipped

    def scale(self, fold: int | None) -> TargetPreparation:
        """The target's scale that data losses are on: that of all training rows, of the fold or the holdout."""
        return self.whole.preparations[fold].target

    @property
    def loss(self) -> Loss:
        """What a row's loss is."""
        return chosen_loss(self.spec.training.loss, len(self.data.target.classes))


NOTHING = Plan((), 0, 0.0)
FLOAT64 = 8
PLANS = {"fused": make_plan, "exact": exact_plan, "keras": keras_plan}


def plan_experiment(spec: Spec, axes: Axes, smoke: bool, jobs: int | None = None) -> Experiment:
    """Reads and prepares the open rows, and plans the trials, of which `jobs` train beside each other.

    Raises:
        SpecError, DataError: the spec or the data does not allow it.
        LimitError: one trial, or what is kept of all of them, does not fit the memory.
    """
    spec = smoke_spec(spec) if smoke else spec
    choice, asked = choose_engine(spec), spec.training.seeds
    same = choice.engine == "exact" and "samples" not in axes  # shares of rows do depend on the seed
    if same:
        spec = with_values(spec, {"training.seeds": 1})
    for axis in axes:
        required_grid(spec, axis)  # before the data are read, which may take long
    data = open_rows(spec)
    spec = completed(spec, data)
    spec = with_grids(spec, axes, data)
    settings, reference = axis_settings(spec, axes, smoke), reference_setting(spec)
    inputs = Inputs(data, spec, padded=choice.engine != "exact")
    layers = _layers(spec, data, inputs)
    experiment = Experiment(
        spec=spec,
        axes=axes,
        smoke=smoke,
        data=data,
        inputs=inputs,
        layers=layers,
        settings=settings,
        reference=reference,
        trials=(),
        plan=NOTHING,
        engine=fitting_choice(choice, layers),
        notes=seeds_note(choice, asked) if same else (),
        jobs=jobs,
    )
    trials = make_trials(with_reference(settings, reference), spec.training, experiment.folds)
    _check_kept(experiment, len(trials))
    return with_trials(experiment, trials)


def kept_bytes(experiment: Experiment, trials: int) -> int:
    """Estimated memory of what is kept of trials until the end, whatever chunks they train in.

    Of each the loss of every validation row, twice (as it came, and when settings are compared), and both losses of
    every epoch, in float64; of each setting with a holdout the weights of one model.
    """
    spec, whole = experiment.spec, Shape.of(experiment.whole.folds)
    epochs = 0 if experiment.engine.engine == "exact" else spec.training.epochs
    each = 2 * FLOAT64 * (whole.validation_rows + epochs)
    weights = sum(weight.size for weight in weights_of(experiment.layers, whole.columns))
    shipped = 0 if spec.k_fold is not None else len(experiment.settings)
    return trials * each + shipped * FLOAT64 * weights


def _check_kept(experiment: Experiment, trials: int) -> None:
    needed, free = kept_bytes(experiment, trials), available_memory()
    if needed > free:
        raise LimitError(
            f"what is kept of {trials:,} trials needs about {amount(needed)}, and {amount(free)} are free.",
            "Give fewer values, seeds or folds, or validation fewer rows.",
        )


def variant(experiment: Experiment, spec: Spec) -> Experiment:
    """A spec's own setting and its reference on the rows of an experiment, with no trials yet.

    `spec` differs from the experiment's in model, regularization and training alone.

    Raises:
        SpecError: the model cannot be made.
    """
    layers = _layers(spec, experiment.data, experiment.inputs)
    return replace(
        experiment,
        spec=spec,
        layers=layers,
        settings=(own_setting(spec),),
        reference=reference_setting(spec),
        trials=(),
        plan=NOTHING,
        engine=fitting_choice(choose_engine(spec), layers),
    )


def _layers(spec: Spec, data: OpenData, inputs: Inputs) -> tuple[Layer, ...]:
    classes = len(data.target.classes)
    outputs = outputs_of(chosen_loss(spec.training.loss, classes), classes)
    columns = len(next(iter(inputs.of(DataKey(spec.model.degree)).folds.values())).names)
    return layers_of(spec.model, spec.regularization, columns, outputs, logits=classes > 0)


def with_trials(experiment: Experiment, trials: Sequence[Trial]) -> Experiment:
    """The experiment with these trials behind those that it has, and a plan that trains these alone.

    Raises:
        LimitError: one trial does not fit the memory.
    """
    return replace(experiment, trials=(*experiment.trials, *trials), plan=_plan(experiment, trials))


def planned_anew(experiment: Experiment, trials: Sequence[Trial]) -> Experiment:
    """The experiment with a plan that trains these of its trials."""
    return replace(experiment, plan=_plan(experiment, trials))


def _plan(experiment: Experiment, trials: Iterable[Trial]) -> Plan:
    """One plan for each set of rows that trials train on, one behind the other."""
    plans = [_plan_of(experiment, key, own) for key, own in by_key(trials).items()]
    return Plan(
        tuple(cohort for plan in plans for cohort in plan.cohorts),
        max((plan.steps for plan in plans), default=0),
        sum(plan.flops for plan in plans),
    )


def _plan_of(experiment: Experiment, key: DataKey, trials: Sequence[Trial]) -> Plan:
    training, shape = experiment.spec.training, Shape.of(experiment.inputs.of(key).folds)
    if key.samples < 1:
        whole = Shape.of(experiment.whole.folds).train_rows
        epochs = epochs_of_share(training, shape.train_rows, whole)
        training = training.model_copy(update={"epochs": epochs})
    plan = PLANS[experiment.engine.engine](experiment.layers, trials, shape, training, experiment.jobs)
    cohorts = (replace(cohort, key=key, epochs=training.epochs) for cohort in plan.cohorts)
    return replace(plan, cohorts=tuple(cohorts))
