"""A polynomial in standardised columns, multiplied out in the raw ones.

`Σ_t w_t Π_j ((x_j − m_j)/s_j)^p_tj → Σ_a c_a Π_j x_j^a_j`: sums of terms far larger than themselves (a mean of 1500 to
the 12th power), of which float64 would leave no digit. So all is done in whole numbers: a float64 is one times a power
of two, and only 1/Πs^p is rounded, to 128 bits. Every coefficient is rounded to float64 once, at the end.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.types import Float64, Product

Whole: TypeAlias = NDArray[np.object_]  # of Python's whole numbers, `[L]`
Terms: TypeAlias = dict[Product, Whole]

_BITS = 128
_MANTISSA = 53


def multiplied_out(
    kernels: Float64, products: Sequence[Product], factors: Sequence[Fraction], centres: Sequence[float]
) -> dict[Product, Float64]:
    """The coefficients `[L]` of every product of raw columns; `()` is the constant.

    Parameters:
        kernels: `[L, T]`, the weights of L models.
        products: what each of the T weights multiplies: powers of `x_j − centres[j]`; `()` is 1.
        factors: what each weight is multiplied with before.
        centres: of each raw column.
    """
    shifts = [Fraction(centre) for centre in centres]
    scales = [shift.denominator.bit_length() - 1 for shift in shifts]  # x_j · 2^scale has a whole centre
    weights, low = _whole(kernels)
    wholes, point = _fixed_point(factors)
    room = max((_bits(product, scales) for product in products), default=0)
    terms: Terms = {}
    for place, product in enumerate(products):
        own = weights[:, place] * (wholes[place] << (room - _bits(product, scales)))
        terms[product] = terms[product] + own if product in terms else own
    for column, shift in enumerate(shifts):
        _shift(terms, column, shift.numerator)
    exponent = low - point - room
    return {product: _rounded(whole, exponent + _bits(product, scales)) for product, whole in terms.items()}


def _whole(kernels: Float64) -> tuple[Whole, int]:
    """Whole numbers `[L, T]` and an exponent: `kernels = whole · 2^exponent`, exactly."""
    mantissas, exponents = np.frexp(kernels)
    low = int(exponents.min(initial=0, where=mantissas != 0))
    ups = np.where(mantissas != 0, exponents - low, 0).astype(object)
    wholes = (mantissas * 2.0**_MANTISSA).astype(np.int64).astype(object)
    return wholes * 2**ups, low - _MANTISSA


def _fixed_point(factors: Sequence[Fraction]) -> tuple[list[int], int]:
    """Whole numbers and a point: `factor ≈ whole / 2^point`, each to 128 bits or more."""
    sizes = [each.numerator.bit_length() - each.denominator.bit_length() for each in factors if each]
    point = _BITS - min(sizes, default=0)
    return [round(each * Fraction(2) ** point) for each in factors], point


def _bits(product: Product, scales: Sequence[int]) -> int:
    """The power of two by which scaled columns make the product larger."""
    return sum(power * scales[column] for column, power in product)


def _shift(terms: Terms, column: int, centre: int) -> None:
    """From powers of `x − centre` of one column to powers of x, in place: Horner's scheme along each line of terms."""
    lines: dict[Product, dict[int, Whole]] = {}
    for product, whole in terms.items():
        power = dict(product).get(column, 0)
        rest = tuple(pair for pair in product if pair[0] != column)
        lines.setdefault(rest, {})[power] = whole
    for rest, line in lines.items():
        values: list[Any] = [line.get(power, 0) for power in range(max(line) + 1)]
        for start in range(len(values) - 1):
            for power in range(len(values) - 2, start - 1, -1):
                values[power] = values[power] - centre * values[power + 1]
        for power, value in enumerate(values):
            terms[_with(rest, column, power)] = value


def _with(rest: Product, column: int, power: int) -> Product:
    return tuple(sorted((*rest, (column, power)))) if power else rest


def _rounded(wholes: Whole, exponent: int) -> Float64:
    """`whole · 2^exponent`, float64 `[L]`, each rounded once."""
    up, down = 1 << max(exponent, 0), 1 << max(-exponent, 0)
    return np.array([_quotient(whole * up, down) for whole in wholes])


def _quotient(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return float("inf") if numerator > 0 else float("-inf")
