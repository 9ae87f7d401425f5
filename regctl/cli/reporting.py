"""`regctl report`."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from regctl.cli.options import Out, Plugins

if TYPE_CHECKING:
    from pathlib import Path

    from regctl.report.model import Report

Format = Literal["terminal", "md", "html", "json"]


def report(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, its name, or runs/latest.", show_default=False)
    ],
    sealed: Annotated[bool, typer.Option("--sealed", help="Do not open the test set.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Open the test set without asking.")] = False,
    checks: Annotated[
        list[str] | None,
        typer.Option(
            "--check",
            metavar="EXPR",
            help="Exit with code 4 unless it holds, as 'validation.rmse < 30000'; one on test.* opens the test set.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            metavar="CODE|SEVERITY",
            help="Exit with code 4 on such a finding: a code, or note, warning or serious and worse.",
            show_default=False,
        ),
    ] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(
            "--choose",
            metavar="AXIS=VALUE",
            help="Choose a setting of a sweep by hand, as lambda=0.01: in a new run folder, opening nothing.",
            show_default=False,
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = "terminal",
    browse: Annotated[
        bool, typer.Option("--browse", help="Show report.html in the browser, and print its path.")
    ] = False,
    out: Out = None,
    plugin: Plugins = None,
) -> None:
    """Print a run's report. The first time this opens the test set; afterwards the stored number is shown."""
    from regctl import pipeline
    from regctl.catalog import use_plugins
    from regctl.cli.demands import demanded
    from regctl.cli.hand_choice import chosen
    from regctl.records.run_folder import find_run

    use_plugins(plugin or ())
    found = find_run(run, out)
    demands = demanded(found, checks or (), fail_on or (), sealed, chooses=bool(choose))
    if choose:
        shown = chosen(found, choose)
    else:
        opens = not sealed and _is_wanted(found, yes)
        shown = pipeline.open_test(found) if opens else _rewritten(found)
    if browse:
        _show_in_browser(shown.run)
    if not browse or format_ != "terminal":
        show(shown, format_)
    demands.enforce(shown)


def show(report: "Report", form: Format) -> None:
    """Prints a report on stdout."""
    if form == "md":
        from regctl.report.markdown import markdown

        typer.echo(markdown(report), nl=False)
    elif form == "json":
        import json

        from regctl.report.document import document

        typer.echo(json.dumps(document(report), indent=2, ensure_ascii=False))
    elif form == "html":
        from regctl.report.page.page import page

        typer.echo(page(report), nl=False)
    else:
        from rich.console import Console

        from regctl.report.terminal import print_report

        print_report(report, Console())


def _show_in_browser(run: "Path") -> None:
    """Opens the page in the user's browser; where there is none, its path is all that can be given.

    Raises:
        UsageError: the page is not there, since the folder cannot be written.
    """
    import webbrowser

    from regctl.errors import UsageError
    from regctl.report.writing import PAGE

    path = run.resolve() / PAGE
    if not path.is_file():
        raise UsageError(f"{path}: no such file.", f"Print it: regctl report {run} --format html.")
    typer.echo(path)
    if not webbrowser.open(path.as_uri()):
        typer.echo("note: no browser could be started; open the file in one.", err=True)


def _rewritten(run: "Path") -> "Report":
    """The report, written anew where the folder can be written."""
    from regctl.errors import RegctlError, UsageError
    from regctl.report.model import read_report
    from regctl.report.writing import write_report

    try:
        return write_report(run)
    except UsageError:
        raise
    except RegctlError as error:
        typer.echo(f"note: {error.message}", err=True)
        return read_report(run)


def _is_wanted(run: "Path", yes: bool) -> bool:
    """Whether to open the test set; a note says why not."""
    from regctl import pipeline
    from regctl.records.opened_test import read_test

    if read_test(run) is not None:
        return False
    if reason := pipeline.sealed_reason(run):
        typer.echo(f"note: {reason}.", err=True)
        return False
    return yes or not sys.stdin.isatty() or _says_yes(run)


def _says_yes(run: "Path") -> bool:
    from regctl.records.ledger import earlier_openings, model_hash
    from regctl.records.manifest import read_manifest
    from regctl.records.split_record import read_split

    hashes = read_split(run).split.parts["test"].hashes
    typer.echo(
        f"The test set of {run.name} ({len(hashes):,} rows) is sealed. Opening it is recorded.", err=True
    )
    earlier = earlier_openings(run.parent, read_manifest(run).run_id, hashes, model_hash(run))
    for each in earlier:
        typer.echo(f"{each.run} opened {each.shared_rows:,} of these rows on {each.opened_at}.", err=True)
    typer.echo("The first number is the honest one: it is the one to report.", err=True)
    return typer.confirm("Open it now?", err=True)
