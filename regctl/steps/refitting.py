"""k-fold: the models that are shipped, trained on all train and validation rows once the setting is selected."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import median

from regctl.analysis import findings
from regctl.datasets.folds import refit_data
from regctl.engine.plan import make_trials
from regctl.records.selection_record import Refit
from regctl.spec.settings import with_reference
from regctl.steps.choosing import Choice
from regctl.steps.engines import Engines
from regctl.steps.exactness import rounding_error
from regctl.steps.planning import Experiment, with_trials
from regctl.steps.scoring import score
from regctl.steps.training import Trained, own_weights
from regctl.types import EpochEnd, Finding, Float32, Float64, Setting, TrialResult


def refit(
    experiment: Experiment, trained: Trained, choice: Choice, on_epoch: Callable[[EpochEnd], None]
) -> Choice:
    """The choice with its refits: of the selected setting and of the reference, with the first seed.

    Their weights go into `trained`. With a holdout nothing is refitted: the first seed's trials are shipped.
    """
    record = choice.record
    if experiment.spec.k_fold is None or record.selected is None:
        return choice
    shipped = tuple(dict.fromkeys((record.selected, record.reference)))
    # Exact solutions cost next to nothing: coefficients.csv then has every setting's.
    every = experiment.engine.engine == "exact"
    settings = with_reference(experiment.settings, experiment.reference) if every else shipped
    by_epochs: dict[int, list[Setting]] = {}
    for setting in settings:
        by_epochs.setdefault(epochs_of(experiment, trained, setting), []).append(setting)
    found = [
        refitted
        for epochs, group in by_epochs.items()
        for refitted in _refitted(experiment, trained, group, epochs, on_epoch)
    ]
    refits = [each for each in found if each.setting in shipped]
    failed = [each.setting for each in refits if each.status == "diverged"]
    new = [findings.refit_diverged(failed, selected=record.selected in failed)]
    if every and record.selected in trained.weights:
        new.append(_rounded(experiment, trained.weights[record.selected], choice, record.selected))
    kept = findings.kept([*record.findings, *new], experiment.spec.findings.ignore)
    return replace(choice, record=replace(record, refits=tuple(refits), findings=kept))


def epochs_of(experiment: Experiment, trained: Trained, setting: Setting) -> int:
    """The epochs a setting is refitted for: under early stopping, its median best epoch over folds and seeds."""
    training = experiment.spec.training
    best = [
        each.best_epoch for each in trained.in_order() if each.setting == setting and each.status == "done"
    ]
    if training.early_stopping is None or not best:
        return training.epochs
    return max(1, int(median(best) + 0.5))


def _refitted(
    experiment: Experiment,
    trained: Trained,
    settings: Sequence[Setting],
    epochs: int,
    on_epoch: Callable[[EpochEnd], None],
) -> Iterator[Refit]:
    own = _on_all_rows(experiment, settings, epochs)
    engines = Engines(own, lambda trial: True, on_epoch)
    for cohort in own.plan.cohorts:
        for batch in engines.train(cohort):
            for result in batch:
                if result.status == "done" and result.weights is not None:
                    trained.weights[result.trial.setting] = own_weights(own, result)
                yield _record(own, result)


def _rounded(
    experiment: Experiment, weights: tuple[Float32 | Float64, ...], choice: Choice, selected: Setting
) -> Finding | None:
    """What rounding the exact refit to float32 does, measured on the rows that it was fitted to."""
    data = _on_all_rows(experiment, [selected], 1).shipped(selected).folds[None]
    point = choice.points[experiment.settings.index(selected)]
    return findings.rounded(rounding_error(data, weights), point.validation_se, "training")


def _on_all_rows(experiment: Experiment, settings: Sequence[Setting], epochs: int) -> Experiment:
    changes = {"epochs": epochs, "early_stopping": None, "seeds": 1}
    training = experiment.spec.training.model_copy(update=changes)
    spec = experiment.spec.model_copy(update={"training": training, "validation": "holdout"})
    data = refit_data(experiment.data)
    whole = replace(
        experiment, spec=spec, data=data, inputs=experiment.inputs.of_other(data, spec), trials=()
    )
    return with_trials(whole, make_trials(settings, training))


def _record(experiment: Experiment, result: TrialResult) -> Refit:
    scored = score(experiment, result).record
    return Refit(
        setting=scored.setting,
        seed=scored.seed,
        rows=len(experiment.data.train.table),
        epochs=result.epochs,
        status=result.status,
        train_loss=scored.train_loss,
        train_metrics=scored.train_metrics,
    )
