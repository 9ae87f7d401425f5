"""Coefficients of linear models, as the model has them and in the data's own units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regctl.engine.exact.polynomial import polynomial_original
from regctl.types import ColumnPreparation, Float64, NumberPreparation, Preparation

INTERCEPT = "(intercept)"


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of L models; the intercept is the first feature.

    Parameters:
        features: the names, `[d + 1]`.
        standardized: float64 `[L, d + 1]`, of the design's columns, for the scaled target.
        original: float64 `[L, d + 1]`, of the raw columns, for the target in its own unit (see `original`).
    """

    features: tuple[str, ...]
    standardized: Float64
    original: Float64


def coefficients(
    preparation: Preparation, names: Sequence[str], kernels: Float64, intercepts: Float64
) -> Coefficients:
    """The table of kernels `[L, d]` and intercepts `[L]`; `names` are the d design columns.

    A polynomial's products are powers of the design's columns under `standardized`, and of the raw columns under
    `original`; one that was left out, being constant, has a coefficient of 0 for the design.
    """
    if preparation.expansion is not None:
        further, raw = polynomial_original(preparation, preparation.expansion, names, kernels, intercepts)
        absent = np.zeros((len(kernels), len(further)))
        standardized = np.concatenate([intercepts[:, None], kernels, absent], axis=1)
        return Coefficients((INTERCEPT, *names, *further), standardized, raw)
    raw, raw_intercepts = original(preparation, kernels, intercepts)
    return Coefficients(
        features=(INTERCEPT, *names),
        standardized=np.concatenate([intercepts[:, None], kernels], axis=1),
        original=np.concatenate([raw_intercepts[:, None], raw], axis=1),
    )


def original(preparation: Preparation, kernels: Float64, intercepts: Float64) -> tuple[Float64, Float64]:
    """Coefficients and intercept in the data's own units: `[…, d]`, `[…]` → `[…, d]`, `[…]`.

    `intercept + Σ coefficient·column` is the unscaled prediction. A number's column is its raw value, missing ones
    replaced by the median; its indicator ("was missing") and a text's levels are 0 or 1. The target's scale is undone,
    a log transform is not: the sum is then the log of the prediction, and a coefficient changes it by a factor.
    """
    centres, scales = _scales(preparation.columns)
    target = preparation.target
    raw = kernels / scales * target.sd
    return raw, intercepts * target.sd + target.mean - (raw * centres).sum(axis=-1)


def _scales(columns: Sequence[ColumnPreparation]) -> tuple[Float64, Float64]:
    """What was subtracted from each design column and what it was divided by, both `[d]`."""
    pairs = [pair for column in columns for pair in _column_scales(column)]
    table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _column_scales(column: ColumnPreparation) -> list[tuple[float, float]]:
    untouched = (0.0, 1.0)
    if isinstance(column, NumberPreparation):
        return [(column.mean, column.sd), *([untouched] if column.indicator else [])]
    return [untouched] * (len(column.levels) + bool(column.pooled))
