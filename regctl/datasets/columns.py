"""Which columns are features: decided by name, part in the spec and type. Values come later (`suspects.py`).

With `features: all` these are left out, each with a note; with a list, each is an error:

- the target (without a note), and the columns that split.group, split.time and split.column name;
- dates and times as Parquet types: they have no fixed scale;
- lists, structs, binaries and other types that are neither number nor text;
- what `suspects.py` finds in the training rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.wording import did_you_mean, left_out_notes
from regctl.errors import DataError
from regctl.spec.dataset import Dataset, Split
from regctl.spec.schema import Spec


@dataclass(frozen=True)
class Unfit:
    """Why a column cannot be a feature, and what its owner may do about it."""

    why: str
    remedy: str = "Remove it from dataset.features."


TARGET = Unfit("it is the target")
MARK = Unfit("it says which part of the source a row comes from (for split.column)")


@dataclass(frozen=True)
class Choice:
    """Feature names in the file's order. `listed` says that the spec named them one by one."""

    names: tuple[str, ...]
    listed: bool
    notes: tuple[str, ...] = ()


def choose_columns(source: Source, spec: Spec) -> Choice:
    """The columns that may be features as far as names and types tell.

    Raises:
        DataError: an unknown name anywhere in the spec, a listed column that cannot be a feature, or an
            infinite value.
    """
    _check_names(source, spec)
    dataset = spec.dataset
    listed = dataset.features != "all"
    wanted = set(source.columns if dataset.features == "all" else dataset.features) - set(dataset.drop)
    choice = Choice(tuple(name for name in source.columns if name in wanted), listed)
    roles = {**dict.fromkeys(source.marks, MARK), **_roles(dataset, spec.split)}
    unfit = {name: roles.get(name) or _unfit_by_type(source.columns[name]) for name in choice.names}
    choice = without(source, choice, {name: reason for name, reason in unfit.items() if reason is not None})
    _check_range(source, choice.names)
    return choice


def without(source: Source, choice: Choice, unfit: dict[str, Unfit]) -> Choice:
    """The choice without its unfit columns, each noted.

    Raises:
        DataError: a listed column is unfit, or none is left.
    """
    for name, reason in unfit.items():
        if choice.listed:
            raise DataError(
                f"{source.path}: column {name!r} cannot be a feature: {reason.why}.", reason.remedy
            )
    names = tuple(name for name in choice.names if name not in unfit)
    told = left_out_notes({name: reason.why for name, reason in unfit.items() if reason != TARGET})
    notes = (*choice.notes, *told)
    if not names:
        reasons = " ".join(notes) if notes else "dataset.drop removes all of them."
        raise DataError(f"{source.path}: no column is left as a feature. {reasons}")
    return Choice(names, choice.listed, notes)


def _check_names(source: Source, spec: Spec) -> None:
    dataset, split = spec.dataset, spec.split
    _refuse_unknown(source, "dataset.features", () if dataset.features == "all" else dataset.features)
    _refuse_unknown(source, "dataset.drop", dataset.drop)
    _refuse_unknown(source, "dataset.units", dataset.units)
    for key in ("stratify", "group", "time", "column"):
        name = getattr(split, key)
        _refuse_unknown(source, f"split.{key}", () if name is None else (name,))
    if dataset.target in dataset.drop:
        raise DataError(
            f"{source.path}: dataset.drop names the target {dataset.target!r}.", "Remove it from there."
        )


def _refuse_unknown(source: Source, key: str, names: Iterable[str]) -> None:
    for name in names:
        if name not in source.columns:
            raise DataError(f"{source.path}: no column {name!r} ({key}).", did_you_mean(name, source.columns))


def _roles(dataset: Dataset, split: Split) -> dict[str, Unfit]:
    parts = {split.group: "split.group", split.time: "split.time", split.column: "split.column"}
    roles = {name: Unfit(f"it is {key}") for name, key in parts.items() if name is not None}
    return {**roles, dataset.target: TARGET}


def _unfit_by_type(column: RawColumn) -> Unfit | None:
    if column.kind == "date":
        return Unfit(
            f"it holds dates or times ({column.type_name})",
            "Add number columns made from it, such as the year, and use those.",
        )
    if column.kind == "other":
        return Unfit(f"its type {column.type_name} is neither number nor text")
    return None


def _check_range(source: Source, names: Iterable[str]) -> None:
    """A model computes in float32: what is infinite there cannot be used."""
    for name in names:
        column = source.columns[name]
        if column.kind != "number":
            continue
        beyond = np.abs(column.values) > np.finfo(np.float32).max
        if beyond.any():
            row = int(np.argmax(beyond))
            raise DataError(
                f"{source.place(row)}: column {name!r}: expected a finite number below 3.4e38, received "
                f"{column.values[row]:g} ({int(beyond.sum())} of {source.rows} rows).",
                "Correct it, leave the cell empty, or drop the column.",
            )
