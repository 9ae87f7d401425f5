"""`regctl sweep AXIS` and `regctl train`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from regctl.cli.options import (
    AsJson,
    By,
    Device,
    DryRun,
    Extend,
    Jobs,
    Out,
    Overrides,
    Plugins,
    Quiet,
    Refine,
    Seeds,
    Smoke,
    SpecArgument,
)
from regctl.errors import UsageError

if TYPE_CHECKING:
    from regctl.spec.axes import Axis

SOME_FAILED = 3
INTERRUPTED = 130


SWEEPS: "dict[Axis, str]" = {
    "lambda": "Train every λ of the spec's grid with every seed, draw loss against λ, and select one.",
    "degree": "Train a polynomial of every degree of the spec's grid, draw loss against degree, and select one.",
    "dropout": "Train every dropout rate of the spec's grid with every seed, draw loss against it, and select one.",
    "samples": "Train on shares of the training rows, λ chosen anew at each: would more data help?",
}


def sweep_command(axis: "Axis", what: str) -> Callable[..., None]:
    """The command that sweeps along an axis."""

    def sweep(
        spec: SpecArgument,
        by: By = None,
        extend: Extend = False,
        refine: Refine = False,
        overrides: Overrides = None,
        seeds: Seeds = None,
        jobs: Jobs = None,
        out: Out = None,
        device: Device = "auto",
        smoke: Smoke = False,
        dry_run: DryRun = False,
        json: AsJson = False,
        quiet: Quiet = False,
        plugin: Plugins = None,
    ) -> None:
        how = (overrides, seeds, jobs, out, device, smoke, dry_run, json, quiet, plugin)
        _train(spec, (axis, by), *how, extend, refine)

    sweep.__doc__ = what
    return sweep


def train(
    spec: SpecArgument,
    overrides: Overrides = None,
    seeds: Seeds = None,
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
    _train(spec, (None, None), overrides, seeds, jobs, out, device, smoke, dry_run, json, quiet, plugin)


def _train(
    spec: str,
    axes: "tuple[Axis | None, str | None]",
    overrides: list[str] | None,
    seeds: int | None,
    jobs: int | None,
    out: Path | None,
    device: str,
    smoke: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    plugins: list[Path] | None,
    extend: bool = False,
    refine: bool = False,
) -> None:
    from regctl import pipeline
    from regctl.catalog import use_plugins
    from regctl.cli.dry_run import show_plan
    from regctl.cli.progress import progress
    from regctl.cli.reporting import show
    from regctl.records.run_folder import runs_root
    from regctl.spec.axes import crossed
    from regctl.spec.loading import load_spec

    use_plugins(plugins or ())
    if smoke and (extend or refine):
        raise UsageError("--smoke keeps the ends of a grid: it does not go with --extend or --refine.")
    extra = [] if seeds is None else [f"training.seeds={seeds}"]
    loaded = load_spec(spec, [*(overrides or ()), *extra])
    experiment = pipeline.plan(loaded, crossed(loaded.spec, *axes), smoke, jobs)
    notes = list(experiment.notes)
    if device.startswith("gpu") and experiment.engine.engine == "exact":
        notes.append(f"exact solutions are computed on the CPU; --device {device} is not used.")
    for note in () if quiet else notes:
        typer.echo(f"note: {note}", err=True)
    if dry_run:
        show_plan(loaded, experiment, device, as_json)
        return
    try:
        with progress(experiment, quiet) as listener:
            command, growth = ("regctl", *sys.argv[1:]), pipeline.Growth(extend, refine)
            report = pipeline.run(loaded, experiment, runs_root(out), command, listener, device, growth)
    except KeyboardInterrupt as error:
        typer.echo(f"interrupted.{_saved(error)}", err=True)
        raise typer.Exit(INTERRUPTED) from error
    show(report, "json" if as_json else "terminal")
    if report.manifest.trials.diverged:
        raise typer.Exit(SOME_FAILED)


def _saved(error: BaseException) -> str:
    """What an interrupted run leaves behind."""
    run = getattr(error, "run", None)
    if run is None:
        return ""
    from regctl.records.journal import read_journal

    count = len(read_journal(run))
    if not count:
        return f" No trial had finished; {run} says how far it came."
    return f" {count} finished {'trial is' if count == 1 else 'trials are'} saved in {run / 'trials.jsonl'}."
