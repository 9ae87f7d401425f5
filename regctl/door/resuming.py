"""Going on with a run from Python, as `--resume` does it but without its progress and notes."""

from collections.abc import Sequence
from pathlib import Path

from regctl.catalog import use_plugins
from regctl.door.backend import require_tensorflow
from regctl.door.run import Run
from regctl.door.training import Overrides, check, given
from regctl.errors import UsageError
from regctl.records.manifest import Manifest, read_manifest
from regctl.records.run_folder import find_run


def resume(
    run: str | Path,
    *,
    force: bool = False,
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
        widen: of a finished sweep or training the whole grids, or more seeds: `{"sweep.lambda": [0, 0.1, 1]}`. In a new
            run folder where its test set was opened.
        trials: of a search how many settings in all; by default as before.
        out: the runs root in which `run` is looked up.
        device, jobs, plugins: see `How`.

    Returns:
        The same run, or the wider one.

    Raises:
        SpecError, DataError, UsageError, MachineError: all of `regctl.errors.RegctlError`; it cannot be done.
    """
    check((), {"device": device, "jobs": jobs})
    require_tensorflow()
    use_plugins([Path(plugin) for plugin in plugins])
    path = find_run(str(run), None if out is None else Path(out))
    manifest, wider = read_manifest(path), given({"overrides": widen})
    command = _command(manifest, path, force, wider, trials)
    if manifest.tune is None:
        if trials is not None:
            raise UsageError(f"{path}: trials goes with a search. Received: {trials}.", "Leave it out.")
        return _train(path, manifest.axis, force, wider, device, jobs, command)
    if wider:
        raise UsageError(f"{path}: a search is not widened. Received: {', '.join(wider)}.", "Give trials.")
    return _search(path, manifest.tune, force, trials, device, jobs, command)


def _train(
    run: Path,
    axis: str | None,
    force: bool,
    wider: Sequence[str],
    device: str,
    jobs: int | None,
    command: Sequence[str],
) -> Run:
    from regctl import pipeline

    if wider:
        resumption = pipeline.plan_widened(run, axis, wider, force, jobs)
    elif pipeline.finished(run, axis) is not None:
        return Run(run.resolve())
    else:
        resumption = pipeline.plan_resumed(run, axis, force, jobs)
    listener = pipeline.Listener(lambda experiment, run: None, lambda event: None)
    growth = pipeline.Growth(resumption.extend, resumption.refine)
    loaded, experiment = resumption.loaded, resumption.experiment
    report = pipeline.run(loaded, experiment, run.parent, command, listener, device, growth, resumption)
    return Run(report.run.resolve())


def _search(
    run: Path,
    target: str,
    force: bool,
    trials: int | None,
    device: str,
    jobs: int | None,
    command: Sequence[str],
) -> Run:
    from regctl import pipeline

    loaded, plan, mixed = pipeline.plan_search_resume(run, target, trials, None, jobs, force)  # type: ignore[arg-type]  # as a manifest has it
    if pipeline.finished_search(run, plan) is None:
        pipeline.tune(loaded, plan, run.parent, command, device=device, run=run, mixed=mixed)
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
