"""A setting chosen by hand: a copy of a sweep's run whose selected setting it is, with its model trained again."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from regctl.analysis import findings
from regctl.engine.checkpoints import Checkpoints
from regctl.errors import DataError, MachineError, UsageError
from regctl.records.manifest import Manifest, read_manifest
from regctl.records.run_folder import RunFolder
from regctl.records.selection_record import SelectionRecord, read_selection, write_selection
from regctl.records.split_record import read_split
from regctl.records.tables import RESULTS, read_curve, read_history, read_results
from regctl.records.trial_record import TrialRecord, setting_values
from regctl.records.validation_rows import FILE as VALIDATION_ROWS
from regctl.records.validation_rows import read_validation_rows
from regctl.spec.axes import Axes, axis_value
from regctl.spec.loading import LoadedSpec, load_spec
from regctl.spec.settings import own_setting
from regctl.steps.choosing import Choice
from regctl.steps.confusion import save_confusion
from regctl.steps.diagnosing import diagnose
from regctl.steps.engines import Engines
from regctl.steps.planning import Experiment, plan_experiment, with_trials
from regctl.steps.refitting import refit
from regctl.steps.saving import save_models
from regctl.steps.scoring import score
from regctl.steps.training import Trained, own_weights
from regctl.types import CurvePoint, EpochEnd, Finding, History, Selection, Setting, Trial

NEAR = 0.005  # relative: a report shows three digits of a λ
# Written anew, or of what was selected before.
_LEFT = {
    "manifest.json",
    "selection.json",
    "test.json",
    "model.keras",
    "reference.keras",
    "best.yaml",
    "log.txt",
}
_LEFT |= {"report.md", "report.json", "report.html", "plots", "confusion.csv", "spec.yaml", "inputs.json"}
# Findings about the setting that was selected before.
_OF_THE_SELECTED = {
    "REG203",
    "REG204",
    "REG205",
    "REG403",
    "REG603",
    "REG604",
    "REG605",
    "REG701",
    "REG702",
    "REG703",
}


@dataclass(frozen=True)
class HandChoice:
    """What is to be done: `experiment` has the run's trials, `trained` their records, `setting` is the one chosen."""

    run: Path
    loaded: LoadedSpec
    experiment: Experiment
    trained: Trained
    points: tuple[CurvePoint, ...]
    setting: Setting
    before: SelectionRecord


def plan_choice(run: Path, values: Mapping[str, float]) -> HandChoice:
    """Finds the setting among a completed sweep's, and makes its data ready again.

    Raises:
        UsageError: the run is no completed sweep, or has no such setting, or the setting lost a replicate.
        DataError: the data are not what the run was trained on.
    """
    manifest = read_manifest(run)
    axes = _axes(run, manifest)
    loaded = load_spec(run / "spec.yaml")
    curve = read_curve(run, manifest.axis or "", manifest.by)
    experiment = plan_experiment(loaded.spec, axes, smoke=False)
    if experiment.data.split != read_split(run).split:
        message = f"{run}: the data or their split are not what the run was trained on."
        raise DataError(message, "Put the data back, or sweep again.")
    places = {(point.value, point.other): point for point in curve}
    points = tuple(places[_place(setting, axes)] for setting in experiment.settings)
    setting = _found(run, experiment, points, values)
    trained = Trained(
        records={each.id: each for each in read_results(run, setting_values(own_setting(loaded.spec)))}
    )
    return HandChoice(run, loaded, experiment, trained, points, setting, read_selection(run))


def _axes(run: Path, manifest: Manifest) -> Axes:
    if (
        manifest.smoke
        or manifest.status != "completed"
        or manifest.axis is None
        or not (run / RESULTS).is_file()
    ):
        raise UsageError(
            f"--choose: {run} is not a completed sweep.", "Choose from one: regctl sweep lambda SPEC."
        )
    return Axes(manifest.axis, manifest.by)  # type: ignore[arg-type]  # as `conducted` wrote them


def _place(setting: Setting, axes: Axes) -> tuple[float, float | None]:
    own, by = axes.own or "lambda", axes.by
    return axis_value(setting, own), None if by is None else axis_value(setting, by)


def _found(
    run: Path, experiment: Experiment, points: tuple[CurvePoint, ...], values: Mapping[str, float]
) -> Setting:
    """The setting nearest to the values, a value for each axis; of shares of the rows, all rows are taken."""
    wanted = {axis: values.get(axis) for axis in experiment.axes}
    if "samples" in wanted and wanted["samples"] is None:
        wanted["samples"] = 1.0
    missing = [axis for axis, value in wanted.items() if value is None]
    foreign = [name for name in values if name not in wanted]
    if missing or foreign or wanted.get("samples", 1.0) != 1.0:
        expected = " ".join(f"--choose {axis}=VALUE" for axis in experiment.axes if axis != "samples")
        received = " ".join(f"{name}={value:g}" for name, value in values.items())
        raise UsageError(f"--choose: expected a setting of all rows: {expected}. Received: {received}.")
    for axis, value in wanted.items():
        wanted[axis] = _nearest(run, experiment, axis, float(value or 0.0))
    pairs = zip(experiment.settings, points, strict=True)
    setting, point = next(
        pair for pair in pairs if all(axis_value(pair[0], axis) == value for axis, value in wanted.items())
    )
    if not np.isfinite(point.validation_loss):
        raise UsageError(
            "--choose: a trial of that setting diverged or failed, so that it has no loss.",
            "Choose another one.",
        )
    return setting


def _nearest(run: Path, experiment: Experiment, axis: str, value: float) -> float:
    grid = sorted({axis_value(setting, axis) for setting in experiment.settings})
    near = sorted(grid, key=lambda each: abs(each - value))[:3]
    if not near or abs(near[0] - value) > NEAR * abs(value):
        named = ", ".join(f"{each:g}" for each in sorted(near))
        raise UsageError(f"--choose: {run.name} has no {axis}={value:g}.", f"The nearest it has are {named}.")
    return near[0]


def train_choice(
    hand: HandChoice, run: Path, checkpoints: Checkpoints, on_epoch: Callable[[EpochEnd], None]
) -> Choice:
    """Trains what is shipped of the chosen setting and of the reference, and judges the former; fills `hand.trained`.

    With a holdout these are the first seed's trials, whose losses must be those that the run recorded, bit for bit.

    Raises:
        MachineError: they are not.
    """
    selection = _selection(hand)
    _read_losses(hand)
    record = replace(hand.before, selected=hand.setting, refits=(), chosen_from=hand.run.name)
    kept: list[Finding | None] = [each for each in record.findings if each.code not in _OF_THE_SELECTED]
    diagnosis = diagnose(hand.experiment, hand.trained, hand.points, selection, hand.setting)
    found = findings.kept([*kept, *diagnosis.findings], hand.experiment.spec.findings.ignore)
    choice = Choice(hand.points, replace(record, findings=found, fit=diagnosis.fit))
    if hand.experiment.spec.k_fold is not None:
        return refit(hand.experiment, hand.trained, choice, on_epoch, run, checkpoints)
    _train_again(hand, on_epoch)
    return choice


def _selection(hand: HandChoice) -> Selection:
    places = dict(zip(hand.experiment.settings, hand.points, strict=True))
    chosen, minimum, other = (
        None if each is None else places.get(each)
        for each in (hand.setting, hand.before.minimum, hand.before.one_standard_error)
    )
    assert chosen is not None
    return Selection(minimum or chosen, other, chosen)


def _train_again(hand: HandChoice, on_epoch: Callable[[EpochEnd], None]) -> None:
    own = with_trials(replace(hand.experiment, trials=()), _first_trials(hand))
    engines = Engines(own, lambda trial: True, on_epoch)
    for cohort in own.plan.cohorts:
        for batch in engines.train(cohort):
            for result in batch:
                scored = score(own, result)
                _check_bits(scored.record, hand.trained.records[scored.record.id])
                if result.weights is not None and result.status == "done":
                    hand.trained.weights[result.trial.setting] = own_weights(own, result)
                if scored.confusion is not None:
                    hand.trained.confusions[result.trial.id] = scored.confusion


def _first_trials(hand: HandChoice) -> list[Trial]:
    """Of the setting and the reference, the first seed's; a reference that diverged is left."""
    first, records = hand.experiment.spec.training.seed, hand.trained.records
    wanted = (hand.setting, hand.experiment.reference)
    return [
        Trial(each.id, each.setting, each.seed, each.fold)
        for each in records.values()
        if each.setting in wanted and each.seed == first and each.status == "done"
    ]


def _check_bits(again: TrialRecord, recorded: TrialRecord) -> None:
    if again.validation_loss == recorded.validation_loss:
        return
    message = (
        f"--choose: trained again, trial {recorded.id} has validation loss {again.validation_loss!r}, and the run "
        f"recorded {recorded.validation_loss!r}."
    )
    raise MachineError(message, "Choose on the machine, with the versions, that the run was trained with.")


def _read_losses(hand: HandChoice) -> None:
    """What the run kept of its trials: losses by row of a holdout, and by epoch."""
    trials = {(each.setting, each.seed, each.fold): each for each in hand.trained.records.values()}
    if hand.experiment.spec.k_fold is None and (hand.run / VALIDATION_ROWS).is_file():
        rows = read_validation_rows(hand.run)
        for setting, losses in zip(rows.settings, rows.loss, strict=True):
            for seed, own in zip(rows.seeds.tolist(), losses, strict=True):
                hand.trained.validation_rows[trials[setting, seed, None].id] = own.astype(np.float64)
    wanted = {hand.setting, hand.experiment.reference}
    ids = [each.id for each in hand.trained.records.values() if each.setting in wanted]
    table = read_history(hand.run)
    for id_ in ids:
        part = table.filter(table["trial"] == id_)
        columns = (
            part[name].fill_null(float("nan")).to_numpy() for name in ("train_loss", "validation_loss")
        )
        hand.trained.histories[id_] = History(*columns)


def save_choice(folder: RunFolder, hand: HandChoice, choice: Choice) -> None:
    """The run's files but those of what was selected before, and those of the choice."""
    for path in sorted(hand.run.iterdir()):
        if path.name not in _LEFT and not path.name.startswith(".") and path.is_file():
            shutil.copyfile(path, folder.path / path.name)
    write_selection(folder.path, choice.record)
    save_confusion(folder, hand.experiment, hand.trained, choice)
    save_models(folder, hand.experiment, hand.trained, choice)
