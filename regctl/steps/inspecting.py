"""A spec's model under the textbook's tips for debugging dropout: its noise watched, then trained without any."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from regctl.analysis.convergence import check_convergence, constant_loss
from regctl.analysis.noise_checks import Check, check_noise
from regctl.engine.progress import ignore_progress
from regctl.errors import UsageError
from regctl.models.layers import Dropout, Layer, UserModel, active_layers
from regctl.spec.axes import Axes
from regctl.spec.resolved import with_values
from regctl.spec.schema import Spec
from regctl.spec.settings import own_setting
from regctl.steps.engines import Engines
from regctl.steps.planning import Experiment, plan_experiment, with_trials
from regctl.types import Float64, NoiseObservation, Prepared, Setting, Trial, TrialResult

USUAL_RATE = 0.5  # of hidden layers; 0.2 of an input (Srivastava et al. 2014, section A.4)
USUAL_INPUT_RATE = 0.2


@dataclass(frozen=True)
class Inspection:
    """What was seen. `losses` are the training data losses of a model without noise, float64 `[epochs]`.

    `constant` is that of the best constant prediction; `notes` say what was not as the spec has it.
    """

    experiment: Experiment
    observations: tuple[NoiseObservation, ...]
    checks: tuple[Check, ...]
    losses: Float64
    constant: float
    notes: tuple[str, ...]


def plan_inspection(spec: Spec) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment whose model is inspected, and what is not as the spec says. Where its rates are all 0, usual ones.

    Raises:
        SpecError, DataError, MachineError: it cannot be trained.
    """
    experiment = plan_experiment(spec, Axes(), smoke=False)
    if _has_noise(experiment.layers, own_setting(spec)):
        return experiment, ()
    key, rate = (
        ("dropout", USUAL_RATE) if spec.model.name != "linear" else ("input_dropout", USUAL_INPUT_RATE)
    )
    solver = {"training.solver": "auto"} if spec.training.solver == "exact" else {}
    spec = with_values(spec, {f"regularization.{key}": rate, **solver})
    note = f"every rate is 0 in the spec: inspected with regularization.{key} = {rate:g}; -S sets another."
    return plan_experiment(spec, Axes(), smoke=False), (note,)


def inspect_noise(experiment: Experiment, notes: Sequence[str] = ()) -> Inspection:
    """Watches the noise layers of the spec's own setting, and trains the reference, which has none.

    Raises:
        UsageError: the model has no noise layer.
        SpecError: a model of the user's own cannot be built.
        MachineError: memory is out.
    """
    trial = _reference_trial(experiment)
    data = experiment.whole.folds[trial.fold]
    observations, more = _observe(experiment, data, trial)
    if not observations:
        raise UsageError(
            f"{experiment.spec.name}: the model has no noise layer to inspect.",
            "Give it one, and a rate with regularization.dropout.",
        )
    losses = _train(experiment, trial).history.train_loss
    constant = constant_loss(
        experiment.loss, data.y_train.astype("float64"), len(experiment.data.target.classes)
    )
    checks = (*check_noise(observations), *check_convergence(losses, constant))
    return Inspection(experiment, tuple(observations), checks, losses, constant, (*notes, *more))


def _has_noise(layers: Sequence[Layer], setting: Setting) -> bool:
    """Whether some layer adds noise under a setting. A model of the user's own may, whatever the rates are."""
    return isinstance(layers[0], UserModel) or any(
        isinstance(layer, Dropout) for layer in active_layers(layers, setting)
    )


def _reference_trial(experiment: Experiment) -> Trial:
    return Trial(0, experiment.reference, experiment.spec.training.seed, experiment.folds[0])


def _observe(
    experiment: Experiment, data: Prepared, trial: Trial
) -> tuple[list[NoiseObservation], list[str]]:
    layers, setting = experiment.layers, own_setting(experiment.spec)
    replicate = (trial.seed, trial.fold)
    if experiment.engine.engine == "keras":
        from regctl.engine.keras.inspection import observe_keras

        return observe_keras(layers, setting, data, replicate)
    from regctl.engine.fused.inspection import observe_fused

    return observe_fused(layers, setting, experiment.spec.training, data, replicate), []


def _train(experiment: Experiment, trial: Trial) -> TrialResult:
    """The reference, trained by the engine that trains the spec's models."""
    alone = with_trials(replace(experiment, trials=()), [trial])
    engines = Engines(alone, lambda trial: False, ignore_progress)
    (batch,) = [batch for cohort in alone.plan.cohorts for batch in engines.train(cohort)]
    return batch[0]
