"""Row 1's sizes, rows and grid."""

from dataclasses import dataclass

import numpy as np

RATE, LEARNING_RATE, BATCH = 0.2, 0.001, 32


@dataclass(frozen=True)
class Sizes:
    """The grid has `lambdas` × `seeds` trials; of a loop over it, `fits` are measured."""

    rows: int = 416
    held_out: int = 104
    columns: int = 8
    epochs: int = 100
    lambdas: int = 50
    seeds: int = 5
    fits: int = 5

    @property
    def trials(self) -> int:
        return self.lambdas * self.seeds


FULL, QUICK = Sizes(), Sizes(64, 32, 4, epochs=2, lambdas=4, seeds=2, fits=2)


def rows(sizes: Sizes) -> list[np.ndarray]:
    """x and y of both parts: standard normal columns, a nonlinear target of variance about 1."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(sizes.rows + sizes.held_out, sizes.columns)).astype(np.float32)
    y = (0.6 * x[:, 0] * x[:, 1] + 0.6 * x[:, 2] + 0.5 * generator.normal(size=len(x))).astype(np.float32)
    return [x[: sizes.rows], y[: sizes.rows], x[sizes.rows :], y[sizes.rows :]]


def lambdas(sizes: Sizes) -> list[float]:
    return [0.0, *np.geomspace(1e-6, 1.0, sizes.lambdas - 1).tolist()]
