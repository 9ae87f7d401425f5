"""A finished run → the same run with a wider grid or more seeds, of which only what is new is trained."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from regctl.errors import UsageError
from regctl.records.files import saving
from regctl.records.journal import FILE as JOURNAL
from regctl.records.kept import FOLDER, read_kept
from regctl.records.manifest import read_manifest
from regctl.records.opened_test import read_test
from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.spec.resolved import leaves, with_values
from regctl.spec.schema import Spec
from regctl.steps.planning import Experiment, plan_experiment
from regctl.steps.resuming import (
    SPEC,
    Resumption,
    changed_data,
    check_kind,
    check_plugins,
    different_versions,
    identity,
    planned_values,
    refuse,
)


def plan_widening(
    run: Path, axis: str | None, overrides: Sequence[str], force: bool = False, jobs: int | None = None
) -> Resumption:
    """Plans what `overrides` of its grids and seeds add to a run; into a new folder once its test set was opened.

    Raises:
        UsageError: the run has not finished; something else is overridden; trials would go, or none would come.
        UsageError, DataError: data, versions or plugins have changed, and it was not forced.
    """
    manifest = read_manifest(run)
    check_kind(run, manifest, axis)
    if manifest.status != "completed" or manifest.smoke:
        what = "a smoke run" if manifest.smoke else manifest.status
        raise UsageError(
            f"--widen: expected a finished run. Received: {run}, {what}.", "Go on with it first."
        )
    check_plugins(run, manifest)
    changed = different_versions(manifest)
    refuse(run, changed, force)
    before, loaded = load_spec(run / SPEC), load_spec(run / SPEC, overrides)
    axes = Axes(manifest.axis, manifest.by)  # type: ignore[arg-type]  # as `conducted` wrote them
    _check_keys(axes, before.spec, loaded.spec)
    experiment = plan_experiment(with_values(loaded.spec, {"dataset.sha256": None}), axes, False, jobs)
    changed += changed_data(run, before.spec, experiment.data.split, force)
    _check_trials(run, experiment)
    return Resumption(
        run, loaded, experiment, False, False, changed, planned_values(experiment), read_test(run) is not None
    )


def copy_trials(run: Path, folder: Path) -> None:
    """Brings a run's finished trials into another folder; the journal last, which says that the rest is there.

    Raises:
        StorageError: the disk refused.
    """
    with saving(folder / JOURNAL):
        shutil.copytree(run / FOLDER, folder / FOLDER)
        shutil.copyfile(run / JOURNAL, folder / JOURNAL)


def _check_keys(axes: Axes, before: Spec, now: Spec) -> None:
    allowed = [*(f"sweep.{axis}" for axis in axes), "training.seeds"]
    old, new = leaves(before), leaves(now)
    for key in {**old, **new}:
        if old.get(key) != new.get(key) and not key.startswith(tuple(allowed)):
            message = f"--widen: expected -S {' or -S '.join(f'{each}=…' for each in allowed)}. Received: -S {key}=…."
            raise UsageError(message, "Anything else is another experiment: start a new run.")


def _check_trials(run: Path, experiment: Experiment) -> None:
    known, wanted = set(read_kept(run)), {identity(trial) for trial in experiment.trials}
    if gone := known - wanted:
        setting, seed, _ = min(gone)
        told = f"λ={setting.lambda_:g}, dropout {setting.dropout:g}, degree {setting.degree}, seed {seed}"
        message = f"--widen: {len(gone)} of the trials in {run} would go, such as {told}."
        raise UsageError(message, "Give the whole grid: its values and the new ones.")
    if wanted <= known:
        raise UsageError(
            f"--widen: {run} has all of these {len(wanted)} trials already.", "Add values or seeds."
        )
