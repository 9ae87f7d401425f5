"""Engine results → records: data losses on the model's scale, metrics of what the model predicts."""

from regctl.analysis.losses import per_row, probabilities
from regctl.analysis.measures import metric_values
from regctl.datasets.scaling import unscale_target
from regctl.records.trial_record import TrialRecord, trial_record
from regctl.spec.tasks import chosen_metrics
from regctl.steps.planning import Experiment
from regctl.types import Float32, Float64, TargetPreparation, TrialResult


def score(experiment: Experiment, result: TrialResult) -> TrialRecord:
    """The record of one trained trial."""
    fold = result.trial.fold
    prepared, scale = experiment.prepared[fold], experiment.inputs.preparations[fold].target
    fit, held_out = experiment.data.targets(fold)
    train = _measures(experiment, scale, result.train_prediction, prepared.y_train, fit)
    validation = _measures(experiment, scale, result.validation_prediction, prepared.y_validation, held_out)
    return trial_record(result, train[0], validation[0], train[1], validation[1])


def _measures(
    experiment: Experiment, scale: TargetPreparation, prediction: Float32, scaled: Float32, target: Float64
) -> tuple[float, dict[str, float]]:
    loss = float(per_row(experiment.loss, prediction, scaled).mean())
    own = _predicted(experiment, scale, prediction)
    spec = experiment.spec
    return loss, metric_values(own, target, chosen_metrics(spec.training.metrics, spec.task))


def _predicted(experiment: Experiment, scale: TargetPreparation, prediction: Float32) -> Float64:
    """In the target's own unit `[n]`, or the classes' probabilities `[n, K]`."""
    if scale.classes:
        return probabilities(experiment.loss, prediction)
    return unscale_target(scale, prediction)
