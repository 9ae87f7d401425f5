"""k-fold: the models that are shipped, trained on all train and validation rows once the setting is selected."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from regctl.analysis import findings
from regctl.datasets.folds import refit_data
from regctl.engine.checkpoints import Checkpoints
from regctl.engine.plan import make_trials
from regctl.records.selection_record import Refit
from regctl.records.trial_record import TrialRecord
from regctl.spec.settings import with_reference
from regctl.steps.choosing import Choice
from regctl.steps.exactness import rounding_error
from regctl.steps.planning import Experiment, with_trials
from regctl.steps.resuming import Saved
from regctl.steps.training import Trained
from regctl.types import EpochEnd, Finding, Float32, Float64, Setting

FOLDER = "refits"


def refit(
    experiment: Experiment,
    trained: Trained,
    choice: Choice,
    on_epoch: Callable[[EpochEnd], None],
    run: Path,
    checkpoints: Checkpoints,
) -> Choice:
    """The choice with its refits: of the selected setting and of the reference, with the first seed.

    Their weights go into `trained`. With a holdout nothing is refitted: the first seed's trials are shipped. Each refit
    is kept in the run's folder `refits/EPOCHS/` as trials are in the run's own, and is not trained again there.
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
        for refitted in _refitted(
            _on_all_rows(experiment, group, epochs),
            trained,
            Saved(run / FOLDER / str(epochs)),
            checkpoints,
            on_epoch,
        )
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
    whole: Experiment,
    trained: Trained,
    saved: Saved,
    checkpoints: Checkpoints,
    on_epoch: Callable[[EpochEnd], None],
) -> list[Refit]:
    found = Trained()
    saved.train(whole, found, checkpoints, on_epoch)
    trained.weights |= found.weights
    return [_record(whole, record) for record in found.in_order()]


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


def _record(whole: Experiment, record: TrialRecord) -> Refit:
    return Refit(
        setting=record.setting,
        seed=record.seed,
        rows=len(whole.data.train.table),
        epochs=record.epochs,
        status="diverged" if record.status == "diverged" else "done",
        train_loss=record.train_loss,
        train_metrics=record.train_metrics,
    )
