"""The target column of a regression: checked over all rows, since each part needs it."""

import numpy as np

from regctl.datasets.cells import is_number
from regctl.datasets.raw import Bool, RawColumn, Source
from regctl.datasets.wording import did_you_mean
from regctl.errors import DataError
from regctl.spec.schema import Dataset
from regctl.types import Float64


def read_target(source: Source, dataset: Dataset) -> Float64:
    """The target's values, float64 `[n]`, in its own unit.

    Raises:
        DataError: no such column, not numbers, a missing or infinite value, the same value everywhere, or a
            value ≤ 0 before a logarithm.
    """
    column = source.columns.get(dataset.target)
    if column is None:
        hint = did_you_mean(dataset.target, source.columns)
        raise DataError(f"{source.path}: no column {dataset.target!r} (dataset.target).", hint)
    if column.kind != "number":
        raise DataError(_not_numbers(source, column), "Clean the column, or choose another target.")
    values: Float64 = column.values
    _refuse(
        source, column.missing, f"target {column.name!r} is missing", "Remove those rows or fill them in."
    )
    _refuse(source, np.isinf(values), f"target {column.name!r} is infinite", "Correct or remove those rows.")
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
