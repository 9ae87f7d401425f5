"""A table → a first spec for it, which is planned as a sweep would plan it before anyone sees it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from regctl.datasets.guessing import Guess, guess_target, guess_task, holds_dates, names_rows
from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.sources import read_file
from regctl.datasets.wording import counted
from regctl.errors import DataError
from regctl.report.numbers import short
from regctl.spec.axes import Axes
from regctl.spec.draft import FEW_ROWS, Draft, DraftColumn, draft_yaml, spec_name
from regctl.spec.paths import absolute
from regctl.spec.schema import Spec
from regctl.spec.yaml_reader import read_mapping
from regctl.steps.planning import Experiment, plan_experiment

_FOLDS = 5


@dataclass(frozen=True)
class Drafted:
    """The spec's text, and what its owner should look at."""

    text: str
    notes: tuple[str, ...]


def draft_spec(data: Path, target: str | None, file: Path) -> Drafted:
    """A spec for the table `data`, to be written to `file`. With few rows it asks for folds, if there can be any.

    Raises:
        DataError: the table cannot be read, there is no such target, or nothing can be trained on it.
    """
    source = read_file(absolute(data))
    column = guess_target(source, target)
    guess = guess_task(column)
    first = _draft(source, column, guess, file, "the last column" if target is None else "as you said")
    experiment, draft = _planned(first, file, target is None)
    draft = replace(draft, columns=_with_reasons(draft.columns, experiment))
    return Drafted(draft_yaml(draft), _notes(draft, guess))


def _draft(source: Source, target: RawColumn, guess: Guess, file: Path, target_why: str) -> Draft:
    others = [column for column in source.columns.values() if column.name != target.name]
    folder = absolute(file).parent
    return Draft(
        name=spec_name(source.path.name),
        file=file.name,
        source=Path(os.path.relpath(source.path, folder)).as_posix(),
        rows=source.rows,
        columns=[DraftColumn(column.name, _holds(column)) for column in source.columns.values()],
        target=target.name,
        target_why=target_why,
        task=guess.task,
        task_why=f"a guess: {guess.why}",
        drop=[
            (column.name, "named like a key, and different in every row: nothing to learn from")
            for column in others
            if names_rows(column)
        ],
        dates=[column.name for column in others if holds_dates(column)],
        folds=_FOLDS if source.rows < FEW_ROWS else None,
    )


def _planned(draft: Draft, file: Path, guessed: bool) -> tuple[Experiment, Draft]:
    """The draft that can be trained as it stands: with folds as asked, or without."""
    try:
        return _plan(draft, file), draft
    except DataError as error:
        if draft.folds is not None and "validation.folds" in error.message:
            return _planned(replace(draft, folds=None), file, guessed)
        if guessed and f"target {draft.target!r}" in error.message:
            hint = f"{error.hint} Or name another column with --target." if error.hint else None
            raise DataError(error.message, hint) from error
        raise


def _plan(draft: Draft, file: Path) -> Experiment:
    data = read_mapping(draft_yaml(draft).encode(), str(file)).data
    data["dataset"]["source"] = str(absolute(absolute(file).parent / draft.source))
    return plan_experiment(Spec.model_validate(data), Axes("lambda"), smoke=False)


def _with_reasons(columns: Sequence[DraftColumn], experiment: Experiment) -> list[DraftColumn]:
    """The columns, with the plan's own words for those that it leaves out."""
    notes = [*experiment.data.notes, *experiment.whole.notes]
    found = []
    for column in columns:
        start = f"Column {column.name!r} is left out: "
        why = next((note.removeprefix(start) for note in notes if note.startswith(start)), None)
        found.append(replace(column, left_out=None if why is None else why.removesuffix(".")))
    return found


def _notes(draft: Draft, guess: Guess) -> tuple[str, ...]:
    notes = [f"target {draft.target!r} ({draft.target_why}); task {draft.task}: {guess.why}."]
    notes += [f"column {name!r} is dropped: {why}." for name, why in draft.drop]
    notes += [
        f"column {column.name!r} is left out: {column.left_out}."
        for column in draft.columns
        if column.left_out is not None
    ]
    if draft.dates:
        named = ", ".join(repr(name) for name in draft.dates)
        notes.append(f"dates in {named}: if the rows to predict come later than these, set split.time.")
    return tuple(notes)


def _holds(column: RawColumn) -> str:
    present = column.values[~column.missing]
    missing = int(column.missing.sum())
    gaps = f", {missing:,} missing" if missing else ""
    if not len(present):
        return "no value at all"
    if column.kind == "number":
        finite = present[np.isfinite(present)]
        span = f", {_bound(finite.min())} to {_bound(finite.max())}" if len(finite) else ""
        return f"number{span}{gaps}"
    if column.kind == "text":
        return f"text, {counted(len(set(present.tolist())), 'different value')}{gaps}"
    return f"{column.type_name}{gaps}"


def _bound(value: float) -> str:
    return short(float(value), 6)
