"""`regctl report RUN --choose`."""

import math
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
        name, _, text = choice.partition("=")
        name, value = name.strip(), _number(text)
        if not name or not math.isfinite(value):
            raise UsageError(f"--choose: expected AXIS=VALUE, as lambda=0.01. Received: {choice!r}.")
        if name in found:
            raise UsageError(
                f"--choose: expected one value of {name}. Received: {found[name]:g} and {value:g}."
            )
        found[name] = value
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
