"""Engine results → records: data losses on the model's scale, metrics in the target's own unit."""

from regctl.analysis.metrics import regression_metrics, squared_errors
from regctl.datasets.scaling import unscale_target
from regctl.records.trial_record import TrialRecord, trial_record
from regctl.steps.planning import Experiment
from regctl.types import Float32, Float64, TargetPreparation, TrialResult


def score(experiment: Experiment, result: TrialResult) -> TrialRecord:
    """The record of one trained trial."""
    fold = result.trial.fold
    prepared, scale = experiment.prepared[fold], experiment.inputs.preparations[fold].target
    fit, held_out = experiment.data.targets(fold)
    train = _measures(scale, result.train_prediction, prepared.y_train, fit)
    validation = _measures(scale, result.validation_prediction, prepared.y_validation, held_out)
    return trial_record(result, train[0], validation[0], train[1], validation[1])


def _measures(
    scale: TargetPreparation, prediction: Float32, scaled: Float32, target: Float64
) -> tuple[float, dict[str, float]]:
    loss = float(squared_errors(prediction, scaled).mean())
    own = unscale_target(scale, prediction)
    return loss, regression_metrics(own, target)
