"""Conditions on a run's numbers and findings, for scripts: `validation.rmse < 30000`, `REG101`, `warning`."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from regctl.errors import UsageError
from regctl.report.explaining import known
from regctl.report.measures import measured
from regctl.report.model import Report
from regctl.report.numbers import number
from regctl.types import PART_NAMES, Finding, Severity

_FORM = re.compile(r"\s*([^\s<>=]+)\s*(<=|>=|<|>)\s*(\S+)\s*")
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # note, warning, serious


@dataclass(frozen=True)
class Check:
    """A number of the selected setting, by part and measure, that must be on one side of a limit."""

    part: str
    measure: str
    comparison: str
    limit: float

    def __str__(self) -> str:
        return f"{self.part}.{self.measure} {self.comparison} {self.limit:.12g}"

    @property
    def opens(self) -> bool:
        """Whether it is about the test set."""
        return self.part == "test"


def parse_check(text: str, metrics: Sequence[str]) -> Check:
    """`PART.MEASURE < NUMBER`, with < <= > or >=; the measures are `loss` and the run's metrics.

    Raises:
        UsageError: it is none, or names what the run does not have.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(
            f"--check: expected a comparison such as 'validation.loss < 0.5'. Received: {text!r}."
        )
    name, comparison, right = found.groups()
    names = [f"{part}.{measure}" for part in PART_NAMES for measure in ("loss", *metrics)]
    if name not in names:
        raise UsageError(f"--check: this run has no {name!r}.", f"It has {', '.join(names)}.")
    part, _, measure = name.partition(".")
    return Check(part, measure, comparison, _limit(right, text))


def _limit(right: str, text: str) -> float:
    try:
        limit = float(right)
    except ValueError:
        limit = float("nan")
    if limit != limit:
        raise UsageError(f"--check: expected a number behind the comparison. Received: {text!r}.")
    return limit


def broken(report: Report, checks: Sequence[Check]) -> list[str]:
    """A line for each check that does not hold; a number that is not known holds nothing.

    Raises:
        UsageError: the run has selected no setting, or its test set is sealed and a check wants it.
    """
    if not checks:
        return []
    if report.record is None or report.record.selected is None:
        raise UsageError(f"--check: {report.run} has no selected setting.", "Check a run that has completed.")
    lines = []
    for check in checks:
        if check.opens and report.test is None:
            raise UsageError(f"--check: {check} wants the test set, which is sealed.")
        value = measured(report, report.record.selected, check.part, check.measure)
        if value is None or not _OPERATORS[check.comparison](value, check.limit):
            lines.append(f"check does not hold: {check} (it is {number(value)}).")
    return lines


def parse_fail_on(text: str) -> str:
    """A severity or a code as it is written.

    Raises:
        UsageError: it is neither; names the nearest code.
    """
    if text.lower() in _SEVERITIES:
        return text.lower()
    try:
        return known(text)
    except UsageError as error:
        expected = f"a finding's code, or {', '.join(_SEVERITIES[:-1])} or {_SEVERITIES[-1]}"
        raise UsageError(f"--fail-on: expected {expected}. Received: {text!r}.", error.hint) from error


def unwanted(findings: Sequence[Finding], fail_on: Sequence[str]) -> list[str]:
    """A line for each finding with one of the codes, or of one of the severities or a worse one."""
    least = min(
        (_SEVERITIES.index(each) for each in _SEVERITIES if each in fail_on), default=len(_SEVERITIES)
    )
    return [
        f"--fail-on: {finding.code} ({finding.severity}): {finding.message}"
        for finding in findings
        if finding.code in fail_on or _SEVERITIES.index(finding.severity) >= least
    ]
