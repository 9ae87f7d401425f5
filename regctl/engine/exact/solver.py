"""One factorisation of the training rows, any number of (λ₁, λ₂)."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regctl.engine.exact.elastic import ElasticNet
from regctl.engine.exact.fits import LinearFits
from regctl.engine.exact.least_squares import least_squares
from regctl.engine.exact.ridge import Ridge


class Solver:
    """Minimises `(1/n)Σ(x·w + b − y)² + λ₁Σ|w| + λ₂Σw²`; a model's bits do not depend on the others asked for.

    Parameters:
        x: `[n, d]`, the training rows.
        y: `[n]`.
    """

    def __init__(self, x: NDArray[Any], y: NDArray[Any]) -> None:
        self.problem = least_squares(x, y)

    @cached_property
    def _ridge(self) -> Ridge:
        return Ridge(self.problem)

    @cached_property
    def _elastic(self) -> ElasticNet:
        return ElasticNet(self.problem)

    def fits(self, lambdas1: ArrayLike, lambdas2: ArrayLike) -> LinearFits:
        """The models of (λ₁, λ₂), both `[L]`, ≥ 0.

        Raises:
            RegctlError: as `ElasticNet.fits`.
        """
        lambda1, lambda2 = (np.asarray(values, np.float64) for values in (lambdas1, lambdas2))
        smooth = lambda1 == 0
        if smooth.all():
            return self._ridge.fits(lambda2)
        sparse = self._elastic.fits(lambda1[~smooth], lambda2[~smooth])
        if not smooth.any():
            return sparse
        return _merged(smooth, self._ridge.fits(lambda2[smooth]), sparse)


def _merged(smooth: NDArray[np.bool_], ridge: LinearFits, elastic: LinearFits) -> LinearFits:
    """The fits in the order asked for."""
    order = np.argsort(np.concatenate([np.flatnonzero(smooth), np.flatnonzero(~smooth)]))
    return LinearFits(
        np.concatenate([ridge.kernels, elastic.kernels])[order],
        np.concatenate([ridge.intercepts, elastic.intercepts])[order],
        np.concatenate([ridge.degrees_of_freedom, elastic.degrees_of_freedom])[order],
        np.concatenate([ridge.gaps, elastic.gaps])[order],
    )
