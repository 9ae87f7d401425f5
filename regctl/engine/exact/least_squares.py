"""Linear least squares made ready to solve: the intercept eliminated, and the products that solvers share."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri

from regctl.types import Float64

# Products with a leading trial axis are taken in tiles of this many trials, the last one padded: then a trial's bits
# depend neither on its neighbours nor on their number. A multiple of the matrix product's register block.
TILE = 64
# The largest variance inflation factor for which (XᵀX)⁻¹ is as good as solving: it bounds the condition number.
_INFLATION = 10.0


@dataclass(frozen=True)
class LeastSquares:
    """Minimise `Σ(x·w − y)²` over centred rows: the same kernel w as `Σ(x·w + b − y)²` over the rows given.

    Parameters:
        x: float64 `[n, d]`, centred.
        y: float64 `[n]`, centred.
        x_mean: float64 `[d]`, the means that were subtracted.
        y_mean: the mean that was subtracted.
    """

    x: Float64
    y: Float64
    x_mean: Float64
    y_mean: float

    @property
    def rows(self) -> int:
        """The number of rows, n."""
        return len(self.x)

    @property
    def columns(self) -> int:
        """The number of columns, d."""
        return int(self.x.shape[1])

    @cached_property
    def products(self) -> Float64:
        """Xᵀy, `[d]`."""
        return np.asarray(self.x.T @ self.y)

    @cached_property
    def norms(self) -> Float64:
        """The Euclidean norm of each column, `[d]`."""
        return np.asarray(np.sqrt(np.einsum("ij,ij->j", self.x, self.x)))

    @cached_property
    def size(self) -> float:
        """The Euclidean norm of y."""
        return float(np.linalg.norm(self.y))

    @cached_property
    def gram(self) -> Float64 | None:
        """XᵀX, `[d, d]`, or None with fewer rows than columns: then X is the smaller of the two."""
        return self.x.T @ self.x if self.rows >= self.columns else None

    @cached_property
    def inverse(self) -> Float64 | None:
        """(XᵀX)⁻¹, `[d, d]`, or None where a column is close to the span of the others."""
        if self.gram is None:
            return None
        triangle, failed = dpotrf(self.gram.T)
        if failed:
            return None
        upper = np.triu(dpotri(triangle)[0])
        if (np.diag(upper) * np.diag(self.gram) > _INFLATION).any():
            return None
        return np.asarray(upper + np.triu(upper, 1).T)

    @cached_property
    def reduced(self) -> tuple[Float64, Float64]:
        """X and y with at most d + 1 rows and the same inner products: the triangle of a QR decomposition of `[x y]`.

        Unlike the Gram matrix it does not square the condition number (Golub and Van Loan 2013, section 5.2).
        """
        table = np.column_stack([self.x, self.y])
        if self.rows > self.columns + 1:
            table = np.asarray(np.linalg.qr(table, mode="r"))
        return table[:, :-1], table[:, -1]

    def intercepts(self, kernels: Float64) -> Float64:
        """The best intercept of each kernel, `[L, d]` → `[L]`: `mean(y) − mean(x)·w`."""
        return np.asarray(self.y_mean - (kernels * self.x_mean).sum(axis=1))


def least_squares(x: NDArray[Any], y: NDArray[Any]) -> LeastSquares:
    """Centres x `[n, d]` and y `[n]`, in float64."""
    columns, x_mean = _centred(np.array(x, dtype=np.float64, order="F"))
    target, y_mean = _centred(np.array(y, dtype=np.float64)[:, None])
    return LeastSquares(columns, target[:, 0], x_mean, float(y_mean[0]))


def tiled_product(left: Float64, right: Float64) -> Float64:
    """`left @ right`, `[L, k] × [k, d]` → `[L, d]`, in tiles of rows, so that a row's bits are its own."""
    product = np.empty((len(left), right.shape[1]))
    for start in range(0, len(left), TILE):
        tile = left[start : start + TILE]
        padded = np.zeros((TILE, left.shape[1]))
        padded[: len(tile)] = tile
        product[start : start + len(tile)] = (padded @ right)[: len(tile)]
    return product


def _centred(table: Float64) -> tuple[Float64, Float64]:
    """The table with its column means taken away, in place, and the means."""
    mean = table.mean(axis=0)
    table -= mean
    table[:, np.ptp(table, axis=0) == 0] = 0.0  # what rounding left of a constant column
    return table, mean
