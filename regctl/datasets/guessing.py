"""What a table looks like it is for: target, task, and columns that only name rows. Guesses, each with a reason.

Only `regctl init` guesses, and it writes what it guessed into a spec for its owner to correct.
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from regctl.datasets.cells import MISSING, is_number
from regctl.datasets.dates import date_format
from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.wording import counted, did_you_mean
from regctl.errors import DataError
from regctl.spec.tasks import Task, class_name

MOST_CLASSES = 10
FEWEST_ROWS_OF_A_CLASS = 10
_LEVELS_READ = 1000  # a column of dates shows what it is in fewer values than this
_ID_NAME = re.compile(r"(?:^|[\W_])(?:id|uuid|guid|key|index|no|nr)$", re.IGNORECASE)
_CAMEL_ID = re.compile(r"[a-z](?:Id|ID)$")


@dataclass(frozen=True)
class Guess:
    """A task, and in a few words why."""

    task: Task
    why: str


def guess_target(source: Source, wanted: str | None) -> RawColumn:
    """The column to predict: the wanted one, else the last.

    Raises:
        DataError: there is no such column, or the table has one column only, or no header.
    """
    _refuse_headless(source)
    names = list(source.columns)
    if wanted is not None and wanted not in source.columns:
        raise DataError(f"{source.path}: no column {wanted!r} (--target).", did_you_mean(wanted, names))
    if len(names) == 1:
        raise DataError(
            f"{source.path}: expected a target and at least one feature. Received: one column, {names[0]!r}.",
            "Add the columns to predict it from.",
        )
    return source.columns[names[-1] if wanted is None else wanted]


def guess_task(column: RawColumn) -> Guess:
    """Classes for text, truth values and a few different whole numbers of ten rows or more each, else a regression."""
    if column.kind == "text":
        return _guess_text(column)
    if column.kind != "number":
        return Guess("regression", f"it is {column.type_name}")
    present = column.values[~column.missing]
    counts = Counter(present.tolist())
    if len(counts) > MOST_CLASSES or any(value % 1 for value in counts if np.isfinite(value)):
        return Guess("regression", f"it holds {counted(len(counts), 'different number')}")
    if not counts:
        return Guess("regression", "it has no value")
    rarest, rows = min(counts.items(), key=lambda item: item[1])
    different = counted(len(counts), "different whole number")
    if rows < FEWEST_ROWS_OF_A_CLASS:
        few = f"{class_name(rarest)} has {counted(rows, 'row')}, which is few for a class"
        return Guess("regression", f"it holds {different}, but {few}")
    return Guess("classification", f"it holds only {different}")


def names_rows(column: RawColumn) -> bool:
    """Whether a number column looks like a key: named like one, and a different whole number in every row."""
    if column.kind != "number" or not (_ID_NAME.search(column.name) or _CAMEL_ID.search(column.name)):
        return False
    return bool(column.whole.all()) and len(set(column.values.tolist())) == len(column.values)


def holds_dates(column: RawColumn) -> bool:
    """Whether a column holds dates or times, as a type or as text."""
    if column.kind != "text":
        return column.kind == "date"
    levels = list(dict.fromkeys(column.values[~column.missing].tolist()))[:_LEVELS_READ]
    return bool(levels) and date_format(levels) is not None


def _guess_text(column: RawColumn) -> Guess:
    levels = set(column.values[~column.missing].tolist())
    if len(levels) > 2 and sum(map(is_number, levels)) > len(levels) / 2:
        return Guess(
            "regression", "most of its values are numbers"
        )  # reading it then names the first that is none
    if levels <= {"true", "false"}:
        return Guess("classification", "it is true or false")
    return Guess("classification", f"it is text, {counted(len(levels), 'different value')}")


def _refuse_headless(source: Source) -> None:
    """A first line of numbers is data. Numbers that count (0, 1, 2, … or years) may be names."""
    names = list(source.columns)
    numbers = sorted(float(name) for name in names if is_number(name) and name.strip() not in MISSING)
    if source.lines is None or 2 * len(numbers) <= len(names):
        return
    if len(numbers) > 1 and numbers[0] % 1 == 0 and (np.diff(numbers) == 1).all():
        return
    shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    raise DataError(
        f"{source.path}:1: expected the names of the columns. Received: {shown}, which look like values.",
        "Add a first line with a name for each column.",
    )
