"""The preparation in Keras operations: what `datasets` does with arrays, an exported model does with tensors.

All columns of a kind share one path, so that the graph stays small. Shapes: `n` rows, `k` columns of a kind.
"""

from collections.abc import Sequence
from itertools import count, islice
from typing import Any

import numpy as np
from keras import ops

from regctl.types import (
    ColumnPreparation,
    Expansion,
    Int64,
    NumberPreparation,
    TargetPreparation,
    TextPreparation,
)


def number_design(columns: Sequence[NumberPreparation], dtype: str, raw: Any) -> Any:
    """From raw numbers float32 `[n, k]` to `[values | indicators]`, of that dtype `[n, k + i]`.

    A value is `(x − mean) / sd`, with `median` for a missing x, all in float64: of 1.6e9 ± 1e4 (Unix time)
    float32 would leave two digits. A mean split into two float32 parts does not help, for TensorFlow's graph
    optimizer adds such constants up again.
    """
    indicated = np.flatnonzero([column.indicator for column in columns])
    indicators = ops.take(ops.isnan(raw), indicated, axis=1)
    values = _standardized(columns, raw)
    return ops.concatenate([ops.cast(values, dtype), ops.cast(indicators, dtype)], axis=1)


def product_design(columns: Sequence[NumberPreparation], expansion: Expansion, raw: Any) -> Any:
    """From raw numbers float32 `[n, k]` to a polynomial's products, standardised, float64 `[n, T]`."""
    powered, exponents, places = expansion.factors
    standardized = _standardized(columns, raw)
    powers = ops.power(ops.take(standardized, powered, axis=1), exponents[np.newaxis].astype(np.float64))
    powers = ops.concatenate([powers, ops.ones_like(standardized[:, :1])], axis=1)
    values = ops.take(powers, places[:, 0], axis=1)
    for place in places.T[1:]:
        values = values * ops.take(powers, place, axis=1)
    return (values - np.array([expansion.means])) / np.array([expansion.sds])


def _standardized(columns: Sequence[NumberPreparation], raw: Any) -> Any:
    filled = ops.where(ops.isnan(raw), _row(columns, "median"), ops.cast(raw, "float64"))
    return (filled - _row(columns, "mean")) / _row(columns, "sd")


def _row(columns: Sequence[NumberPreparation], statistic: str) -> Any:
    return np.array([[getattr(column, statistic) for column in columns]], dtype=np.float64)


def text_design(columns: Sequence[TextPreparation], dtype: str, codes: Any) -> Any:
    """From codes int64 `[n, k]` (0 unknown, then levels, then pooled levels) to 0/1, of that dtype `[n, widths]`.

    All pooled levels get the code of the first of them; a design column then asks for one code of one column.
    """
    first_pooled = np.array([[len(column.levels) + 1 for column in columns]])
    widths = [_width(column) for column in columns]
    asked_column = np.repeat(np.arange(len(columns)), widths)
    asked_code = np.concatenate([np.arange(1, width + 1) for width in widths])
    answers = ops.take(ops.minimum(codes, first_pooled), asked_column, axis=1)
    return ops.cast(ops.equal(answers, asked_code[np.newaxis]), dtype)


def _width(column: TextPreparation) -> int:
    return len(column.levels) + bool(column.pooled)


def design_matrix(columns: Sequence[ColumnPreparation], *blocks: Any) -> Any:
    """From the blocks of `number_design`, `text_design` and `product_design`, in this order, to the design order.

    Any of them may be missing; products come last in both orders. `[n, d]`.
    """
    together = ops.concatenate(blocks, axis=1)
    own = design_order(columns)
    products = np.arange(len(own), together.shape[1])
    return ops.take(together, np.concatenate([own, products]), axis=1)


def design_order(columns: Sequence[ColumnPreparation]) -> Int64:
    """For each design column of the columns' own, int64, its position in `[values | indicators | levels]`."""
    numbers = [column for column in columns if isinstance(column, NumberPreparation)]
    values = count()
    indicators = count(len(numbers))
    levels = count(len(numbers) + sum(column.indicator for column in numbers))
    order: list[int] = []
    for column in columns:
        if isinstance(column, TextPreparation):
            order += islice(levels, _width(column))
        else:
            order += [next(values), next(indicators)] if column.indicator else [next(values)]
    return np.array(order, dtype=np.int64)


def prediction(target: TargetPreparation, scaled: Any) -> Any:
    """From the model's scale to what the exported model returns, float64: the target, or probabilities of classes.

    One logit `[n, 1]` becomes the probability of class 1, `[n, 1]`; K logits become those of all, `[n, K]`.
    """
    if not target.classes:
        return target_in_own_unit(target, scaled)
    logits = ops.cast(scaled, "float64")
    return ops.sigmoid(logits) if scaled.shape[1] == 1 else ops.softmax(logits, axis=1)


def target_in_own_unit(target: TargetPreparation, scaled: Any) -> Any:
    """From the model's scale to the target's unit, float64 `[n, 1]`: undo the scale, then the transform."""
    transformed = ops.cast(scaled, "float64") * np.array([[target.sd]]) + np.array([[target.mean]])
    if target.transform == "none":
        return transformed
    base_log = np.log(10.0) if target.transform == "log10" else 1.0
    return ops.exp(transformed * np.array([[base_log]]))
