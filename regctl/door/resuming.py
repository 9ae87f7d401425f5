"""Going on with a run from Python, as `--resume` does it but without its progress and notes."""

from collections.abc import Sequence
from pathlib import Path

from regctl.catalog import use_plugins
from regctl.door.backend import require_tensorflow
from regctl.door.run import Run
from regctl.door.training import How, Overrides, check, given
from regctl.errors import UsageError
from regctl.records.manifest import Manifest, read_manifest
from regctl.records.run_folder import find_run


def resume(
    run: str | Path,
    *,
    force: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    widen: Overrides = (),
    trials: int | None = None,
    out: str | Path | None = None,
    device: str = "auto",
    jobs: int | None = None,
    plugins: Sequence[str | Path] = (),
) -> Run:
    """Go on with a run of `sweep`, `train` or `tune` as `--resume` does: only what is missing of it is trained.

    It ends with the files of a run that nothing interrupted, byte for byte; one that has finished is as it was.

    Parameters:
        run: a run folder, its name in the runs root, or `runs/latest`.
        force: go on although data or versions have changed; the run is marked as mixed.
        retry_failed: also train again what failed; not what diverged, which would be the same again. In a new run
            folder, of a sweep or training, where its test set was opened.
        fail_fast: see `How`.
        widen: of a finished sweep or training the whole grids, or more seeds: `{"sweep.lambda": [0, 0.1, 1]}`. In a new
            run folder where its test set was opened.
        trials: of a search how many settings in all; by default as before.
        out: the runs root in which `run` is looked up.
        device, jobs, plugins: see `How`.

    Returns:
        The same run, or the wider one.

    Raises:
        SpecError, DataError, UsageError, MachineError, TrialError: all are `RegctlError`; it cannot be done.
    """
    check((), {"device": device, "jobs": jobs})
    require_tensorflow()
    use_plugins([Path(plugin) for plugin in plugins])
    path = find_run(str(run), None if out is None else Path(out))
    manifest, wider = read_manifest(path), given({"overrides": widen})
    if wider and manifest.tune is not None:
        raise UsageError(f"{path}: a search is not widened. Received: {', '.join(wider)}.", "Give trials.")
    if wider and retry_failed:
        raise UsageError("widen and retry_failed: expected one of them.", "Train again what failed first.")
    if trials is not None and manifest.tune is None:
        raise UsageError(f"{path}: trials goes with a search. Received: {trials}.", "Leave it out.")
    command = _command(manifest, path, force, wider, trials)
    command += ["--retry-failed"] * retry_failed + ["--fail-fast"] * fail_fast
    how = How(device=device, jobs=jobs, fail_fast=fail_fast)
    if manifest.tune is None:
        return _train(path, manifest, (force, retry_failed), wider, how, command)
    return _search(path, manifest.tune, (force, retry_failed), trials, how, command)


def _train(
    run: Path,
    manifest: Manifest,
    forced: tuple[bool, bool],
    wider: Sequence[str],
    how: How,
    command: Sequence[str],
) -> Run:
    from regctl import pipeline

    axis, jobs, (force, retry) = manifest.axis, how["jobs"], forced
    if wider:
        resumption = pipeline.plan_widened(run, axis, wider, force, jobs)
    elif pipeline.finished(run, axis) is not None and not (retry and manifest.trials.failed):
        return Run(run.resolve())
    else:
        resumption = pipeline.plan_resumed(run, axis, force, jobs, retry)
    report = pipeline.run(
        resumption.loaded,
        resumption.experiment,
        run.parent,
        command,
        pipeline.Listener(lambda experiment, run: None, lambda event: None),
        how["device"],
        pipeline.Growth(resumption.extend, resumption.refine),
        resumption,
        how["fail_fast"],
    )
    return Run(report.run.resolve())


def _search(
    run: Path,
    target: str,
    forced: tuple[bool, bool],
    trials: int | None,
    how: How,
    command: Sequence[str],
) -> Run:
    from regctl import pipeline

    force, retry = forced
    loaded, plan, mixed = pipeline.plan_search_resume(
        run,
        target,  # type: ignore[arg-type]  # as a manifest has it
        trials,
        None,
        how["jobs"],
        force,
        retry,
    )
    if (retry and pipeline.has_failed(run)) or pipeline.finished_search(run, plan) is None:
        listener = pipeline.TuneListener()
        pipeline.tune(
            loaded, plan, run.parent, command, listener, how["device"], run, mixed, retry, how["fail_fast"]
        )
    return Run(run.resolve())


def _command(
    manifest: Manifest, run: Path, force: bool, wider: Sequence[str], trials: int | None
) -> list[str]:
    """The command line that does the same, for the run's log and a new run's manifest."""
    what = (
        ["tune", manifest.tune] if manifest.tune else ["sweep", manifest.axis] if manifest.axis else ["train"]
    )
    command = ["regctl", *map(str, what), "--resume", str(run)]
    command += [word for each in wider for word in ("-S", each)]
    command += ["--widen"] * bool(wider) + ["--force"] * force
    return command + ([] if trials is None else ["--trials", str(trials)])
