"""Houses whose price is a quadratic in their area, plus noise: the truth of a polynomial regression is known."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from regctl.datasets.registered import Card, RegisteredDataset

COEFFICIENTS = (100.0, 0.5, 0.02)
"""Of 1, area and area²; in thousand dollars, areas in square metres."""

SMALLEST, LARGEST = 40.0, 240.0
"""Areas are uniform between them, in square metres."""

CLEAR_SEED = 69
"""Of the first 100 seeds the one whose 40 rows show the lesson in all of the first five splits: chosen, not found."""

_MOST_ROWS = 10_000_000


def load(
    n: Annotated[int, Field(ge=5, le=_MOST_ROWS)] = 40,
    noise: Annotated[float, Field(ge=0, le=1e6)] = 60.0,
    seed: Annotated[int, Field(ge=0, lt=2**31)] = CLEAR_SEED,
) -> dict[str, NDArray[Any]]:
    """`n` houses: area (square metres, one decimal) and price (thousand dollars, two decimals), float64 `[n]` each.

    price = 100 + 0.5·area + 0.02·area² + noise·z, z standard normal; `noise` is in thousand dollars. Areas and z
    come from a PCG64 each, so that the first rows stay the same when `n` grows, and the areas when `noise` does.
    """
    areas, normal = (np.random.Generator(np.random.PCG64([seed, stream])) for stream in range(2))
    area = areas.uniform(SMALLEST, LARGEST, n).round(1)
    price = truth(area) + noise * normal.standard_normal(n)
    return {"area": area, "price": price.round(2)}


def truth(area: NDArray[Any]) -> NDArray[Any]:
    """The price without noise."""
    constant, linear, square = COEFFICIENTS
    values: NDArray[Any] = constant + linear * area + square * area**2
    return values


QUADRATIC = RegisteredDataset(
    load,
    Card(
        title="Houses whose price is a quadratic in area, plus noise",
        target="price",
        good_for="Polynomials: with 40 rows, degree 2 is the truth and degree 12 swings wildly between the rows.",
        rows="n (40)",
        columns=2,
        source="drawn: price = 100 + 0.5·area + 0.02·area² + noise·z, areas uniform between 40 and 240 m², z normal",
        licence="Apache-2.0, as regctl",
    ),
    units={"area": "square metres", "price": "thousand dollars"},
)
