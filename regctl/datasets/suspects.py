"""Columns whose values say that they are no features. Only training rows are looked at.

So nothing in a validation or test row can decide which columns a model sees. The rules, over the training
rows:

- no value at all;
- text of dates: every value is one, in one format;
- text that names rows: more than half of the values differ, and more than 20 do;
- text with more than 100 different values;
- row numbers: stored as whole numbers without a gap in the cells, strictly rising or falling in file order,
  over a range of at most twice the rows they span. A measure may look like this (years, one row each), so
  such a column stays when there is no other feature, and always when it is stored with a decimal point.
"""

import numpy as np

from regctl.datasets.columns import Choice, Unfit, without
from regctl.datasets.dates import date_format
from regctl.datasets.raw import RawColumn, Source
from regctl.types import Int64

MOST_LEVELS = 100
FEWEST_NAMES = 20


def leave_out_suspects(source: Source, choice: Choice, rows: Int64) -> Choice:
    """The choice without the columns that the training `rows` show to be no features, each noted.

    Raises:
        DataError: a listed column is unfit, or none is left.
    """
    columns = [source.columns[name] for name in choice.names]
    unfit = {column.name: reason for column in columns if (reason := _unfit(column, rows)) is not None}
    ordered = np.sort(rows)
    counters = {c.name: _COUNTER for c in columns if c.name not in unfit and _counts_rows(c, ordered)}
    if len(unfit) + len(counters) < len(columns):
        return without(source, choice, {**unfit, **counters})
    kept = without(source, choice, unfit)
    notes = tuple(
        f"Column {name!r} looks like row numbers and is kept: no other feature is left." for name in counters
    )
    return Choice(kept.names, kept.listed, (*kept.notes, *notes))


_COUNTER = Unfit(
    "it counts the rows (whole numbers, strictly rising or falling in file order)",
    "Remove it from dataset.features; if it is a measure, store it with a decimal point (12.0).",
)


def _unfit(column: RawColumn, rows: Int64) -> Unfit | None:
    present = rows[~column.missing[rows]]
    if not len(present):
        return Unfit("it has no value in the training rows")
    return _unfit_text(column.values[present].tolist()) if column.kind == "text" else None


def _unfit_text(texts: list[str]) -> Unfit | None:
    levels = set(texts)
    found = date_format(levels)
    if found is not None:
        return Unfit(
            f"it holds dates or times as text ({found})",
            "Add number columns made from it, such as the year, and use those.",
        )
    if len(levels) > FEWEST_NAMES and len(levels) > len(texts) / 2:
        return Unfit(f"it names rows: {len(levels)} different texts in {len(texts)} training rows")
    if len(levels) > MOST_LEVELS:
        return Unfit(
            f"it has {len(levels)} different texts in the training rows, more than {MOST_LEVELS}",
            "Join them into fewer in the file, or remove it from dataset.features.",
        )
    return None


def _counts_rows(column: RawColumn, ordered: Int64) -> bool:
    if column.kind != "number" or not column.whole[ordered].all():
        return False
    values = column.values[ordered]
    steps = np.diff(values)
    if not ((steps > 0).all() or (steps < 0).all()):
        return False
    return bool(abs(values[-1] - values[0]) <= 2 * (ordered[-1] - ordered[0]))
