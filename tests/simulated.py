"""Data whose truth is known: squared errors, ridge on made-up columns. All of it seeded, all runs at once."""

from dataclasses import dataclass

import numpy as np

from regctl.analysis.verdict import Fit


def squared_errors(
    name: str, shape: tuple[int, ...], generator: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Squared errors of a distribution, and their true mean."""
    if name == "normal":
        return generator.normal(size=shape) ** 2, 1.0
    if name == "laplace":
        return generator.laplace(size=shape) ** 2, 2.0
    return generator.standard_t(4, size=shape) ** 2, 2.0


@dataclass(frozen=True)
class Ridge:
    """Losses of ridge regression along ascending λ: training `[λ]`, and of each validation row `[λ, rows]`."""

    train: np.ndarray
    rows: np.ndarray

    def fit(self, place: int, selected: int) -> Fit:
        """Standard errors of means over rows are sd/√n here, which a bootstrap comes to."""
        own, away = self.rows[place], self.rows[place] - self.rows[selected]
        error, apart = (float(each.std(ddof=1) / np.sqrt(len(each))) for each in (own, away))
        return Fit(float(self.train[place]), float(own.mean()), error, None if place == selected else apart)


def ridge(
    generator: np.random.Generator,
    columns: int,
    rows: int,
    noise: float,
    lambdas: np.ndarray,
    bend: bool = False,
    validation: int = 300,
) -> Ridge:
    """y = x·β + noise, or with a bend √2·cos(2x₁) + noise: variance 1 without noise; by ridge in closed form."""
    beta = generator.normal(size=columns) / np.sqrt(columns)
    x = generator.normal(size=(rows + validation, columns))
    known = np.sqrt(2) * np.cos(2 * x[:, 0]) if bend else x @ beta
    y = known + noise * generator.normal(size=len(x))
    fit, held = x[:rows], x[rows:]
    u, s, vt = np.linalg.svd(fit, full_matrices=False)
    weights = (s / (s**2 + rows * lambdas[:, None])) * (u.T @ y[:rows]) @ vt
    return Ridge(((weights @ fit.T - y[:rows]) ** 2).mean(axis=1), (weights @ held.T - y[rows:]) ** 2)
