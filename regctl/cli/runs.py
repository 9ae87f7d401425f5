"""`regctl runs`: what is in the runs root, one run's report, several runs beside each other, and removing runs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from regctl.cli.options import AsJson, Out
from regctl.cli.printing import print_json, print_table
from regctl.cli.reporting import Format
from regctl.errors import UsageError

Status = Literal["running", "completed", "failed", "interrupted", "damaged"]
SortKey = Literal["started", "name", "axis", "status", "validation", "test"]

app = typer.Typer(
    help="The runs there are: list, show, compare and remove them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run folder, its name, or runs/latest.", show_default=False)
]


@app.command("list")
def list_(
    status: Annotated[
        Status | None, typer.Option("--status", help="Only runs of this status.", show_default=False)
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="TEXT", help="Only runs whose name holds TEXT.", show_default=False),
    ] = None,
    axis: Annotated[
        str | None,
        typer.Option(
            "--axis", metavar="TEXT", help="Only runs along such an axis, or train.", show_default=False
        ),
    ] = None,
    sort: Annotated[
        SortKey, typer.Option("--sort", help="The newest first, or the lowest of another key.")
    ] = "started",
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """List the runs, newest first: axis, status, selected setting, its validation loss ± standard error, test, age.

    Losses are on each run's own scale: they compare runs of the same data, target and loss.
    """
    from datetime import UTC, datetime

    from regctl.records.run_folder import runs_root
    from regctl.records.summary import summaries
    from regctl.report import listing

    root = runs_root(out)
    runs = listing.ordered(
        listing.chosen(summaries(root), status=status, name=name, axis=axis), sort, reverse
    )
    now = datetime.now(UTC)
    if json:
        print_json([listing.entry(run, now) for run in runs])
        return
    for run in runs:
        for problem in run.problems:
            typer.echo(f"note: {run.path / problem}", err=True)
    if runs:
        print_table(listing.HEADER, [listing.row(run, now) for run in runs], right=(6,))
    else:
        typer.echo(f"no such runs in {root}", err=True)


@app.command()
def show(
    run: RunArgument,
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = "terminal",
    out: Out = None,
) -> None:
    """Print a run's report as it is. Nothing is opened and nothing is written: a sealed test set stays sealed."""
    from regctl.cli import reporting
    from regctl.records.run_folder import find_run
    from regctl.report.model import read_report

    reporting.show(read_report(find_run(run, out)), format_)


@app.command()
def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN RUN...", help="Two runs or more, the first as the base.", show_default=False
        ),
    ],
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Overlay the curves in FILE.svg and FILE.png; a suffix .svg or .png is taken off first.",
            show_default=False,
        ),
    ] = None,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Hold runs against each other: specs, environments, curves, and the selected settings' validation losses.

    The difference of two runs' validation losses is paired by row, with a 95 % BCa bootstrap interval that the spread
    over seeds widens. Where data, split, loss or the target's scale differ there is no verdict. No test set is opened.
    """
    from regctl.records.run_folder import find_run
    from regctl.report.comparing import compare
    from regctl.report.model import read_report

    folders = list(dict.fromkeys(find_run(run, out).resolve() for run in runs))
    if len(folders) < 2:
        raise UsageError("runs compare: expected two different runs or more. Received: one.", "Name another.")
    compared = compare([read_report(folder) for folder in folders])
    if plot is not None:
        from regctl.report.overlay import draw_overlay

        for file in draw_overlay(compared, plot):
            typer.echo(f"note: {file}", err=True)
    if json:
        from regctl.report.comparison_document import comparison_document

        print_json(comparison_document(compared))
        return
    from rich.console import Console

    from regctl.report.comparison_content import comparison_sections
    from regctl.report.terminal import print_sections

    print_sections("Runs beside each other", comparison_sections(compared), Console())


@app.command()
def remove(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs to remove.", show_default=False)],
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Remove without asking.")] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also a run that says it is running, though its process was killed."),
    ] = False,
    out: Out = None,
) -> None:
    """Remove runs, after asking. The ledger of openings stays, and so does every opening on it."""
    from regctl.records.removal import removable, remove

    folders = removable(runs, out, force)
    if not yes and not _agreed(folders):
        typer.echo("nothing was removed.", err=True)
        return
    for folder in folders:
        remove(folder)
        typer.echo(f"removed {folder.name}", err=True)


def _agreed(folders: Sequence[Path]) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(
            "runs remove: there is no terminal to ask on.", "Add --yes to remove without asking."
        )
    for folder in folders:
        opened = " (its test set was opened; that stays on the ledger)" * (folder / "test.json").is_file()
        typer.echo(f"{folder}{opened}", err=True)
    return typer.confirm("Remove for good?", err=True)
