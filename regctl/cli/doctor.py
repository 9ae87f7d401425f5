"""`regctl doctor` and `regctl doctor dropout`."""

from collections.abc import Sequence

import typer

from regctl.cli.options import AsJson, Device, Out, Overrides, Plugins, Quiet, SpecArgument

DOES_NOT_HOLD = 4

app = typer.Typer(rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})


@app.callback(invoke_without_command=True)
def doctor(
    context: typer.Context,
    out: Out = None,
    json: AsJson = False,
) -> None:
    """Check this machine for regctl: versions, devices, processors, memory, BLAS, folders.

    Exit code 0 when no row fails (a warning is advice), 4 when one does.
    """
    if context.invoked_subcommand is not None:
        if out is not None or json:
            raise typer.BadParameter(
                f"stands behind {context.invoked_subcommand}", param_hint="--out or --json"
            )
        return
    from regctl import pipeline
    from regctl.records.run_folder import runs_root

    findings = pipeline.examine_machine(runs_root(out))
    if json:
        _print_json({"passed": all(each.status != "fail" for each in findings), "rows": findings})
    else:
        rows = [(each.status, each.what, each.found, each.advice) for each in findings]
        _print_table(("", "what", "found", "to do"), rows)
    if any(each.status == "fail" for each in findings):
        raise typer.Exit(DOES_NOT_HOLD)


@app.command()
def dropout(
    spec: SpecArgument,
    overrides: Overrides = None,
    out: Out = None,
    device: Device = "auto",
    plugin: Plugins = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check that the noise layers of a spec's model do what their rates say, on its training rows.

    For every layer: the share of zeros (binomial test), the scale of what is kept, the expectation, identity at
    inference, gradients that are 0 exactly where units are dropped, agreement with a dropout written in NumPy; other
    kinds of noise by their own mean and standard deviation. Then the model is trained with every rate at 0, which must
    converge. What is random is tested at level 0.001 in all. Table and figures go to a folder among the runs.

    Exit code 0 when every check holds, 4 when one does not.
    """
    from regctl import pipeline
    from regctl.catalog import use_plugins
    from regctl.records.run_folder import runs_root
    from regctl.report.noise_report import noise_document, noise_rows, noise_verdict
    from regctl.spec.loading import load_spec

    use_plugins(plugin or ())
    report = pipeline.inspect_dropout(load_spec(spec, overrides or ()), runs_root(out), device)
    for note in () if quiet else report.notes:
        typer.echo(f"note: {note}", err=True)
    if json:
        _print_json(noise_document(report))
    else:
        header = ("", "layer", "check", "found", "expected", "p", "of")
        _print_table(header, noise_rows(report), right=(3, 4, 5, 6))
        typer.echo("\n" + "\n".join(noise_verdict(report)))
    if not report.passed:
        raise typer.Exit(DOES_NOT_HOLD)


def _print_json(document: object) -> None:
    import json

    from regctl.records.files import plain

    typer.echo(json.dumps(plain(document), indent=2, ensure_ascii=False))


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """A table on stdout, its first column the verdict."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    styles = {"pass": "green", "warn": "yellow", "fail": "bold red"}
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(
            Text(name),
            justify="right" if place in right else "left",
            no_wrap=place in (0, 1, *right) or place < min(right, default=0),
            overflow="fold",
        )
    for row in rows:
        table.add_row(Text(row[0], style=styles[row[0]]), *map(Text, row[1:]))
    Console().print(table)
