"""`regctl tune dropout|lambda|model`."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from regctl.cli.interrupting import continued, how_to_go_on, interruptions, resumable, run_of
from regctl.cli.options import (
    AsJson,
    Device,
    DryRun,
    FailFast,
    Force,
    Jobs,
    Out,
    Overrides,
    Plugins,
    Quiet,
    RetryFailed,
    Seeds,
    Smoke,
)
from regctl.cli.training import SOME_FAILED
from regctl.errors import StorageError, TrialError, UsageError
from regctl.records.signals import INTERRUPTED

if TYPE_CHECKING:
    from regctl.report.model import Report
    from regctl.spec.search_space import Target

TARGETS: "dict[Target, str]" = {
    "dropout": "Search dropout rates: one for all hidden layers, or what the spec's tune.space names of them.",
    "lambda": "Search λ, or what the spec's tune.space names of λ, λ₁, λ₂ and l1_ratio.",
    "model": "Search all that the spec's tune.space names: rates, penalties, units, layers, learning rate and more.",
}
SHIPPED = "digits"
TRIALS = 20

Tuner = Annotated[
    Literal["auto", "hyperband", "bayesian", "random", "grid"] | None,
    typer.Option(
        "--tuner",
        help="Keras Tuner's; auto: grid where the space has no more settings than --trials, else hyperband. The same "
        "as -S tune.tuner=NAME.",
        show_default=False,
    ),
]
Trials = Annotated[
    int | None,
    typer.Option(
        "--trials",
        metavar="N",
        help="How many settings, in all, also after a resume; replicates and continued rungs do not count. "
        f"By default {TRIALS}, of a resume as before.",
        show_default=False,
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="RUN",
        help="Go on with a search, instead of a SPEC: a run folder, its name, or runs/latest.",
        show_default=False,
    ),
]
SpecArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[SPEC]",
        help=f"Path of a spec, or the name of a shipped one; by default {SHIPPED}.",
        show_default=False,
    ),
]


def tune_command(target: "Target", what: str) -> Callable[..., None]:
    """The command that searches what a target names."""

    def tune(
        spec: SpecArgument = None,
        trials: Trials = None,
        tuner: Tuner = None,
        seeds: Seeds = None,
        overrides: Overrides = None,
        resume: Resume = None,
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
        given = [*(overrides or ())]
        given += [] if seeds is None else [f"training.seeds={seeds}"]
        given += [] if tuner is None else [f"tune.tuner={tuner}"]
        with interruptions():
            _tune(
                target,
                spec,
                trials,
                given,
                resume,
                force,
                (retry_failed, fail_fast),
                jobs,
                out,
                device,
                smoke,
                dry_run,
                json,
                quiet,
                plugin,
            )

    tune.__doc__ = what
    return tune


def _tune(
    target: "Target",
    spec: str | None,
    trials: int | None,
    overrides: list[str],
    resume: str | None,
    force: bool,
    failing: tuple[bool, bool],
    jobs: int | None,
    out: Path | None,
    device: str,
    smoke: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    plugins: list[Path] | None,
) -> None:
    from regctl import pipeline
    from regctl.catalog import use_plugins
    from regctl.cli.search_dry_run import show_search
    from regctl.cli.search_progress import announce, search_progress
    from regctl.records.run_folder import find_run, runs_root
    from regctl.spec.loading import load_spec

    use_plugins(plugins or ())
    retry_failed, fail_fast = failing
    _check_resume(resume, smoke, {"--force": force, "--retry-failed": retry_failed})
    run, mixed = None if resume is None else find_run(resume, out), tuple[str, ...]()
    if run is None:
        loaded = load_spec(spec or SHIPPED, overrides)
        plan = pipeline.plan_search(loaded, target, TRIALS if trials is None else trials, smoke, jobs)
    else:
        given = None if spec is None and not overrides else (spec, overrides)
        loaded, plan, mixed = pipeline.plan_search_resume(
            run, target, trials, given, jobs, force, retry_failed
        )
    if not quiet:
        announce(plan, run)
    if dry_run:
        show_search(loaded, plan, device, as_json, pipeline.room(plan, runs_root(out)))
        return
    again = run is not None and retry_failed and pipeline.has_failed(run)
    if run is not None and not again and (found := pipeline.finished_search(run, plan)) is not None:
        if not quiet:
            typer.echo(f"note: {run} has finished: nothing is left to train.", err=True)
        _show(found, as_json)
        return
    command = ("regctl", *sys.argv[1:])
    try:
        with search_progress(plan, quiet) as listener:
            report = pipeline.tune(
                loaded, plan, runs_root(out), command, listener, device, run, mixed, retry_failed, fail_fast
            )
    except TrialError as error:
        raise resumable(error, _saved(error)) from error
    except StorageError as error:
        raise continued(error) from error
    except KeyboardInterrupt as error:
        typer.echo(f"interrupted.{_saved(error)}", err=True)
        raise typer.Exit(INTERRUPTED) from error
    _show(report, as_json)


def _show(report: "Report", as_json: bool) -> None:
    from regctl.cli.reporting import show

    show(report, "json" if as_json else "terminal")
    failed = [each for each in report.searched if each.status == "failed"]
    for each in failed:
        typer.echo(f"request {each.number} failed: {each.reason}", err=True)
    if failed or report.manifest.trials.lost:
        raise typer.Exit(SOME_FAILED)


def _check_resume(resume: str | None, smoke: bool, needing: Mapping[str, bool]) -> None:
    if resume is not None and smoke:
        raise UsageError("--smoke starts a run of its own: it does not go with --resume.")
    if resume is None and (names := [name for name, given in needing.items() if given]):
        raise UsageError(f"{names[0]} goes with --resume.")


def _saved(error: BaseException) -> str:
    """What an interrupted search leaves behind, and how it goes on."""
    if (run := run_of(error)) is None:
        return ""
    from regctl.records.search_record import read_searched

    count = len(read_searched(run))
    what = f"{count} finished {'request is' if count == 1 else 'requests are'} saved in {run}."
    return f" {what}{how_to_go_on(run)}"
