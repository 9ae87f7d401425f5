"""Engine results → records: data losses on the model's scale, metrics of what the model predicts."""

from regctl.analysis.losses import per_row, probabilities
from regctl.analysis.measures import metric_values
from regctl.datasets.scaling import unscale_target
from regctl.records.trial_record import TrialRecord, trial_record
from regctl.spec.tasks import chosen_metrics
from regctl.steps.planning import Experiment
from regctl.types import Float32, Float64, TrialResult


def score(experiment: Experiment, result: TrialResult) -> TrialRecord:
    """The record of one trained trial."""
    data, prepared = experiment.data, experiment.prepared[result.trial.fold]
    train = _measures(experiment, result.train_prediction, prepared.y_train, data.train.table.target)
    validation = _measures(
        experiment, result.validation_prediction, prepared.y_validation, data.validation.table.target
    )
    return trial_record(result, train[0], validation[0], train[1], validation[1])


def _measures(
    experiment: Experiment, prediction: Float32, scaled: Float32, target: Float64
) -> tuple[float, dict[str, float]]:
    loss = float(per_row(experiment.loss, prediction, scaled).mean())
    own = _predicted(experiment, prediction)
    spec = experiment.spec
    return loss, metric_values(own, target, chosen_metrics(spec.training.metrics, spec.task))


def _predicted(experiment: Experiment, prediction: Float32) -> Float64:
    """In the target's own unit `[n]`, or the classes' probabilities `[n, K]`."""
    if experiment.data.target.classes:
        return probabilities(experiment.loss, prediction)
    return unscale_target(experiment.preparation.target, prediction)
