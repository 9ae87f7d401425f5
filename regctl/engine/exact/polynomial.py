"""The coefficients of a polynomial in the data's own units."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

import numpy as np

from regctl.engine.exact.multiplied_out import multiplied_out
from regctl.types import (
    ColumnPreparation,
    Expansion,
    Float64,
    NumberPreparation,
    Preparation,
    Product,
    product_name,
)


def polynomial_original(
    preparation: Preparation,
    expansion: Expansion,
    names: Sequence[str],
    kernels: Float64,
    intercepts: Float64,
) -> tuple[list[str], Float64]:
    """Intercept and coefficients `[L, 1 + d + f]` of products of raw columns, and the names of the last f of them.

    `intercept + Σ coefficient·product` is the unscaled prediction, in exact arithmetic: of raw columns far from 0 the
    summands of a high degree are so much larger than their sum that float64 cannot add them up.

    Parameters:
        preparation: with that expansion.
        names: of the d design columns. Products that are constant in the training rows are not among them, but turn up
            where the others are multiplied out.
        kernels: `[L, d]`.
        intercepts: `[L]`.
    """
    own = _own_products(preparation.columns, expansion, len(names))
    raw = _raw_products(preparation, expansion, own, kernels, intercepts)
    known = {(), *own.values()}
    beside = sorted((product for product in raw if product not in known), key=_by_degree)
    places = {product: 1 + place for place, product in own.items()}
    places |= {product: place for place, product in enumerate(beside, start=1 + len(names))}
    table = np.zeros((len(kernels), 1 + len(names) + len(beside)))
    table[:, 1 : 1 + len(names)] = (
        kernels * preparation.target.sd
    )  # of levels and indicators, which stay 0 or 1
    for product, values in raw.items():
        table[:, places.get(product, 0)] = values
    columns = [column.name for column in _numbers(preparation.columns)]
    further = [product_name(product, columns) for product in beside]
    return [f"{name} #2" if name in names else name for name in further], table


def _by_degree(product: Product) -> tuple[int, Product]:
    return sum(power for _, power in product), product


def _numbers(columns: Sequence[ColumnPreparation]) -> list[NumberPreparation]:
    return [column for column in columns if isinstance(column, NumberPreparation)]


def _own_products(
    columns: Sequence[ColumnPreparation], expansion: Expansion, width: int
) -> dict[int, Product]:
    """Position in the design → the product of number columns that stands there; single columns first."""
    found: dict[int, Product] = {}
    place = 0
    for column in columns:
        if isinstance(column, NumberPreparation):
            found[place] = ((len(found), 1),)
            place += 1 + column.indicator
        else:
            place += len(column.levels) + bool(column.pooled)
    return found | dict(enumerate(expansion.products, start=width - len(expansion.products)))


def _raw_products(
    preparation: Preparation,
    expansion: Expansion,
    own: Mapping[int, Product],
    kernels: Float64,
    intercepts: Float64,
) -> dict[Product, Float64]:
    """The coefficient `[L]` of every product of raw columns; that of `()` is the intercept.

    `b·sd + mean + Σ w·sd·(Π((x − m)/s)^p − μ)/σ`: the model on the target's scale, before its transform is undone.
    """
    columns, target = _numbers(preparation.columns), preparation.target
    singles, sd = len(columns), Fraction(target.sd)
    means = [Fraction(0)] * singles + [Fraction(mean) for mean in expansion.means]
    sds = [Fraction(1)] * singles + [Fraction(own_sd) for own_sd in expansion.sds]
    spreads = [
        prod((Fraction(columns[column].sd) ** power for column, power in product), start=own_sd)
        for product, own_sd in zip(own.values(), sds, strict=True)
    ]
    weights = kernels[:, list(own)]
    return multiplied_out(
        np.concatenate([weights, weights, intercepts[:, None], np.ones((len(kernels), 1))], axis=1),
        [*own.values(), *[()] * (len(own) + 2)],
        [
            *(sd / spread for spread in spreads),
            *(-sd * mean / own_sd for mean, own_sd in zip(means, sds, strict=True)),
            sd,
            Fraction(target.mean),
        ],
        [column.mean for column in columns],
    )
