"""Ridge regression: one singular value decomposition serves every λ₂."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regctl.engine.exact.fits import LinearFits
from regctl.engine.exact.least_squares import LeastSquares, least_squares, tiled_product


class Ridge:
    """Minimises `(1/n)Σ(x·w + b − y)² + λ₂Σw²`.

    With the thin decomposition X = U S Vᵀ of the centred columns, w(λ₂) = V diag(s / (s² + nλ₂)) Uᵀy.
    Singular values below float64's precision, `max(n, d)·ε` of the largest as in `numpy.linalg.lstsq`, count as zero.

    Parameters:
        problem: the training rows.
    """

    def __init__(self, problem: LeastSquares) -> None:
        self.problem = problem
        x, y = problem.reduced
        left, values, right = np.linalg.svd(x, full_matrices=False)
        precision = np.finfo(np.float64).eps * max(problem.rows, problem.columns)
        kept = values > precision * values[0]
        self.values, self.right = values[kept], np.where(problem.norms > 0, right[kept], 0.0)
        self.projected = left[:, kept].T @ y

    def fits(self, lambdas: ArrayLike) -> LinearFits:
        """The models of λ₂ `[L]`; λ₂ = 0 is the least squares solution with the smallest norm."""
        penalties = self.problem.rows * np.minimum(np.asarray(lambdas, np.float64), 1e290)[:, None]
        shrunk = self.values / (self.values**2 + penalties)
        kernels = tiled_product(shrunk * self.projected, self.right)
        freedom = (self.values * shrunk).sum(axis=1)
        return LinearFits(kernels, self.problem.intercepts(kernels), freedom, np.zeros(len(kernels)))


def ridge(x: NDArray[Any], y: NDArray[Any], lambdas: ArrayLike) -> LinearFits:
    """Ridge regression on x `[n, d]`, y `[n]` for every λ₂ of `lambdas` `[L]`, in Keras's unit.

    Agrees with scikit-learn's `Ridge(alpha=n·λ₂)`; at λ₂ = 0 with `numpy.linalg.lstsq` on centred columns.
    """
    return Ridge(least_squares(x, y)).fits(lambdas)
