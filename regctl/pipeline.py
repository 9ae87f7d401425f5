"""The order of the steps, and nothing else: spec → data → plan → training → choice → files → report.

The one place that opens the test set: `open_test`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regctl import catalog
from regctl.datasets.seal import open_test_rows
from regctl.errors import UsageError
from regctl.records import ledger
from regctl.records.journal import Journal
from regctl.records.manifest import read_manifest
from regctl.records.opened_test import read_test, write_test
from regctl.records.run_folder import claim_folder
from regctl.records.split_record import read_split
from regctl.report.model import Report, read_report
from regctl.report.writing import draw_figures, write_report
from regctl.spec.axes import Axes, check_axes
from regctl.spec.loading import LoadedSpec
from regctl.spec.schema import Spec
from regctl.steps.choosing import Choice, choose
from regctl.steps.coefficients import save_coefficients
from regctl.steps.conduct import Conduct, conducted
from regctl.steps.confusion import save_confusion
from regctl.steps.contours import save_contours
from regctl.steps.exactness import measure_gaps
from regctl.steps.fit_curves import save_fits
from regctl.steps.growing import EXTENSIONS, extended, refined
from regctl.steps.planning import Experiment, plan_experiment
from regctl.steps.refitting import refit
from regctl.steps.saving import save_inputs, save_models, save_tables
from regctl.steps.testing import evaluate_test
from regctl.steps.training import Trained, train_all
from regctl.types import EpochEnd

if TYPE_CHECKING:
    from regctl.report.noise_report import NoiseReport
    from regctl.steps.drafting import Drafted
    from regctl.steps.machine import Row


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
) -> Report:
    """Trains the experiment and writes its run folder.

    Raises:
        UsageError: `root` cannot hold runs.
        MachineError: the disk or the memory is full, or the device is not there.
    """
    if device.startswith("gpu"):
        _device(experiment, device)  # a card that is not there costs no run folder
    with conducted(root, loaded, experiment, command) as conduct:
        folder, trained = conduct.folder, Trained()
        save_inputs(folder, experiment)
        with conduct.step("start of TensorFlow"):
            conduct.ran_on(_device(experiment, device))
        experiment, choice = _trained(experiment, conduct, listener, trained, growth)
        with conduct.step("refit"):
            choice = refit(experiment, trained, choice, listener.refit)
        with conduct.step("files"):
            save_tables(folder, experiment, trained, choice)
            save_coefficients(folder, experiment, trained)
            save_fits(folder, experiment, trained)
            save_confusion(folder, experiment, trained, choice)
            save_contours(folder, experiment, trained, choice)
            save_models(folder, experiment, trained, choice)
        with conduct.step("plots"):
            draw_figures(folder.path)
    return write_report(folder.path)


def draft(data: Path, target: str | None, file: Path) -> "Drafted":
    """A first spec for a table, to be written to `file`; planned as a sweep over λ would plan it. No TensorFlow.

    Raises:
        DataError: nothing can be trained on the table.
    """
    from regctl.steps.drafting import draft_spec

    return draft_spec(data, target, file)


def _trained(
    experiment: Experiment, conduct: Conduct, listener: Listener, trained: Trained, growth: Growth
) -> tuple[Experiment, Choice]:
    """Trains, chooses, and again for as long as the grid grows."""
    choice = _train(experiment, conduct, listener, trained)
    for step in (*[extended] * EXTENSIONS * growth.extend, *[refined] * growth.refine):
        if (wider := step(experiment, choice)) is not None:
            experiment = wider
            save_inputs(conduct.folder, experiment)
            choice = _train(experiment, conduct, listener, trained)
    return experiment, choice


def _train(experiment: Experiment, conduct: Conduct, listener: Listener, trained: Trained) -> Choice:
    folder = conduct.folder
    listener.started(experiment, folder.path)
    try:
        with conduct.step("training"):
            train_all(experiment, Journal(folder.path), listener.epoch, trained)
    finally:
        conduct.count(experiment, trained)
    with conduct.step("selection"):
        measure_gaps(experiment, trained, folder.log)
        return choose(experiment, trained)


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
        UsageError: the run's test set cannot be opened.
        DataError: the data is not what the run was trained on.
    """
    if read_test(run) is None:
        if reason := sealed_reason(run):
            raise UsageError(f"{run}: {reason}.")
        recorded, spec = read_split(run), read_report(run).spec
        _check_plugins(run, spec)
        part = open_test_rows(spec, recorded.split)
        hashes = recorded.split.parts["test"].hashes
        opening = ledger.open_test(run.parent, read_manifest(run).run_id, run.name, hashes)
        write_test(run, evaluate_test(run, spec, part, opening))
    return write_report(run)


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
