"""The order of the steps, and nothing else: spec → data → plan → training → choice → files → report.

The one place that opens the test set: `open_test`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regctl import catalog
from regctl.datasets.seal import open_test_rows
from regctl.errors import UsageError
from regctl.records import ledger
from regctl.records.kept import read_kept
from regctl.records.manifest import read_manifest
from regctl.records.opened_test import read_test, write_test
from regctl.records.run_folder import claim_folder
from regctl.records.split_record import read_split
from regctl.records.writer import sole_writer
from regctl.report.model import Report, read_report
from regctl.report.writing import draw_figures, up_to_date, write_report
from regctl.spec.axes import Axes, check_axes
from regctl.spec.loading import LoadedSpec
from regctl.spec.schema import Spec
from regctl.steps.choosing import Choice, choose
from regctl.steps.coefficients import save_coefficients
from regctl.steps.conduct import Conduct, conducted, reporting, resumed
from regctl.steps.confusion import save_confusion
from regctl.steps.contours import save_contours
from regctl.steps.exactness import measure_gaps
from regctl.steps.failing import Failures
from regctl.steps.fit_curves import save_fits
from regctl.steps.growing import EXTENSIONS, extended, refined
from regctl.steps.planning import Experiment, plan_experiment
from regctl.steps.refitting import refit
from regctl.steps.resuming import Resumption, Saved, check_kind, plan_resume, restored
from regctl.steps.room import check_room, free_bytes, search_bytes, sweep_bytes
from regctl.steps.saving import save_inputs, save_models, save_tables
from regctl.steps.search_run import Searching
from regctl.steps.testing import evaluate_test
from regctl.steps.training import Trained, train_all
from regctl.steps.widening import copy_trials, plan_widening
from regctl.types import EpochEnd

if TYPE_CHECKING:
    from regctl.records.search_record import Searched
    from regctl.report.noise_report import NoiseReport
    from regctl.search.proposal import Proposal
    from regctl.spec.search_space import Target
    from regctl.steps.drafting import Drafted
    from regctl.steps.machine import Row
    from regctl.steps.search_plan import SearchPlan

SECONDS_TO_WAIT_FOR_AN_OPENING = 600.0


@dataclass(frozen=True)
class Listener:
    """Who wants to hear how training goes: before it starts, after every epoch, also of the refits.

    `started` is called again when the grid has grown.
    """

    started: Callable[[Experiment, Path], None]
    epoch: Callable[[EpochEnd], None]
    refit: Callable[[EpochEnd], None] = lambda event: None


@dataclass(frozen=True)
class Growth:
    """How a grid may grow: beyond an edge that holds the minimum, and finer around it."""

    extend: bool = False
    refine: bool = False


def plan(loaded: LoadedSpec, axes: Axes, smoke: bool = False, jobs: int | None = None) -> Experiment:
    """What a sweep along `axes`, or without one a training, would do, in `jobs` jobs. Imports no TensorFlow.

    Raises:
        SpecError, DataError, MachineError: it cannot be done.
    """
    check_axes(loaded, axes)
    return plan_experiment(loaded.spec, axes, smoke, jobs)


def run(
    loaded: LoadedSpec,
    experiment: Experiment,
    root: Path,
    command: Sequence[str],
    listener: Listener,
    device: str = "auto",
    growth: Growth = Growth(),
    resumption: Resumption | None = None,
    fail_fast: bool = False,
) -> Report:
    """Trains the experiment and writes its run folder; of a run that is resumed, what is missing of it.

    A trial that fails is recorded as failed, and the others go on; with `fail_fast` it ends the run.

    Raises:
        UsageError: `root` cannot hold runs, or another process is writing the run.
        TrialError: a trial failed, with `fail_fast`.
        MachineError: the disk or the memory is full, or the device is not there.
    """
    if device.startswith("gpu"):
        _device(experiment, device)  # a card that is not there costs no run folder
    begun = None if resumption is None or resumption.anew else resumption.run
    check_room(root if resumption is None else resumption.run.parent, sweep_bytes(experiment), begun)
    with _opened(loaded, experiment, root, command, growth, resumption) as conduct:
        again = resumption is not None and resumption.retry_failed
        folder, trained, saved = conduct.folder, Trained(), Saved(conduct.folder.path, again)
        save_inputs(folder, experiment)
        with conduct.step("start of TensorFlow"):
            conduct.ran_on(_device(experiment, device))
        failures = Failures(folder.log.line, fail_fast)
        experiment, choice = _trained(experiment, conduct, (listener, failures), trained, saved, growth)
        if resumption is not None:
            saved.settle(experiment)
        _finish(conduct, experiment, trained, choice, listener.refit)
    with reporting(conduct):
        return write_report(folder.path)


@contextmanager
def _opened(
    loaded: LoadedSpec,
    experiment: Experiment,
    root: Path,
    command: Sequence[str],
    growth: Growth,
    resumption: Resumption | None,
) -> Iterator[Conduct]:
    """The folder of a new run, of one that goes on, or a new one that begins with another's trials."""
    if resumption is not None and not resumption.anew:
        with resumed(resumption.run, command, resumption.mixed, resumption.planned) as conduct:
            if read_test(resumption.run) is not None:
                message = (
                    f"{resumption.run}: its test set has been opened meanwhile, so the run stays as it is."
                )
                raise UsageError(message, "Run the command again: it goes on in a new folder.")
            yield conduct
        return
    root = root if resumption is None else resumption.run.parent
    with conducted(root, loaded, experiment, command, growth=(growth.extend, growth.refine)) as conduct:
        if resumption is not None:
            mixed = (*read_manifest(resumption.run).mixed, *resumption.mixed)
            conduct.widens(resumption.run.name, mixed)
            copy_trials(resumption.run, conduct.folder.path)
        yield conduct


def _finish(
    conduct: Conduct,
    experiment: Experiment,
    trained: Trained,
    choice: Choice,
    on_refit: Callable[[EpochEnd], None],
) -> None:
    """Refits what k-fold ships, and writes the tables, the models and the figures."""
    folder = conduct.folder
    with conduct.step("refit"):
        choice = refit(experiment, trained, choice, on_refit, folder.path, conduct.checkpoints)
    with conduct.step("files"):
        save_tables(folder, experiment, trained, choice)
        save_coefficients(folder, experiment, trained)
        save_fits(folder, experiment, trained)
        save_confusion(folder, experiment, trained, choice)
        save_contours(folder, experiment, trained, choice)
        save_models(folder, experiment, trained, choice)
    with conduct.step("plots"):
        draw_figures(folder.path)


def draft(data: Path, target: str | None, file: Path) -> "Drafted":
    """A first spec for a table, to be written to `file`; planned as a sweep over λ would plan it. No TensorFlow.

    Raises:
        DataError: nothing can be trained on the table.
    """
    from regctl.steps.drafting import draft_spec

    return draft_spec(data, target, file)


def _trained(
    experiment: Experiment,
    conduct: Conduct,
    told: tuple[Listener, Failures],
    trained: Trained,
    saved: Saved,
    growth: Growth,
) -> tuple[Experiment, Choice]:
    """Trains, chooses, and again for as long as the grid grows."""
    choice = _train(experiment, conduct, told, trained, saved)
    for step in (*[extended] * EXTENSIONS * growth.extend, *[refined] * growth.refine):
        if (wider := step(experiment, choice)) is not None:
            experiment = wider
            save_inputs(conduct.folder, experiment)
            choice = _train(experiment, conduct, told, trained, saved)
    return experiment, choice


def _train(
    experiment: Experiment,
    conduct: Conduct,
    told: tuple[Listener, Failures],
    trained: Trained,
    saved: Saved,
) -> Choice:
    listener, failures = told
    folder, missing = conduct.folder, saved.restore(experiment, trained)
    listener.started(missing, folder.path)
    with conduct.counting(experiment, trained), conduct.step("training"):
        train_all(missing, saved.store.append, listener.epoch, trained, conduct.checkpoints, failures)
    with conduct.step("selection"):
        measure_gaps(experiment, trained, folder.log)
        return choose(experiment, trained)


def plan_resumed(
    run: Path, axis: str | None, force: bool = False, jobs: int | None = None, retry_failed: bool = False
) -> Resumption:
    """A run of `sweep`, or without an axis of `train`, taken up again. Imports no TensorFlow.

    With `retry_failed` trials that failed are trained again.

    Raises:
        UsageError, DataError: it cannot be done, or data or versions have changed and it is not forced.
    """
    return plan_resume(run, axis, force, jobs, retry_failed)


def plan_widened(
    run: Path, axis: str | None, overrides: Sequence[str], force: bool = False, jobs: int | None = None
) -> Resumption:
    """What wider grids or more seeds add to a run of `sweep`, or without an axis of `train`. Imports no TensorFlow.

    Raises:
        UsageError, DataError: it cannot be done, or data or versions have changed and it is not forced.
    """
    return plan_widening(run, axis, overrides, force, jobs)


def room(experiment: "Experiment | SearchPlan", root: Path) -> tuple[int, int]:
    """How many bytes a run takes on the disk, as estimated, and how many are free there."""
    needed = sweep_bytes(experiment) if isinstance(experiment, Experiment) else search_bytes(experiment)
    return needed, free_bytes(root)


def missing(resumption: Resumption) -> Experiment:
    """The experiment with a plan of what a resumed run lacks, as far as it is known before its grid grows."""
    known = read_kept(resumption.run)
    if resumption.retry_failed:
        known = {key: kept for key, kept in known.items() if kept.record.status != "failed"}
    return restored(resumption.experiment, known, Trained())


def finished(run: Path, axis: str | None) -> Report | None:
    """The report of a run of `sweep` or `train` that has completed, written where it is not yet; None of any other.

    Raises:
        UsageError: it is another kind of run.
    """
    manifest = read_manifest(run)
    if manifest.status != "completed":
        return None
    check_kind(run, manifest, axis)
    return up_to_date(run)


@dataclass(frozen=True)
class TuneListener:
    """Who wants to hear how a search goes: its start, each batch, each request done, every epoch; the retraining."""

    started: Callable[[Path], None] = lambda run: None
    batch: "Callable[[Sequence[Proposal]], None]" = lambda batch: None
    searched: "Callable[[Searched], None]" = lambda found: None
    epoch: Callable[[EpochEnd], None] = lambda event: None
    retraining: Callable[[EpochEnd], None] = lambda event: None


def plan_search(
    loaded: LoadedSpec, target: "Target", trials: int, smoke: bool = False, jobs: int | None = None
) -> "SearchPlan":
    """What a search for `trials` settings would do. Imports no TensorFlow.

    Raises:
        SpecError, UsageError, DataError: it cannot be done.
    """
    from regctl.steps.search_plan import plan_search

    return plan_search(loaded, target, (trials,), smoke, jobs)


def plan_search_resume(
    run: Path,
    target: "Target",
    trials: int | None,
    given: tuple[str | None, Sequence[str]] | None,
    jobs: int | None = None,
    force: bool = False,
    retry_failed: bool = False,
) -> "tuple[LoadedSpec, SearchPlan, tuple[str, ...]]":
    """A search taken up again, up to `trials` settings in all; `given` is a spec and overrides that must be the run's.

    With it, in what its requests will differ from those that there are: nothing, unless that is forced.

    Raises:
        UsageError: the run is none of a search, or not of this one, or versions have changed.
        DataError: the data have changed.
    """
    from regctl.steps.search_resume import plan_search_resume

    return plan_search_resume(run, target, trials, given, jobs, force, retry_failed)


def has_failed(run: Path) -> bool:
    """Whether a search has something that `retry_failed` tries again: a request, or a trial of its winner."""
    from regctl.records.search_record import read_searched

    return read_manifest(run).trials.failed > 0 or any(each.retriable for each in read_searched(run))


def finished_search(run: Path, plan: "SearchPlan") -> Report | None:
    """The report of a search that has completed with as many settings as planned; None of any other."""
    from regctl.records.search_record import read_search

    record = read_search(run)
    if read_manifest(run).status != "completed" or record is None or record.totals != plan.totals:
        return None
    return read_report(run)


def tune(
    loaded: LoadedSpec,
    plan: "SearchPlan",
    root: Path,
    command: Sequence[str],
    listener: TuneListener = TuneListener(),
    device: str = "auto",
    run: Path | None = None,
    mixed: Sequence[str] = (),
    retry_failed: bool = False,
    fail_fast: bool = False,
) -> Report:
    """Searches, retrains the winner on fresh seeds beside what it is compared with, and writes the run folder.

    `run` is a folder to go on with; `mixed` says in what its requests will differ, `retry_failed` tries requests again
    that an error ended. A request that fails has no score, and the search goes on; with `fail_fast` it ends the run.

    Raises:
        UsageError: `root` cannot hold runs, or the run is being written, or was another search.
        MachineError: the disk is full, or the device is not there.
        TrialError: a request, or a trial of the winner, failed, with `fail_fast`.
    """
    if device.startswith("gpu"):
        _device(plan.base, device)
    check_room(root if run is None else run.parent, search_bytes(plan), run)
    opened = (
        conducted(root, loaded, plan.base, command, plan.target)
        if run is None
        else resumed(run, command, mixed)
    )
    with opened as conduct:
        folder, failures = conduct.folder, Failures(conduct.folder.log.line, fail_fast)
        searching = Searching(plan, folder.path, failures, retry_failed, conduct.checkpoints)
        save_inputs(folder, plan.base)
        listener.started(folder.path)
        with conduct.step("start of TensorFlow"):
            conduct.ran_on(_device(plan.base, device))
        with conduct.step("search"):
            searching.search(listener.batch, listener.searched, listener.epoch)
        if (experiment := searching.winner()) is not None:
            with conduct.step("training"):
                trained = searching.retrain(experiment, listener.retraining)
            conduct.count(experiment, trained)
            with conduct.step("selection"):
                choice = choose(experiment, trained)
            _finish(conduct, experiment, trained, choice, listener.retraining)
    with reporting(conduct):
        return write_report(conduct.folder.path)


def choose_by_hand(
    run: Path,
    values: Mapping[str, float],
    command: Sequence[str],
    on_epoch: Callable[[EpochEnd], None] = lambda event: None,
) -> Report:
    """A copy of a sweep's run in which the setting with these values, by axis, is the selected one. Opens nothing.

    Raises:
        UsageError: the run has no such setting.
        DataError: the data are not what the run was trained on.
        MachineError: trained again, the setting has another loss; or the disk is full.
    """
    from regctl.steps.choosing_by_hand import plan_choice, save_choice, train_choice

    _check_plugins(run, read_report(run).spec)
    hand = plan_choice(run, values)
    with conducted(run.parent, hand.loaded, hand.experiment, command) as conduct:
        conduct.copies(run.name)
        save_inputs(conduct.folder, hand.experiment)
        with conduct.step("start of TensorFlow"):
            conduct.ran_on(_device(hand.experiment, "auto"))
        with conduct.step("training"):
            choice = train_choice(hand, conduct.folder.path, conduct.checkpoints, on_epoch)
        conduct.count(hand.experiment, hand.trained)
        with conduct.step("files"):
            save_choice(conduct.folder, hand, choice)
        with conduct.step("plots"):
            draw_figures(conduct.folder.path)
    with reporting(conduct):
        return write_report(conduct.folder.path)


def examine_machine(root: Path) -> "tuple[Row, ...]":
    """What regctl needs of this machine, and whether it is there."""
    from regctl.steps.machine import examine

    return examine(root)


def inspect_dropout(loaded: LoadedSpec, root: Path, device: str = "auto") -> "NoiseReport":
    """Checks the noise layers that train a spec's models, on its training rows, and writes figures into a folder.

    Raises:
        SpecError, DataError: the spec or the data does not allow it.
        UsageError: the model has no noise layer, or `root` cannot hold the folder.
        MachineError: the disk or the memory is full, or the device is not there.
    """
    from regctl.report.noise_report import NoiseReport, write_noise_report
    from regctl.steps.inspecting import inspect_noise, plan_inspection

    experiment, notes = plan_inspection(loaded.spec)
    _device(experiment, device)
    found = inspect_noise(experiment, notes)
    report = NoiseReport(
        spec=experiment.spec,
        engine=experiment.engine.engine,
        loss=experiment.loss,
        observations=found.observations,
        checks=found.checks,
        losses=found.losses,
        constant=found.constant,
        notes=found.notes,
        folder=claim_folder(root, f"{experiment.spec.name}-doctor-dropout"),
    )
    write_noise_report(report)
    return report


def sealed_reason(run: Path) -> str | None:
    """Why the test set of a run cannot be opened; None when it can, or is open already."""
    manifest = read_manifest(run)
    if manifest.smoke:
        return "a smoke run's test set stays sealed"
    if manifest.status != "completed":
        return f"the run is {manifest.status}; only a completed run's test set is opened"
    if not (run / "model.keras").exists():
        return "there is no model to test: no setting was selected, or its refit diverged"
    return None


def open_test(run: Path) -> Report:
    """Opens the test set of a run, evaluates the shipped model once, and rewrites the report.

    The opening is on the ledger before anything is evaluated. Where the test set is open already, nothing is done.

    Raises:
        UsageError: the run's test set cannot be opened; another process is writing the run.
        DataError: the data is not what the run was trained on.
    """
    if read_test(run) is None:
        if reason := sealed_reason(run):
            raise UsageError(f"{run}: {reason}.")
        # One at a time: a second report waits for the first, and then shows what that has found.
        with sole_writer(run, SECONDS_TO_WAIT_FOR_AN_OPENING):
            if read_test(run) is None:
                _open_test(run)
    return write_report(run)


def _open_test(run: Path) -> None:
    if reason := sealed_reason(run):
        raise UsageError(f"{run}: {reason}.")
    recorded, spec = read_split(run), read_report(run).spec
    _check_plugins(run, spec)
    part = open_test_rows(spec, recorded.split)
    hashes = recorded.split.parts["test"].hashes
    opening = ledger.open_test(
        run.parent, read_manifest(run).run_id, run.name, hashes, ledger.model_hash(run)
    )
    write_test(run, evaluate_test(run, spec, part, opening))


def _check_plugins(run: Path, spec: Spec) -> None:
    """A run's folder alone causes no code to run, not even code that the run was started with."""
    plugins, source = read_manifest(run).plugins, spec.dataset.source
    if plugins and not catalog.is_dataset(source) and not Path(source).is_absolute():
        flags = " ".join(f"--plugin {plugin.path}" for plugin in plugins)
        raise UsageError(f"{run}: its data set {source!r} came with {flags}.", "Give that to report too.")


def _device(experiment: Experiment, choice: str) -> str:
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.engine.device import use_device

    # What is solved exactly is solved in float64 on the CPU, and the GPU is left to others.
    return use_device("cpu" if experiment.engine.engine == "exact" else choice)
