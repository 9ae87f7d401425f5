"""How far models are from the exact solution: gradient descent's, and the float32 model that is shipped."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from regctl.analysis import findings
from regctl.analysis.losses import per_row
from regctl.engine.plan import Shape
from regctl.errors import RegctlError
from regctl.records.log import Log
from regctl.spec.solvers import hindrances
from regctl.steps.inputs import by_key
from regctl.steps.planning import Experiment
from regctl.steps.scoring import score
from regctl.steps.training import Trained
from regctl.types import (
    CurvePoint,
    DataKey,
    Exact,
    Finding,
    Float32,
    Float64,
    Prepared,
    Setting,
    Trial,
    TrialResult,
)


def measure_gaps(experiment: Experiment, trained: Trained, log: Log) -> None:
    """Solves exactly what gradient descent was asked to train, and gives every record its distance.

    Nothing is done where there is no exact solution to compare with. Where it cannot be had (memory, convergence), the
    log says so and records stay without a distance: what was trained is not lost to a comparison.
    """
    if experiment.engine.engine == "exact" or hindrances(experiment.spec):
        return
    try:
        trained.exact.update(_solutions(experiment))
    except RegctlError as error:
        log.line(f"no distance from the exact solution: {error}")
        return
    for record in trained.in_order():
        if (
            record.status == "done" and record.setting.samples == 1
        ):  # a share's loss is on another scale than J
            gap = (
                record.train_loss
                + record.penalty
                - trained.exact[record.setting, record.seed, record.fold].objective
            )
            trained.records[record.id] = replace(record, objective_gap=gap)


def exactness_findings(
    experiment: Experiment, trained: Trained, points: tuple[CurvePoint, ...], selected: Setting | None
) -> tuple[Finding | None, ...]:
    """Where gradient descent, or rounding the shipped model to float32, makes a difference; points by setting."""
    by_setting = dict(zip(experiment.settings, points, strict=True))
    far = [
        (point, *_mean_distance(experiment, trained, setting))
        for setting, point in by_setting.items()
        if trained.exact and np.isfinite(point.validation_loss)
    ]
    if selected is None or experiment.engine.engine != "exact" or experiment.spec.k_fold is not None:
        return (findings.far_from_exact(far),)  # under k-fold the shipped model is yet to be found
    rounding = rounding_error(experiment.shipped(selected).folds[None], trained.weights[selected])
    return findings.far_from_exact(far), findings.rounded(rounding, by_setting[selected].validation_se)


def rounding_error(data: Prepared, weights: tuple[Float32 | Float64, ...]) -> float:
    """What the shipped model's dtype, which is the design's, changes in the validation loss of an exact solution.

    Kernel `[d, 1]` and bias `[1]`.
    """
    exact, rounded = (
        (data.x_validation.astype(kind) @ weights[0].astype(kind) + weights[1].astype(kind))[:, 0]
        for kind in (np.float64, data.x_validation.dtype)
    )
    return _mean_loss(rounded, data.y_validation) - _mean_loss(exact, data.y_validation)


def _solutions(experiment: Experiment) -> dict[tuple[Setting, int, int | None], Exact]:
    found = {}
    for key, trials in by_key(experiment.trials).items():
        for result in _solved(experiment, key, trials):
            found[result.trial.setting, result.trial.seed, result.trial.fold] = _exact(experiment, result)
    return found


def _solved(experiment: Experiment, key: DataKey, trials: Sequence[Trial]) -> Iterator[TrialResult]:
    from regctl.engine.exact.engine import ExactEngine
    from regctl.engine.exact.plan import exact_plan

    folds, training = experiment.inputs.of(key).folds, experiment.spec.training
    (cohort,) = exact_plan(experiment.layers, trials, Shape.of(folds), training).cohorts
    for batch in ExactEngine(keep_weights=lambda trial: False).train(cohort, folds):
        yield from batch


def _exact(experiment: Experiment, result: TrialResult) -> Exact:
    record = score(experiment, result).record
    return Exact(record.train_loss + record.penalty, record.validation_loss)


def _mean_loss(prediction: Float32 | Float64, truth: Float32) -> float:
    return float(per_row("mean_squared_error", prediction, truth).mean())


def _mean_distance(experiment: Experiment, trained: Trained, setting: Setting) -> tuple[float, float]:
    """Objective and validation loss, less those of the exact solution; means over replicates."""
    records = [trained.records[trial.id] for trial in experiment.trials if trial.setting == setting]
    effects = [
        record.validation_loss - trained.exact[setting, record.seed, record.fold].validation_loss
        for record in records
    ]
    gaps = [record.objective_gap for record in records if record.objective_gap is not None]
    return float(np.mean(gaps)) if gaps else 0.0, float(np.mean(effects))
