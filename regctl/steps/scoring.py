"""Engine results → records: data losses on the model's scale, metrics of what the model predicts."""

from dataclasses import dataclass

from regctl.analysis.confusion import confusion_matrix
from regctl.analysis.losses import per_row, probabilities
from regctl.analysis.measures import metric_values
from regctl.datasets.scaling import rescaled, scale_target, unscale_target
from regctl.records.trial_record import TrialRecord, trial_record
from regctl.spec.tasks import chosen_metrics
from regctl.steps.planning import Experiment
from regctl.types import Float32, Float64, Int64, TargetPreparation, TrialResult

MOST_CONFUSED = 50  # classes: beyond that nobody reads a confusion matrix


@dataclass(frozen=True)
class Scored:
    """A trial's record, and its data loss on each validation row, float64 `[n_validation]`.

    `confusion` counts the validation rows by class and predicted class; None of a regression or of very many classes.
    """

    record: TrialRecord
    validation_rows: Float64
    confusion: Int64 | None = None


def score(experiment: Experiment, result: TrialResult) -> Scored:
    """What one trained trial comes to.

    Losses are on the target's scale in all training rows, so that shares of them can be compared: of a trial that saw
    a share, predictions are moved from its own scale to that one.
    """
    trial = result.trial
    own = experiment.prepared(trial).preparations[trial.fold].target
    common = experiment.scale(trial.fold)
    fit, held_out = experiment.inputs.rows(trial.key).targets(trial.fold)
    train = _rows(experiment, own, common, result.train_prediction, fit)
    validation = _rows(experiment, own, common, result.validation_prediction, held_out)
    metrics = [
        _metrics(experiment, own, prediction, target)
        for prediction, target in ((result.train_prediction, fit), (result.validation_prediction, held_out))
    ]
    record = trial_record(result, float(train.mean()), float(validation.mean()), *metrics)
    return Scored(record, validation, _confusion(experiment, own, result, held_out))


def _confusion(
    experiment: Experiment, scale: TargetPreparation, result: TrialResult, target: Float64
) -> Int64 | None:
    if not 0 < len(scale.classes) <= MOST_CONFUSED or result.status != "done":
        return None
    return confusion_matrix(_predicted(experiment, scale, result.validation_prediction), target)


def _rows(
    experiment: Experiment,
    own: TargetPreparation,
    common: TargetPreparation,
    prediction: Float32,
    target: Float64,
) -> Float64:
    return per_row(experiment.loss, rescaled(prediction, own, common), scale_target(common, target))


def _metrics(
    experiment: Experiment, scale: TargetPreparation, prediction: Float32, target: Float64
) -> dict[str, float]:
    spec = experiment.spec
    predicted = _predicted(experiment, scale, prediction)
    return metric_values(predicted, target, chosen_metrics(spec.training.metrics, spec.task))


def _predicted(experiment: Experiment, scale: TargetPreparation, prediction: Float32) -> Float64:
    """In the target's own unit `[n]`, or the classes' probabilities `[n, K]`."""
    if scale.classes:
        return probabilities(experiment.loss, prediction)
    return unscale_target(scale, prediction)
