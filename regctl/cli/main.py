"""The command line: names, options, and how an error becomes one message and an exit code."""

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from regctl import __version__
from regctl.cli import predicting, reporting, specs, training
from regctl.errors import RegctlError

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
app.command()(training.train)
app.command()(reporting.report)
app.command()(predicting.predict)
app.command()(specs.validate)
app.command()(specs.schema)


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
    """The console script. A RegctlError ends in its message and exit code; a bug's traceback goes to the run's log."""
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the one backend regctl is written for
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins takes a tenth of `validate`
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no λ shows a question mark
    try:
        app(standalone_mode=True)
    except RegctlError as error:
        _tell("error: " + str(error).replace("\n", "\nerror: "))
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of stdout has left, as in `regctl report RUN | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if (run := getattr(error, "run", None)) is None:
            raise  # there is no log to keep the traceback
        _tell(f"error: a bug in regctl: {type(error).__name__}. Its traceback is in {run / 'log.txt'}.")
        sys.exit(1)


def _tell(text: str) -> None:
    typer.echo(text, err=True)
