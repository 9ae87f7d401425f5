"""How raw columns become a design matrix: fitted on training rows, and on nothing else.

Numbers: rounded to float32 (what an exported model receives), missing → median with an indicator column where
training rows lack values, then standardised with mean and sd (divisor n) of the imputed training rows, all in
float64. The median is itself a float32 number, so that model and preparation impute the same.

Text: one 0/1 column per level of the training rows, "" (missing) among them. Levels with fewer rows than
`rare_below` says share one column, if there are at least two of them (one alone would only lose its name) and
some other level is not rare (else the shared column would be constant).

A polynomial's numbers are then expanded: see `expansion.py`.

Constant columns are left out with a note. A number column counts as constant when its training values span no
more than four steps of float32 at their size: what is left then is rounding.
"""

from collections import Counter

import numpy as np

from regctl.datasets.classes import balanced_weights
from regctl.datasets.design import design_matrix, design_names, number_columns, rounded, standardized
from regctl.datasets.expansion import fit_expansion
from regctl.datasets.pixels import fit_pixels
from regctl.datasets.registered import known_units
from regctl.datasets.scaling import fit_target, is_constant, scale_target, unscale_target
from regctl.datasets.wording import counted, left_out_notes
from regctl.errors import DataError
from regctl.spec.schema import Spec
from regctl.types import (
    Column,
    ColumnPreparation,
    Float64,
    NumberPreparation,
    OpenData,
    Preparation,
    Prepared,
    Table,
    TextPreparation,
)

__all__ = [
    "design_matrix",
    "design_names",
    "fit_preparation",
    "prepare",
    "rare_below",
    "scale_target",
    "unscale_target",
]


def fit_preparation(table: Table, spec: Spec, classes: tuple[str, ...] = ()) -> Preparation:
    """Fit the preparation to a table of training rows; `classes` are the names of the target's classes.

    Raises:
        DataError: every feature is constant, or the target is; a polynomial would have too many columns.
    """
    unit = known_units(spec.dataset).get(spec.dataset.target)
    target = fit_target(table.target, spec.dataset, unit, classes)
    if spec.model.image is not None:
        return Preparation(fit_pixels(table, spec.model), target)
    columns: list[ColumnPreparation] = []
    left_out: dict[str, str] = {}
    for column in table.columns:
        fitted = _fit_column(column, table)
        if isinstance(fitted, str):
            left_out[column.name] = fitted
        else:
            columns.append(fitted)
    notes = left_out_notes(left_out)
    if not columns:
        raise DataError(
            f"every feature is constant in the {len(table)} training rows. {' '.join(notes)}",
            "Add columns or rows that differ.",
        )
    names = [column.name for column in number_columns(columns)]
    expansion, further = fit_expansion(names, standardized(columns, table), spec.model)
    notes += [*_pooling_notes(columns, len(table)), *further]
    return Preparation(tuple(columns), target, tuple(notes), expansion)


def prepare(data: OpenData, spec: Spec, fold: int | None = None) -> tuple[Preparation, Prepared]:
    """Fit the preparation on the training rows, of a fold or of the holdout, and apply it to both parts.

    Raises:
        DataError: as `fit_preparation`.
    """
    train, validation = data.tables(fold)
    preparation = fit_preparation(train, spec, data.target.classes)
    weighted = spec.training.class_weight == "balanced"
    return preparation, Prepared(
        names=design_names(preparation),
        x_train=design_matrix(preparation, train),
        y_train=scale_target(preparation.target, train.target),
        x_validation=design_matrix(preparation, validation),
        y_validation=scale_target(preparation.target, validation.target),
        row_weights=balanced_weights(train.target, len(data.target.classes)) if weighted else None,
    )


def rare_below(rows: int) -> float:
    """A level with fewer training rows than this is rare: 1 % of them, but at least 10, but at most 5 %."""
    return min(max(10.0, 0.01 * rows), 0.05 * rows)


def _fit_column(column: Column, table: Table) -> ColumnPreparation | str:
    """The fitted column, or why it is left out."""
    values = table.values[column.name]
    if column.kind == "number":
        return _fit_number(column, rounded(values))
    return _fit_text(column, Counter(values.tolist()), len(table))


def _fit_number(column: Column, values: Float64) -> NumberPreparation | str:
    missing = np.isnan(values)
    present = values[~missing]
    if not len(present):
        return "it has no value in the training rows"
    if is_constant(present):
        if missing.any():
            return (
                f"it is {present[0]:g} or blank in every training row (to use it, write a number for blank)"
            )
        return f"it is {present[0]:g} in every training row"
    median = float(np.float32(np.median(present)))
    imputed = np.where(missing, median, values)
    mean, sd = float(imputed.mean()), float(imputed.std())
    return NumberPreparation(column.name, median, mean, sd, bool(missing.any()), column.unit)


def _fit_text(column: Column, counts: Counter[str], rows: int) -> TextPreparation | str:
    if len(counts) < 2:
        return f"it is {next(iter(counts), '')!r} in every training row"
    rare = sorted(level for level, count in counts.items() if count < rare_below(rows))
    if len(rare) < 2 or len(rare) == len(counts):
        rare = []
    levels = tuple(sorted(set(counts) - set(rare)))
    return TextPreparation(column.name, levels, tuple(rare), column.unit)


def _pooling_notes(columns: list[ColumnPreparation], rows: int) -> tuple[str, ...]:
    pooled = [column for column in columns if isinstance(column, TextPreparation) and column.pooled]
    if not pooled:
        return ()
    levels = sum(len(column.pooled) for column in pooled)
    return (
        f"{levels} rare levels of {counted(len(pooled), 'text column')}, with fewer than "
        f"{rare_below(rows):.3g} of {rows} training rows, share a column in each.",
    )
