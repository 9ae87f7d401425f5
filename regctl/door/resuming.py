"""Going on with a run from Python, as `--resume` does it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regctl.catalog import use_plugins
from regctl.door.backend import require_tensorflow
from regctl.door.run import Run, open_run
from regctl.door.training import How, check
from regctl.records.manifest import Manifest


def resume(
    run: str | Path,
    *,
    retry_failed: bool = False,
    fail_fast: bool = False,
    force: bool = False,
    device: str = "auto",
    jobs: int | None = None,
    out: str | Path | None = None,
    plugins: Sequence[str | Path] = (),
) -> Run:
    """Go on with a run of `sweep`, `train` or `tune`: train what is missing; nothing of one that has finished.

    Parameters:
        run: a run folder, a name in the runs root `out`, or `runs/latest`.
        retry_failed: also train again what failed; not what diverged, which would be the same again. Once the run's
            test set was opened, a sweep or training goes on in a new run folder.
        fail_fast: end the run with the first trial that fails.
        force: go on although data or versions have changed; the run is then marked as mixed.
        device: as the command line's option.
        jobs: as the command line's option.
        out: the runs root.
        plugins: paths of Python files, those that the run was started with.

    Raises:
        DataError, UsageError, MachineError, TrialError: all are `RegctlError`; it cannot be done.
    """
    from regctl import pipeline

    check((), How(device=device, jobs=jobs))
    require_tensorflow()
    use_plugins([Path(plugin) for plugin in plugins])
    found = open_run(run, out)
    manifest, path = found.manifest, found.path
    command = _command(
        manifest, path, {"--retry-failed": retry_failed, "--fail-fast": fail_fast, "--force": force}
    )
    if manifest.tune is not None:
        target: Any = manifest.tune
        loaded, search, mixed = pipeline.plan_search_resume(
            path, target, None, None, jobs, force, retry_failed
        )
        report = pipeline.tune(
            loaded,
            search,
            path.parent,
            command,
            pipeline.TuneListener(),
            device,
            path,
            mixed,
            retry_failed,
            fail_fast,
        )
        return Run(report.run.resolve())
    if pipeline.finished(path, manifest.axis) is not None and not (retry_failed and manifest.trials.failed):
        return found
    resumption = pipeline.plan_resumed(path, manifest.axis, force, jobs, retry_failed)
    report = pipeline.run(
        resumption.loaded,
        resumption.experiment,
        path.parent,
        command,
        pipeline.Listener(lambda experiment, run: None, lambda event: None),
        device,
        pipeline.Growth(resumption.extend, resumption.refine),
        resumption,
        fail_fast,
    )
    return Run(report.run.resolve())


def _command(manifest: Manifest, run: Path, flags: dict[str, bool]) -> list[str]:
    """The command line that does the same, for the run's log."""
    what = (
        ["tune", manifest.tune] if manifest.tune else ["sweep", manifest.axis] if manifest.axis else ["train"]
    )
    words = [word for word in what if word is not None]
    return ["regctl", *words, "--resume", str(run), *(flag for flag, wanted in flags.items() if wanted)]
