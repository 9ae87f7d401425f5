"""The command line: names and options."""

from functools import partial
from typing import Annotated

import typer

from regctl import __version__
from regctl.cli import (
    checking,
    completing,
    datasets,
    doctor,
    explaining,
    predicting,
    reporting,
    runs,
    starting,
    training,
    tuning,
)
from regctl.cli.running import run

app = typer.Typer(
    name="regctl",
    help="How much regularization does this model need? The whole grid trains as one program.",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich's help takes two and a half times as long as all the rest of `--help`
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
sweep = typer.Typer(
    help="Train a grid along one axis and draw loss against it.", no_args_is_help=True, rich_markup_mode=None
)
for axis, what in training.SWEEPS.items():
    sweep.command(axis)(training.sweep_command(axis, what))
app.add_typer(sweep, name="sweep")
tune = typer.Typer(
    help="Search for the best setting with Keras Tuner.", no_args_is_help=True, rich_markup_mode=None
)
for target, what in tuning.TARGETS.items():
    tune.command(target)(tuning.tune_command(target, what))
app.add_typer(tune, name="tune")
app.command()(training.train)
app.add_typer(datasets.app, name="datasets")
app.command()(reporting.report)
app.command()(predicting.predict)
app.add_typer(runs.app, name="runs")
app.command()(checking.validate)
app.command()(checking.schema)
app.command()(starting.init)
app.add_typer(doctor.app, name="doctor")
app.command()(explaining.explain)
app.command()(completing.completion)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"regctl {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Read the command line and run its command."""
    run(partial(app, standalone_mode=True))
