"""A polynomial's columns: products of the standardised number columns, standardised again.

In the order of scikit-learn's `PolynomialFeatures`: by degree, then by column. The number columns themselves are the
products of degree 1; they are standardised already. What is 0 or 1 (levels, "was missing") is not expanded: its powers
are itself, and the products of all pairs would be many more columns than anyone asked for.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement
from math import comb

import numpy as np

from regctl.datasets.scaling import is_constant
from regctl.datasets.wording import counted, quoted
from regctl.errors import DataError
from regctl.spec.model import Model
from regctl.types import Expansion, Float64, Product, product_name

MAX_COLUMNS = 10_000
MAX_BYTES = 2**30  # of the expanded training rows, in float64
_WRITTEN_OUT = 10**24  # larger numbers are rounded in messages


def fit_expansion(
    names: Sequence[str], standardized: Float64, model: Model
) -> tuple[Expansion | None, tuple[str, ...]]:
    """The expansion of the standardised number columns `[n, k]` of training rows, and what to note about it.

    There is none for another model, for degree 1, and without number columns. Products that are constant in the
    training rows are left out.

    Raises:
        DataError: it would make more columns than are of any use, or numbers beyond float64.
    """
    if model.name != "polynomial" or model.degree == 1:
        return None, ()
    if not names:
        return None, (f"There is no number column to expand to degree {model.degree}.",)
    _check_size(len(standardized), len(names), model)
    wanted = tuple(products(len(names), model.degree, model.interactions))
    with np.errstate(over="ignore", invalid="ignore"):
        values = product_values(Expansion(wanted, (), ()), standardized)
        means, sds = values.mean(axis=0), values.std(axis=0)
    _check_range(names, wanted, sds, model)
    kept = [place for place in range(len(wanted)) if not is_constant(values[:, place])]
    left_out = [product_name(wanted[place], names) for place in sorted(set(range(len(wanted))) - set(kept))]
    expansion = Expansion(
        tuple(wanted[place] for place in kept), tuple(means[kept].tolist()), tuple(sds[kept].tolist())
    )
    return expansion, _left_out_note(left_out)


def products(columns: int, degree: int, interactions: bool) -> Iterator[Product]:
    """Yield the products of degree 2 … `degree` of that many columns; without interactions, powers only."""
    for total in range(2, degree + 1):
        if interactions:
            for factors in combinations_with_replacement(range(columns), total):
                yield tuple(Counter(factors).items())
        else:
            yield from (((column, total),) for column in range(columns))


def column_count(columns: int, degree: int, interactions: bool) -> int:
    """How many columns those and their products are: `C(columns + degree, degree) − 1`, or `columns · degree`."""
    return comb(columns + degree, min(columns, degree)) - 1 if interactions else columns * degree


def product_values(expansion: Expansion, standardized: Float64) -> Float64:
    """The products, float64 `[n, T]`, of standardised number columns `[n, k]`."""
    columns, exponents, places = expansion.factors
    ones = np.ones((len(standardized), 1))
    powers = np.concatenate([standardized[:, columns] ** exponents, ones], axis=1)
    values: Float64 = powers[:, places[:, 0]]
    for place in places.T[1:]:
        values *= powers[:, place]
    return values


def expanded(expansion: Expansion, standardized: Float64) -> Float64:
    """The expansion's design columns, float64 `[n, T]`."""
    values = product_values(expansion, standardized)
    values -= expansion.means
    values /= expansion.sds
    return values


def _check_size(rows: int, columns: int, model: Model) -> None:
    made = column_count(columns, model.degree, model.interactions)
    needed = 8 * rows * made
    if made <= MAX_COLUMNS and needed <= MAX_BYTES:
        return
    limit = f"at most {MAX_COLUMNS:,}" if made > MAX_COLUMNS else f"at most {MAX_BYTES // 2**30} GiB"
    size = "" if made > MAX_COLUMNS else f", which take {needed / 2**30:.1f} GiB for {rows:,} training rows"
    remedy = ", set model.interactions to false," if model.interactions and columns > 1 else ""
    raise DataError(
        f"model.degree: degree {model.degree} on {counted(columns, 'number column')} would make {_written(made)} "
        f"columns{size}; expected {limit}.",
        f"Lower it{remedy or ','} or choose fewer columns with dataset.features.",
    )


def _written(number: int) -> str:
    return f"{number:,}" if number < _WRITTEN_OUT else f"more than 10^{len(str(number)) - 1}"


def _check_range(names: Sequence[str], wanted: Sequence[Product], sds: Float64, model: Model) -> None:
    if np.isfinite(sds).all():
        return
    first = product_name(wanted[int(np.argmin(np.isfinite(sds)))], names)
    raise DataError(
        f"model.degree: in the standardized training rows, {first!r} is beyond float64. Received: {model.degree}.",
        "Lower it.",
    )


def _left_out_note(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    verb = "is" if len(names) == 1 else "are"
    what = (
        f"{counted(len(names), 'product')} of number columns {verb} left out, constant in every training row"
    )
    return (f"{what}: {quoted(names)}.",)
