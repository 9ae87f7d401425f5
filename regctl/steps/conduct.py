"""A run's life: claimed, running, then completed, failed or interrupted, with its times, in manifest and log."""

import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from regctl.catalog import plugins
from regctl.errors import RegctlError, StorageError, UsageError
from regctl.records.checkpoints import CheckpointFolder
from regctl.records.clock import utc_now
from regctl.records.failures import is_full, unreadable
from regctl.records.files import write_bytes
from regctl.records.manifest import (
    EngineNote,
    Manifest,
    PluginNote,
    Status,
    TrialCounts,
    new_manifest,
    read_manifest,
    write_manifest,
)
from regctl.records.removal import give_back
from regctl.records.run_folder import RunFolder
from regctl.records.writer import sole_writer
from regctl.spec.loading import LoadedSpec
from regctl.steps.planning import Experiment
from regctl.steps.resuming import planned_values
from regctl.steps.saving import save_inputs
from regctl.steps.training import Trained


class Conduct:
    """Keeps the manifest of one run up to date."""

    def __init__(self, folder: RunFolder, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self.checkpoints = CheckpointFolder(folder.path)
        self._save()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Logs a step and adds its seconds to the manifest's timings."""
        self.folder.log.line(f"{name} started")
        began = time.perf_counter()
        yield
        seconds = time.perf_counter() - began
        self.folder.log.line(f"{name} took {seconds:.1f} s")
        before = self.manifest.timings.get(name, 0.0)  # a grid that grows trains more than once
        timings = {**self.manifest.timings, name: round(before + seconds, 3)}
        self.manifest = replace(self.manifest, timings=timings)
        self._save()

    def ran_on(self, device: str) -> None:
        """Records the device that trained."""
        self.manifest = replace(self.manifest, device=device)

    def count(self, experiment: Experiment, trained: Trained) -> None:
        """Records how many trials there are and how they went."""
        diverged, failed = len(trained.diverged()), len(trained.failed())
        done = len(trained.records) - diverged - failed
        counts = TrialCounts(len(experiment.trials), done, diverged, failed)
        self.manifest = replace(self.manifest, trials=counts)
        self._save()

    @contextmanager
    def counting(self, experiment: Experiment, trained: Trained) -> Iterator[None]:
        """Counts what was trained in the block, however that ends."""
        try:
            yield
        except BaseException:
            with suppress(StorageError):  # what ended the block is what has to be said
                self.count(experiment, trained)
            raise
        self.count(experiment, trained)

    def copies(self, run: str) -> None:
        """Records that this is a copy of another run, with a setting chosen by hand."""
        self.manifest = replace(self.manifest, chosen_from=run)

    def widens(self, run: str, mixed: Sequence[str]) -> None:
        """Records that this goes on from another run, whose test set was opened."""
        self.manifest = replace(self.manifest, widened_from=run, mixed=tuple(dict.fromkeys(mixed)))
        self._save()

    def end(self, status: Status) -> None:
        """Records how the run ended."""
        self.manifest = replace(self.manifest, status=status, finished_at=utc_now())
        self.folder.log.line(status)
        self._save()

    def _save(self) -> None:
        write_manifest(self.folder.path, self.manifest)


@contextmanager
def conducted(
    root: Path,
    loaded: LoadedSpec,
    experiment: Experiment,
    command: Sequence[str],
    tune: str | None = None,
    growth: tuple[bool, bool] = (False, False),
) -> Iterator[Conduct]:
    """A claimed run folder; whatever ends the block is written to its manifest and log.

    `tune` says what a search is for, `growth` whether a grid is extended and refined. An exception that leaves the
    block carries the folder as `run`, so that a message can name it.
    """
    what = experiment.axes.own or ("train" if tune is None else f"tune-{tune}")
    folder = RunFolder.create(root, f"{experiment.spec.name}-{what}")
    manifest = new_manifest(command, experiment.axes.own, experiment.smoke, experiment.axes.by, tune)
    manifest = replace(
        manifest,
        data_hash=experiment.data.split.data_hash,
        engine=EngineNote(experiment.engine.engine, experiment.engine.why),
        plugins=tuple(PluginNote(plugin.path, plugin.sha256) for plugin in plugins()),
        trials=TrialCounts(len(experiment.trials)),
        extend=growth[0],
        refine=growth[1],
        planned=planned_values(experiment),
    )
    with sole_writer(folder.path):
        conduct = _begun(folder, manifest)
        with _to_the_end(conduct):
            write_bytes(folder.path / "spec.source.yaml", loaded.source)
            save_inputs(folder, experiment)
            folder.become_latest()
            yield conduct


def _begun(folder: RunFolder, manifest: Manifest) -> Conduct:
    try:
        return Conduct(folder, manifest)
    except StorageError:
        give_back(folder.path)  # without a manifest it is no run, and `latest` must name one
        raise


@contextmanager
def resumed(
    run: Path,
    command: Sequence[str],
    mixed: Sequence[str] = (),
    planned: Mapping[str, Any] | None = None,
) -> Iterator[Conduct]:
    """A run folder taken up again; else as `conducted`.

    `mixed` says in what its trials will differ; `planned` are those of a run that is widened, whose grid then stays.

    Raises:
        UsageError: another process is writing the run.
    """
    with sole_writer(run):
        manifest = before = read_manifest(run)
        told = tuple(dict.fromkeys((*manifest.mixed, *mixed)))
        manifest = replace(manifest, status="running", finished_at=None, mixed=told)
        if planned is not None:
            manifest = replace(manifest, planned=planned, extend=False, refine=False)
        conduct = Conduct(RunFolder(run), manifest)
        conduct.folder.log.line(f"resumed by {shlex.join(command)}")
        try:
            with _to_the_end(conduct):
                yield conduct
        except UsageError:  # refused: the run is what it was
            write_manifest(run, before)
            raise


@contextmanager
def _to_the_end(conduct: Conduct) -> Iterator[None]:
    try:
        with _disk_errors(conduct.folder.path):
            yield
            conduct.checkpoints.clear()
            conduct.end("completed")
    except BaseException as error:
        _end_badly(conduct, error)
        raise


@contextmanager
def _disk_errors(run: Path) -> Iterator[None]:
    """Turn a refusal of the disk that nobody expected, as of a file to be read, into one sentence."""
    try:
        yield
    except OSError as error:
        path = Path(error.filename) if isinstance(error.filename, str | os.PathLike) else run
        if is_full(error) or path.absolute().is_relative_to(run.absolute()):
            raise unreadable(path, error) from error
        raise


@contextmanager
def reporting(conduct: Conduct) -> Iterator[None]:
    """The report of a run that has ended: an error that leaves the block carries the run, as in `conducted`."""
    try:
        with _disk_errors(conduct.folder.path):
            yield
    except BaseException as error:
        conduct.folder.log.exception(error)
        _carry(error, conduct)
        raise


def _carry(error: BaseException, conduct: Conduct) -> None:
    # Read by the command line, which says how to go on even where the disk gives nothing back any more.
    error.run, error.manifest = conduct.folder.path, conduct.manifest  # type: ignore[attr-defined]


def _end_badly(conduct: Conduct, error: BaseException) -> None:
    conduct.folder.log.exception(error)
    _carry(error, conduct)
    try:
        conduct.end("interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
    except RegctlError as second:  # the disk that failed the run fails its last word too
        conduct.folder.log.exception(second)
