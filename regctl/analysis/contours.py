"""The textbook picture of a penalty: contours of the data loss, a ball of the penalty, and where they touch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regctl.types import Float64

_QUANTILES = (
    np.linspace(0, 1, 9)[1:-1] ** 2
)  # a level's ellipse has an area that grows with the loss: even steps
_SHARES = (0.25, 0.5, 0.75)  # of the largest ball
_CORNERS, _ROOM = 4, 1.15


@dataclass(frozen=True)
class Ball:
    """The weights whose penalty is that of the solution at `lambda_`.

    `outline` `[v, 2]` is closed (its last point is its first), `reach` where it cuts the axes (a circle's radius, half
    a diamond's diagonal), `touches` `[2]` the solution, and `loss` the data loss there: the contour of that level
    touches the ball at the solution.
    """

    lambda_: float
    outline: Float64
    reach: float
    touches: Float64
    loss: float


@dataclass(frozen=True)
class Contours:
    """Data loss `[g, g]` at weights (`first[j]`, `second[i]`), `first` and `second` `[g]`: one square, one unit.

    `levels` ascend; `bottom` `[2]` is the least-squares solution, the path's end at λ = 0; `path` `[P, 2]` goes from
    small to large λ, as `lambdas` `[P]`.
    """

    first: Float64
    second: Float64
    loss: Float64
    levels: Float64
    bottom: Float64
    lambdas: Float64
    path: Float64
    balls: tuple[Ball, ...]


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


def quadratic_loss(design: Float64, target: Float64) -> Quadratic:
    """The loss as a quadratic form: with centred columns, shape = XᵀX/n and bottom solves XᵀX w = Xᵀy.

    Collinear columns have a valley of solutions; `bottom` is the shortest of them.

    Raises:
        ValueError: `design` is not `[n, 2]`, or `target` not `[n]`.
    """
    if design.ndim != 2 or design.shape[1] != 2 or target.shape != design.shape[:1] or not len(target):
        raise ValueError(f"expected [n, 2] and [n] with rows. Received: {design.shape}, {target.shape}")
    x, y = design - design.mean(axis=0), target - target.mean()
    bottom = np.linalg.lstsq(x, y, rcond=None)[0]
    return Quadratic(bottom, x.T @ x / len(y), float(np.mean((y - x @ bottom) ** 2)))


def contours(
    design: Float64,
    target: Float64,
    lambdas: Sequence[float],
    path: Float64,
    *,
    l1_ratio: float = 0.0,
    points: int = 121,
) -> Contours:
    """Everything the picture shows, as arrays on the model's scale.

    Parameters:
        design: training rows of the prepared matrix `[n, 2]`.
        target: `[n]`, on the model's scale.
        lambdas: `[P]`, in any order.
        path: the exact weights `[P, 2]` at each.
        l1_ratio: r of the penalty r Σ|θ| + (1 − r) Σθ²; 0 is `penalty: l2`, 1 is l1.
        points: of the grid along each axis.

    Raises:
        ValueError: the shapes disagree.
    """
    if path.shape != (len(lambdas), 2) or not len(path):
        raise ValueError(f"expected weights [{len(lambdas)}, 2]. Received shape: {path.shape}")
    loss, order = quadratic_loss(design, target), np.argsort(lambdas)
    strengths, weights = np.asarray(lambdas, dtype=np.float64)[order], path[order].astype(np.float64)
    balls = tuple(
        _ball(strengths[place], weights[place], loss, l1_ratio) for place in _shown(weights, l1_ratio)
    )
    seen = np.vstack([np.zeros(2), loss.bottom, weights, *(ball.outline for ball in balls)])
    first, second = _square(seen, points)
    losses = loss.at(np.stack(np.meshgrid(first, second), axis=-1))
    return Contours(first, second, losses, _levels(losses), loss.bottom, strengths, weights, balls)


def penalty_outline(weights: Float64, l1_ratio: float, points: int = 180) -> Float64:
    """The closed curve `[4k + 1, 2]` of weights with the penalty of `weights` `[2]`.

    In direction u it lies at t with r·s₁·t + (1 − r)·s₂·t² = P (s₁ = Σ|u|, s₂ = Σu²), so t = 2P / (r s₁ + √(r² s₁² +
    4 (1 − r) s₂ P)): a circle of radius √Σθ² for r = 0, a diamond to Σ|θ| for r = 1, between them a diamond with
    bulging sides. The four directions of the axes are among those taken, so that corners are sharp.
    """
    angle = np.linspace(0, 2 * np.pi, _CORNERS * (points // _CORNERS) + 1)
    direction = np.column_stack([np.cos(angle), np.sin(angle)])
    absolute, square = l1_ratio * np.abs(direction).sum(axis=1), 1.0 - l1_ratio
    penalty = float(l1_ratio * np.abs(weights).sum() + square * (weights**2).sum())
    if penalty == 0:
        return np.zeros_like(direction)
    distance = 2 * penalty / (absolute + np.sqrt(absolute**2 + 4 * square * penalty))
    return direction * distance[:, None]


def _ball(lambda_: float, weights: Float64, loss: Quadratic, l1_ratio: float) -> Ball:
    outline = penalty_outline(weights, l1_ratio)
    return Ball(float(lambda_), outline, float(outline[0, 0]), weights, float(loss.at(weights)))


def _shown(weights: Float64, l1_ratio: float) -> list[int]:
    """Places on the path whose balls are nearest to a quarter, a half and three quarters of the largest."""
    reach = np.array([penalty_outline(each, l1_ratio, _CORNERS)[0, 0] for each in weights])
    nearest = {int(np.abs(reach - share * reach.max()).argmin()) for share in _SHARES}
    return sorted(place for place in nearest if reach[place] > 0)


def _square(seen: Float64, points: int) -> tuple[Float64, Float64]:
    """Axes of one length that hold every point with some room: circles are circles only in one unit."""
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = _ROOM * float((high - low).max()) / 2 or 1.0
    first, second = (np.linspace(middle - half, middle + half, points) for middle in (low + high) / 2)
    return first, second


def _levels(losses: Float64) -> Float64:
    """Up to seven levels, so that their ellipses are about evenly apart, rounded while they still differ."""
    levels = np.quantile(losses, _QUANTILES)
    step = float(np.diff(levels).min())
    if step <= 0:
        return np.unique(levels)
    return np.unique(np.round(levels, 1 - int(np.floor(np.log10(step)))))
