"""A run's folder → the run that goes on in it, and trains only what is missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from regctl.catalog import plugins
from regctl.engine.checkpoints import Checkpoints
from regctl.errors import DataError, UsageError
from regctl.records.kept import Identity, Kept, TrialStore
from regctl.records.manifest import Manifest, read_manifest, versions
from regctl.records.opened_test import read_test
from regctl.records.split_record import FILE as SPLIT
from regctl.records.split_record import read_split
from regctl.spec.axes import Axes
from regctl.spec.loading import LoadedSpec, load_spec
from regctl.spec.resolved import with_values
from regctl.spec.schema import Spec
from regctl.steps.failing import Failures
from regctl.steps.planning import Experiment, plan_experiment, planned_anew
from regctl.steps.training import Trained, train_all
from regctl.types import EpochEnd, SplitRecord, Trial

SPEC = "spec.yaml"
COUNTED = ("regctl", "tensorflow", "keras", "numpy")  # a trial's bits depend on these
GO_ON = "--force goes on and marks the run as mixed."


@dataclass(frozen=True)
class Resumption:
    """A run that goes on: `experiment` as it was first planned, with a plan of all its trials.

    `mixed` says in what the trials that follow differ from those that there are; empty unless that was forced.
    `planned` are the manifest's new ones where the run is widened, `anew` whether that goes into a new folder;
    `retry_failed` trains trials again that failed.
    """

    run: Path
    loaded: LoadedSpec
    experiment: Experiment
    extend: bool
    refine: bool
    mixed: tuple[str, ...] = ()
    planned: Mapping[str, Any] | None = None
    anew: bool = False
    retry_failed: bool = False


class Saved:
    """The finished trials of a run folder, or of a folder inside it, of which this process is the one writer.

    With `retry_failed` those that failed do not count, and are trained again.
    """

    def __init__(self, folder: Path, retry_failed: bool = False) -> None:
        self.store = TrialStore(folder)
        self._known: Mapping[Identity, Kept] = self.store.recover(retry_failed)

    def train(
        self,
        experiment: Experiment,
        into: Trained,
        checkpoints: Checkpoints,
        on_epoch: Callable[[EpochEnd], None],
        failures: Failures | None = None,
    ) -> None:
        """Fills `into` with the experiment's trials: with those that are known, and the others as they are trained."""
        train_all(self.restore(experiment, into), self.store.append, on_epoch, into, checkpoints, failures)

    def restore(self, experiment: Experiment, into: Trained) -> Experiment:
        """Fills `into` with those of the experiment's trials that are known; a plan of the others."""
        return restored(experiment, self._known, into)

    def settle(self, experiment: Experiment) -> None:
        """Lets the journal's ids be those of the experiment, once all of its trials are there."""
        self.store.renumber({identity(trial): trial.id for trial in experiment.trials})


def restored(experiment: Experiment, known: Mapping[Identity, Kept], into: Trained) -> Experiment:
    """Fills `into` with those of the experiment's trials that are known; the experiment with a plan of the others."""
    found = {trial.id: known[key] for trial in experiment.trials if (key := identity(trial)) in known}
    new = {id_: kept for id_, kept in found.items() if id_ not in into.records}
    for id_, kept in new.items():
        into.add(replace(kept, record=replace(kept.record, id=id_)))
    if not new:
        return experiment
    return planned_anew(experiment, [trial for trial in experiment.trials if trial.id not in into.records])


def identity(trial: Trial) -> Identity:
    """What a trial trains, wherever its place in a plan is."""
    return trial.setting, trial.seed, trial.fold


def planned_values(experiment: Experiment) -> dict[str, Any]:
    """By dotted key, what of a spec decides which trials there are: its grids, before they grow, and its seeds."""
    sweep = experiment.spec.model_dump(by_alias=True)["sweep"]
    grids = {f"sweep.{axis}": sweep[axis] for axis in experiment.axes}
    return {**grids, "training.seeds": experiment.spec.training.seeds}


def plan_resume(
    run: Path, axis: str | None, force: bool = False, jobs: int | None = None, retry_failed: bool = False
) -> Resumption:
    """Plans a run of `sweep`, or where `axis` is None of `train`, from its own spec.

    Trials that failed are trained again with `retry_failed`; in a new folder once the run's test set was opened.

    Raises:
        UsageError: it is another kind of run, or ended before it had saved its spec, or was copied.
        UsageError, DataError: data, versions or plugins have changed, and it was not forced.
    """
    manifest = read_manifest(run)
    check_kind(run, manifest, axis)
    check_plugins(run, manifest)
    changed = different_versions(manifest)
    refuse(run, changed, force)
    loaded = load_spec(run / SPEC)
    # The grid as it was before it grew: growing goes through the same steps again. The data's hash is compared below.
    spec = with_values(loaded.spec, {**manifest.planned, "dataset.sha256": None})
    axes = Axes(manifest.axis, manifest.by)  # type: ignore[arg-type]  # as `conducted` wrote them
    experiment = plan_experiment(spec, axes, manifest.smoke, jobs)
    changed += changed_data(run, loaded.spec, experiment.data.split, force)
    anew = retry_failed and read_test(run) is not None
    planned = planned_values(experiment) if anew else None
    return Resumption(
        run, loaded, experiment, manifest.extend, manifest.refine, changed, planned, anew, retry_failed
    )


def check_kind(run: Path, manifest: Manifest, axis: str | None) -> None:
    """Refuse a run that another command continues, or none.

    Raises:
        UsageError: see above.
    """
    own = "tune" if manifest.tune else "train" if manifest.axis is None else f"sweep {manifest.axis}"
    asked = "train" if axis is None else f"sweep {axis}"
    if own != asked:
        target = f" {manifest.tune}" if manifest.tune else ""
        message = f"{run}: expected a run of regctl {asked}. Received: one of regctl {own}{target}."
        raise UsageError(message, f"Use regctl {own}{target} --resume.")
    if manifest.chosen_from is not None:
        message = (
            f"{run}: a copy of {manifest.chosen_from} with a setting chosen by hand, which trains no trials."
        )
        raise UsageError(message, f"Choose again: regctl report {manifest.chosen_from} --choose.")
    if not (run / SPEC).is_file():
        message = f"{run}: the run ended before it had saved anything to go on with."
        raise UsageError(message, "Start it again.")


def check_plugins(run: Path, manifest: Manifest) -> None:
    """Refuse a run whose plugins were not given again.

    Raises:
        UsageError: see above.
    """
    given = {plugin.path for plugin in plugins()}
    if missing := [plugin.path for plugin in manifest.plugins if plugin.path not in given]:
        flags = " ".join(f"--plugin {path}" for path in missing)
        raise UsageError(f"{run}: the run was started with {flags}.", "Give that again.")


def different_versions(manifest: Manifest) -> tuple[str, ...]:
    """In what this process differs from the one that started a run: packages and plugins."""
    now, before = versions(), manifest.versions
    told = [
        f"{name} {before[name]} in the run, {now.get(name)} now"
        for name in COUNTED
        if name in before and before[name] != now.get(name)
    ]
    hashes = {plugin.path: plugin.sha256 for plugin in plugins()}
    told += [
        f"{plugin.path} has changed since"
        for plugin in manifest.plugins
        if hashes.get(plugin.path, plugin.sha256) != plugin.sha256
    ]
    return tuple(told)


def refuse(run: Path, changed: tuple[str, ...], force: bool) -> None:
    """Refuse what would make a run's trials differ in more than their settings.

    Raises:
        UsageError: there is something, and it is not forced.
    """
    if changed and not force:
        raise UsageError(f"{run}: {'; '.join(changed)}.", f"Go on with what it was started with, or {GO_ON}")


def changed_data(run: Path, spec: Spec, now: SplitRecord, force: bool) -> tuple[str, ...]:
    """In what the data differ from those that a run was started with; `spec` is the run's, `now` their split.

    Raises:
        DataError: they differ, and it is not forced; or in which rows a part has.
    """
    before = read_split(run).split if (run / SPLIT).is_file() else None
    held = spec.dataset.sha256 if before is None else before.data_hash
    if held == now.data_hash and before in (None, now):
        return ()
    told = f"the data have changed: sha256 {held} in the run, {now.data_hash} now"
    if held == now.data_hash:
        told = "the data are divided in another way than in the run"
    if not force:
        raise DataError(f"{run}: {told}.", f"Put the data back, or {GO_ON}")
    places = [
        None if split is None else [part.rows for part in split.parts.values()] for split in (before, now)
    ]
    if before is not None and (places[0] != places[1] or before.folds != now.folds):
        message = f"{run}: {told}, and other rows are in its parts: the losses could not stand in one table."
        raise DataError(message, "Start a new run.")
    return (told,)
