"""`regctl sweep AXIS` and `regctl train`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from regctl.cli.interrupting import continued, how_to_go_on, interruptions, resumable, run_of
from regctl.cli.options import (
    AsJson,
    By,
    Device,
    DryRun,
    Extend,
    FailFast,
    Force,
    Jobs,
    Out,
    Overrides,
    Plugins,
    Quiet,
    Refine,
    Resume,
    RetryFailed,
    Seeds,
    Smoke,
    SpecOrResume,
    Widen,
)
from regctl.errors import StorageError, TrialError, UsageError
from regctl.records.signals import INTERRUPTED

if TYPE_CHECKING:
    from regctl.pipeline import Growth
    from regctl.spec.axes import Axis
    from regctl.spec.loading import LoadedSpec
    from regctl.steps.planning import Experiment
    from regctl.steps.resuming import Resumption

SOME_FAILED = 3


SWEEPS: "dict[Axis, str]" = {
    "lambda": "Train every λ of the spec's grid with every seed, draw loss against λ, and select one.",
    "degree": "Train a polynomial of every degree of the spec's grid, draw loss against degree, and select one.",
    "dropout": "Train every dropout rate of the spec's grid with every seed, draw loss against it, and select one.",
    "samples": "Train on shares of the training rows, λ chosen anew at each: would more data help?",
}


class How(NamedTuple):
    """The options that `sweep` and `train` share; `by`, `extend` and `refine` are a sweep's."""

    overrides: list[str] | None
    seeds: int | None
    jobs: int | None
    out: Path | None
    device: str
    smoke: bool
    dry_run: bool
    as_json: bool
    quiet: bool
    plugins: list[Path] | None
    resume: str | None
    widen: bool
    force: bool
    retry_failed: bool
    fail_fast: bool
    by: str | None = None
    extend: bool = False
    refine: bool = False


def sweep_command(axis: "Axis", what: str) -> Callable[..., None]:
    """The command that sweeps along an axis."""

    def sweep(
        spec: SpecOrResume = None,
        by: By = None,
        extend: Extend = False,
        refine: Refine = False,
        overrides: Overrides = None,
        seeds: Seeds = None,
        resume: Resume = None,
        widen: Widen = False,
        force: Force = False,
        retry_failed: RetryFailed = False,
        fail_fast: FailFast = False,
        jobs: Jobs = None,
        out: Out = None,
        device: Device = "auto",
        smoke: Smoke = False,
        dry_run: DryRun = False,
        json: AsJson = False,
        quiet: Quiet = False,
        plugin: Plugins = None,
    ) -> None:
        shared = (
            overrides,
            seeds,
            jobs,
            out,
            device,
            smoke,
            dry_run,
            json,
            quiet,
            plugin,
            resume,
            widen,
            force,
            retry_failed,
            fail_fast,
        )
        with interruptions():
            _train(spec, axis, How(*shared, by, extend, refine))

    sweep.__doc__ = what
    return sweep


def train(
    spec: SpecOrResume = None,
    overrides: Overrides = None,
    seeds: Seeds = None,
    resume: Resume = None,
    widen: Widen = False,
    force: Force = False,
    retry_failed: RetryFailed = False,
    fail_fast: FailFast = False,
    jobs: Jobs = None,
    out: Out = None,
    device: Device = "auto",
    smoke: Smoke = False,
    dry_run: DryRun = False,
    json: AsJson = False,
    quiet: Quiet = False,
    plugin: Plugins = None,
) -> None:
    """Train the spec's own setting, and the reference.

    Both with every seed; the reference is the same model without regularization.
    """
    how = How(
        overrides,
        seeds,
        jobs,
        out,
        device,
        smoke,
        dry_run,
        json,
        quiet,
        plugin,
        resume,
        widen,
        force,
        retry_failed,
        fail_fast,
    )
    with interruptions():
        _train(spec, None, how)


def _train(spec: str | None, axis: "Axis | None", how: How) -> None:
    from regctl import pipeline
    from regctl.catalog import use_plugins

    _check(spec, how)
    use_plugins(how.plugins or ())
    resumption = None
    if how.resume is None:
        loaded, experiment = _planned(spec or "", axis, how)
        growth = pipeline.Growth(how.extend, how.refine)
    elif (resumption := _resumed(how.resume, axis, how)) is not None:
        loaded, experiment = resumption.loaded, resumption.experiment
        growth = pipeline.Growth(resumption.extend, resumption.refine)
    else:
        return
    _note(experiment, how, resumption)
    if how.dry_run:
        from regctl.cli.dry_run import show_plan
        from regctl.records.run_folder import runs_root

        shown = experiment if resumption is None else pipeline.missing(resumption)
        show_plan(loaded, shown, how.device, how.as_json, pipeline.room(experiment, runs_root(how.out)))
        return
    _run(loaded, experiment, growth, resumption, how)


def _check(spec: str | None, how: How) -> None:
    if how.resume is None:
        if spec is None:
            raise UsageError("expected a SPEC, or --resume RUN. Received: neither.")
        needing = {"--force": how.force, "--widen": how.widen, "--retry-failed": how.retry_failed}
        if names := [name for name, value in needing.items() if value]:
            raise UsageError(f"{names[0]} goes with --resume.")
        if how.smoke and (how.extend or how.refine):
            raise UsageError("--smoke keeps the ends of a grid: it does not go with --extend or --refine.")
        return
    wider = {"-S": how.overrides, "--seeds": how.seeds}
    given = {"a SPEC": spec, "--by": how.by, **({} if how.widen else wider)}
    given |= {"--extend": how.extend, "--refine": how.refine, "--smoke": how.smoke}
    if how.widen and how.retry_failed:
        raise UsageError(
            "--widen and --retry-failed: expected one of them.", "Train again what failed first."
        )
    if names := [name for name, value in given.items() if value]:
        raise UsageError(f"--resume goes on as the run was started: it does not go with {', '.join(names)}.")
    if how.widen and not any(wider.values()):
        raise UsageError("--widen: expected -S sweep.…=… or --seeds N beside it. Received: neither.")


def _planned(spec: str, axis: "Axis | None", how: How) -> "tuple[LoadedSpec, Experiment]":
    from regctl import pipeline
    from regctl.spec.axes import crossed
    from regctl.spec.loading import load_spec

    loaded = load_spec(spec, _overrides(how))
    return loaded, pipeline.plan(loaded, crossed(loaded.spec, axis, how.by), how.smoke, how.jobs)


def _overrides(how: How) -> list[str]:
    return [*(how.overrides or ()), *([] if how.seeds is None else [f"training.seeds={how.seeds}"])]


def _resumed(text: str, axis: "Axis | None", how: How) -> "Resumption | None":
    """A run to go on with; None of one that has finished, whose report is shown."""
    from regctl import pipeline
    from regctl.cli.reporting import show
    from regctl.records.run_folder import find_run

    run = find_run(text, how.out)
    if how.widen:
        return pipeline.plan_widened(run, axis, _overrides(how), how.force, how.jobs)
    report = pipeline.finished(run, axis)
    if report is None or (how.retry_failed and report.manifest.trials.failed):
        return pipeline.plan_resumed(run, axis, how.force, how.jobs, how.retry_failed)
    if not how.quiet:
        typer.echo(f"note: {run} has finished: nothing is left to train.", err=True)
    show(report, "json" if how.as_json else "terminal")
    if report.manifest.trials.lost:
        raise typer.Exit(SOME_FAILED)
    return None


def _note(experiment: "Experiment", how: How, resumption: "Resumption | None") -> None:
    notes = list(experiment.notes)
    if resumption is not None:
        anew = " in a new run folder, since its test set was opened" if resumption.anew else ""
        notes += [f"going on with {resumption.run}{anew}", *resumption.mixed]
    if how.device.startswith("gpu") and experiment.engine.engine == "exact":
        notes.append(f"exact solutions are computed on the CPU; --device {how.device} is not used.")
    for note in () if how.quiet else notes:
        typer.echo(f"note: {note}", err=True)


def _run(
    loaded: "LoadedSpec",
    experiment: "Experiment",
    growth: "Growth",
    resumption: "Resumption | None",
    how: How,
) -> None:
    from regctl import pipeline
    from regctl.cli.progress import progress
    from regctl.cli.reporting import show
    from regctl.records.run_folder import runs_root

    root, command = runs_root(how.out), ("regctl", *sys.argv[1:])
    try:
        with progress(experiment, how.quiet) as listener:
            report = pipeline.run(
                loaded,
                experiment,
                root,
                command,
                listener,
                how.device,
                growth,
                resumption,
                how.fail_fast,
            )
    except TrialError as error:
        raise resumable(error, saved_trials(error)) from error
    except StorageError as error:
        raise continued(error) from error
    except KeyboardInterrupt as error:
        typer.echo(f"interrupted.{saved_trials(error)}", err=True)
        raise typer.Exit(INTERRUPTED) from error
    show(report, "json" if how.as_json else "terminal")
    if report.manifest.trials.lost:
        raise typer.Exit(SOME_FAILED)


def saved_trials(error: BaseException) -> str:
    """What an interrupted run leaves behind, and how it goes on."""
    if (run := run_of(error)) is None:
        return ""
    from regctl.records.journal import read_journal

    count = sum(record.status != "failed" for record in read_journal(run))
    if not count:
        return f" No trial had finished; {run} says how far it came.{how_to_go_on(run)}"
    what = f"{count} finished {'trial is' if count == 1 else 'trials are'} saved in {run / 'trials.jsonl'}."
    return f" {what}{how_to_go_on(run)}"
