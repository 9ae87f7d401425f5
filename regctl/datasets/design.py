"""The design matrix: what a preparation makes of a table. Column by column, in the preparation's order.

Behind the columns' own come the products of a polynomial's expansion.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from regctl.datasets.expansion import expanded
from regctl.types import (
    ColumnPreparation,
    Design,
    Float64,
    NumberPreparation,
    Preparation,
    Table,
    TextPreparation,
    product_name,
)

MISSING = "(missing)"
RARE = "(rare)"


def design_names(preparation: Preparation) -> tuple[str, ...]:
    """The names of the d design columns, all different.

    A number is named as its column, its indicator `column (missing)`; a level is `column=level`, the missing
    level `column=(missing)`, the pooled levels `column=(rare)`; a product `column^2 other`. A name that another
    column has already gets ` #2`.
    """
    seen: Counter[str] = Counter()
    names = []
    for name in (
        *(name for column in preparation.columns for name in _names(column)),
        *product_names(preparation),
    ):
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return tuple(names)


def design_matrix(preparation: Preparation, table: Table) -> Design:
    """The design matrix `[n, d]`, float32, or float64 with an expansion.

    A number is rounded to float32, then computed in float64: missing → median, `(value − mean) / sd`.
    Indicators and levels are 0 or 1; a level that training rows did not have is 0 in every column of its
    text.
    """
    blocks = [_block(column, table) for column in preparation.columns]
    if preparation.expansion is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            products = expanded(preparation.expansion, standardized(preparation.columns, table))
        return np.concatenate([*blocks, products], axis=1)
    with np.errstate(over="ignore"):  # a value 1e38 sds from the mean is infinite: its row's loss will say so
        return np.concatenate(blocks, axis=1).astype(np.float32)


def number_columns(columns: Sequence[ColumnPreparation]) -> list[NumberPreparation]:
    """Those that an expansion counts: the numbers, in order."""
    return [column for column in columns if isinstance(column, NumberPreparation)]


def standardized(columns: Sequence[ColumnPreparation], table: Table) -> Float64:
    """The number columns, missing values replaced, as `(value − mean) / sd`: float64 `[n, k]`."""
    blocks = [
        _number_block(column, rounded(table.values[column.name]))[:, :1] for column in number_columns(columns)
    ]
    return np.concatenate([np.empty((len(table), 0)), *blocks], axis=1)


def rounded(numbers: Float64) -> Float64:
    """The numbers as an exported model receives them: float32, here as float64 again."""
    return numbers.astype(np.float32).astype(np.float64)


def product_names(preparation: Preparation) -> list[str]:
    """The names of an expansion's products, before any ` #2`; none without one."""
    names = [column.name for column in number_columns(preparation.columns)]
    products = () if preparation.expansion is None else preparation.expansion.products
    return [product_name(product, names) for product in products]


def _names(column: ColumnPreparation) -> tuple[str, ...]:
    if isinstance(column, NumberPreparation):
        return (column.name, f"{column.name} {MISSING}") if column.indicator else (column.name,)
    levels = tuple(f"{column.name}={level or MISSING}" for level in column.levels)
    return (*levels, f"{column.name}={RARE}") if column.pooled else levels


def _block(column: ColumnPreparation, table: Table) -> Float64:
    """The columns of one raw column, float64 `[n, k]`."""
    values = table.values[column.name]
    if isinstance(column, NumberPreparation):
        return _number_block(column, rounded(values))
    return _text_block(column, values.tolist())


def _number_block(column: NumberPreparation, values: Float64) -> Float64:
    missing = np.isnan(values)
    scaled = (np.where(missing, column.median, values) - column.mean) / column.sd
    parts = (scaled, missing.astype(np.float64)) if column.indicator else (scaled,)
    return np.stack(parts, axis=1)


def _text_block(column: TextPreparation, values: list[str]) -> Float64:
    place = {level: position for position, level in enumerate(column.levels)}
    place.update(dict.fromkeys(column.pooled, len(column.levels)))
    positions = np.array([place.get(value, -1) for value in values])
    width = len(column.levels) + bool(column.pooled)
    marked: Float64 = (positions[:, None] == np.arange(width)).astype(np.float64)
    return marked
