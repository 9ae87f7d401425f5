"""The data loss of a model with two weights, as a quadratic form."""

from dataclasses import dataclass

import numpy as np

from regctl.types import Float32, Float64


@dataclass(frozen=True)
class Quadratic:
    """Mean squared error of weights w, the intercept at its best: `lowest` + (w − `bottom`)ᵀ `shape` (w − `bottom`)."""

    bottom: Float64
    shape: Float64
    lowest: float

    def at(self, weights: Float64) -> Float64:
        """Losses `[…]` of `weights` `[…, 2]`."""
        away = weights - self.bottom
        return np.asarray(self.lowest + ((away @ self.shape) * away).sum(axis=-1))


def quadratic_loss(design: Float32 | Float64, target: Float32 | Float64) -> Quadratic:
    """The loss as a quadratic form: with centred columns, shape = XᵀX/n and bottom solves XᵀX w = Xᵀy.

    Written around its bottom, so that contours near it keep their digits. Collinear columns have a valley of
    solutions; `bottom` is the shortest of them.

    Raises:
        ValueError: `design` is not `[n, 2]`, or `target` not `[n]`.
    """
    if design.ndim != 2 or design.shape[1] != 2 or target.shape != design.shape[:1] or not len(target):
        raise ValueError(f"expected [n, 2] and [n] with rows. Received: {design.shape}, {target.shape}")
    x, y = design.astype(np.float64), target.astype(np.float64)
    x, y = x - x.mean(axis=0), y - y.mean()
    bottom = np.linalg.lstsq(x, y, rcond=None)[0]
    return Quadratic(bottom, x.T @ x / len(y), float(np.mean((y - x @ bottom) ** 2)))


def loss_grid(
    design: Float32 | Float64,
    target: Float32 | Float64,
    first: tuple[float, float],
    second: tuple[float, float],
    points: int = 121,
) -> tuple[Float64, Float64, Float64]:
    """Weights `[points]` of both columns across the ranges, and the data loss `[points, points]` at each pair.

    The loss at row i and column j is that of (first[j], second[i]), the intercept at its best.

    Parameters:
        design: training rows of the prepared matrix `[n, 2]`.
        target: `[n]`, on the model's scale.
        first: range of the first column's weight.
        second: of the second's.
        points: along each axis.

    Raises:
        ValueError: as `quadratic_loss`.
    """
    loss = quadratic_loss(design, target)
    across, up = np.linspace(*first, points), np.linspace(*second, points)
    return across, up, loss.at(np.stack(np.meshgrid(across, up), axis=-1))
