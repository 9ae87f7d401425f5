"""What a script demands of a run: `--check` and `--fail-on`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from regctl.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from regctl.report.checks import Check
    from regctl.report.model import Report

DOES_NOT_HOLD = 4


@dataclass(frozen=True)
class Demands:
    """Checks that must hold, and codes or severities of findings that must not be there."""

    checks: "tuple[Check, ...]" = ()
    fail_on: tuple[str, ...] = ()

    def enforce(self, report: "Report") -> None:
        """Says what does not hold, and ends with exit code 4 if anything does not.

        Raises:
            UsageError: a check is on a number that the run does not have.
        """
        from regctl.report.checks import broken, unwanted

        lines = [*broken(report, self.checks), *unwanted(report.findings, self.fail_on)]
        for line in lines:
            typer.echo(line, err=True)
        if lines:
            raise typer.Exit(DOES_NOT_HOLD)


def demanded(
    run: "Path", checks: Sequence[str], fail_on: Sequence[str], sealed: bool, chooses: bool = False
) -> Demands:
    """What is demanded, understood before anything is opened.

    `chooses`: a setting is to be chosen by hand, which opens nothing.

    Raises:
        UsageError: a check or a code is none, or a check wants the test set that is to stay sealed.
    """
    if not checks and not fail_on:
        return Demands()
    from regctl.records.opened_test import read_test
    from regctl.report.checks import parse_check, parse_fail_on
    from regctl.report.model import read_report

    metrics = read_report(run).metrics if checks else ()
    parsed = tuple(parse_check(check, metrics) for check in checks)
    opening = next((check for check in parsed if check.opens), None)
    if opening is not None and sealed:
        raise UsageError(
            f"--check: {opening} opens the test set, which --sealed keeps shut.", "Leave one of them out."
        )
    if opening is not None and chooses:
        raise UsageError(
            "--choose opens nothing: it does not go with a check on test.",
            "Check the new run, once it is there.",
        )
    codes = tuple(parse_fail_on(each) for each in fail_on)
    if opening is not None and read_test(run) is None:
        typer.echo(f"note: {opening} opens the test set.", err=True)
    return Demands(parsed, codes)
