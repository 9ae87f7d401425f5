"""Which columns a linear model keeps, and with which coefficients: those of the selected setting."""

from regctl.report.blocks import Block, Paragraph, Table
from regctl.report.cutting import cut
from regctl.report.model import Report
from regctl.report.numbers import number, short

MOST_ROWS = 40
MOST_LETTERS = 60  # of a name; coefficients.csv has them whole
INTERCEPT = "(intercept)"


def coefficient_table(report: Report) -> tuple[Block, ...]:
    """The nonzero coefficients, the largest standardized ones first; nothing for a network.

    Original coefficients are for the raw columns in their own units; the intercept stands first.
    """
    selected = None if report.record is None else report.record.selected
    found = report.coefficients
    if selected is None or found is None or selected not in found.settings:
        return ()
    own = found.settings.index(selected)
    columns = (found.features, found.standardized[own].tolist(), found.original[own].tolist())
    rows = list(zip(*columns, strict=True))
    weights = [row for row in rows if not row[0].endswith(INTERCEPT)]
    kept = sorted((row for row in weights if row[1] != 0), key=lambda row: -abs(row[1]))
    intercepts = [row for row in rows if row[0].endswith(INTERCEPT)]
    if not kept and not intercepts:
        return ()
    shown = [*intercepts, *kept[:MOST_ROWS]]
    cells = [(cut(name, MOST_LETTERS), number(scaled), short(raw)) for name, scaled, raw in shown]
    table = Table(("feature", "standardized", f"original ({_per(report)})"), tuple(cells))
    return (Paragraph(_said(len(kept), len(weights))), table)


def _said(kept: int, all_: int) -> str:
    shown = f" The {MOST_ROWS} largest are listed; all are in coefficients.csv." if kept > MOST_ROWS else ""
    none = all_ - kept
    zeros = f", {none} {'is' if none == 1 else 'are'} exactly 0" if none else ""
    return f"{kept} of {all_} coefficients are nonzero{zeros}.{shown}"


def _per(report: Report) -> str:
    """What an original coefficient is measured in: of the target, per unit of the column."""
    target, transform = report.data.target, report.spec.dataset.target_transform
    if target.classes:
        return "logit per unit"
    name = f"{'' if transform == 'none' else f'{transform} '}{target.unit or target.name}"
    return f"{cut(name, MOST_LETTERS)} per unit"
