"""The target column: checked over all rows, since each part needs it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regctl.datasets.cells import is_number
from regctl.datasets.classes import class_names, class_numbers
from regctl.datasets.raw import Bool, RawColumn, Source
from regctl.datasets.wording import did_you_mean, quoted
from regctl.errors import DataError
from regctl.spec.dataset import Dataset
from regctl.spec.schema import Spec
from regctl.types import Float64

EXACT_WHOLE = 2.0**53  # up to here every whole number is a float64 of its own


@dataclass(frozen=True)
class TargetColumn:
    """A target without gaps.

    `values` float64 `[n]` are in its own unit, or the numbers of classes; `cells` `[n]` are the column as read;
    `classes` are the classes' names, none for a regression.
    """

    name: str
    values: Float64
    cells: NDArray[Any]
    classes: tuple[str, ...] = ()


def read_target(source: Source, spec: Spec) -> TargetColumn:
    """The target of a spec's task.

    Raises:
        DataError: no such column, a missing or infinite value, the same value everywhere; of a regression, not numbers,
            or a value ≤ 0 before a logarithm; of a classification, no classes.
    """
    dataset = spec.dataset
    column = source.columns.get(dataset.target)
    if column is None:
        hint = did_you_mean(dataset.target, source.columns)
        raise DataError(f"{source.path}: no column {dataset.target!r} (dataset.target).", hint)
    if spec.task == "regression":
        values = _measured(source, column, dataset)
        return TargetColumn(column.name, values, values)
    return _classified(source, column, spec)


def _classified(source: Source, column: RawColumn, spec: Spec) -> TargetColumn:
    if column.kind not in ("number", "text"):
        what = f"target {column.name!r} of a classification: expected numbers or text"
        raise DataError(f"{source.path}: {what}, received {column.type_name}.", "Choose another target.")
    _refuse_gaps(source, column)
    if column.kind == "number":
        _refuse(
            source,
            np.abs(column.values) > EXACT_WHOLE,
            f"target {column.name!r} holds numbers beyond 2^53, where different classes look alike,",
            "Write the classes as text, or with smaller numbers.",
        )
    names = class_names(source, column, spec.dataset)
    if spec.training.loss == "binary_crossentropy" and len(names) > 2:
        raise DataError(
            f"{source.path}: training.loss binary_crossentropy goes with 2 classes of {column.name!r}, "
            f"found {len(names)}: {quoted(names)}.",
            "Use auto or categorical_crossentropy.",
        )
    return TargetColumn(column.name, class_numbers(column, names), column.values, names)


def _measured(source: Source, column: RawColumn, dataset: Dataset) -> Float64:
    if column.kind != "number":
        raise DataError(
            _not_numbers(source, column),
            "Clean the column, choose another target, or use task: classification.",
        )
    values: Float64 = column.values
    _refuse_gaps(source, column)
    if values.min() == values.max():
        raise DataError(
            f"{source.path}: target {column.name!r} is {values[0]:g} in every row.",
            "There is nothing to predict; choose another target.",
        )
    if dataset.target_transform != "none":
        _refuse(
            source,
            values <= 0,
            f"target {column.name!r} is not above 0",
            f"dataset.target_transform {dataset.target_transform} needs positive values; use none.",
        )
    return values


def _refuse_gaps(source: Source, column: RawColumn) -> None:
    _refuse(
        source, column.missing, f"target {column.name!r} is missing", "Remove those rows or fill them in."
    )
    if column.kind == "number":
        infinite = np.isinf(column.values)
        _refuse(source, infinite, f"target {column.name!r} is infinite", "Correct or remove those rows.")


def _refuse(source: Source, bad: Bool, what: str, hint: str) -> None:
    if bad.any():
        raise DataError(
            f"{source.path}: {what} in {int(bad.sum())} of {source.rows} rows ({source.where(bad)}).", hint
        )


def _not_numbers(source: Source, column: RawColumn) -> str:
    what = f"target {column.name!r} of a regression: expected numbers, received {column.type_name}"
    example = first_text(source, column)
    return f"{source.path}: {what}{example}."


def first_text(source: Source, column: RawColumn) -> str:
    """` ('n.a.' at houses.csv:12)`: the first cell that keeps a column from being numbers, or nothing."""
    if column.kind != "text" or column.written is None:
        return ""
    row = next(row for row, cell in enumerate(column.written) if not is_number(cell))
    return f" ({column.written[row]!r} at {source.place(row)})"
