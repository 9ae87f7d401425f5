"""`regctl report RUN --choose`."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from regctl.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from regctl.report.model import Report


def chosen(run: "Path", choices: Sequence[str]) -> "Report":
    """The report of the new run folder; its test set stays sealed.

    Raises:
        UsageError: a choice is none; see also `pipeline.choose_by_hand`.
    """
    from regctl import pipeline

    report = pipeline.choose_by_hand(run, _values(choices), ("regctl", *sys.argv[1:]))
    typer.echo(f"note: the choice is recorded in {report.run}; {run.name} is as it was.", err=True)
    return report


def _values(choices: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for choice in choices:
        name, equals, text = choice.partition("=")
        try:
            found[name.strip()] = float(text)
        except ValueError:
            equals = ""
        if not equals:
            raise UsageError(f"--choose: expected AXIS=VALUE, as lambda=0.01. Received: {choice!r}.")
    return found
