"""Lasso and elastic net: coordinate descent with warm starts, then the exact last steps."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import floor, log10
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regctl.engine.exact import active_set
from regctl.engine.exact.active_set import Point
from regctl.engine.exact.fits import LinearFits
from regctl.engine.exact.least_squares import LeastSquares, least_squares
from regctl.engine.exact.systems import Penalty, freedom
from regctl.errors import RegctlError
from regctl.types import Float64

TOLERANCE = 1e-10
MAX_ITER = 5_000
# A larger λ leaves nothing more to shrink, and n·λ must stay finite.
_LARGEST = 1e290
# The ladder of warm starts: rungs per decade of α, and how many decades below the strongest it reaches.
_RUNGS, _DECADES = 4, 8
# Coordinate descent only has to come near, the exact steps do the rest: passes, and scikit-learn's tolerance.
_PASSES, _NEAR = 100, 1e-4


class ElasticNet:
    """Minimises `J(w, b) = (1/n)Σ(x·w + b − y)² + λ₁Σ|w| + λ₂Σw²` for λ₁ > 0.

    Warm starts come down a ladder: from the weakest α that leaves no nonzero weight in steps of 10^(−1/4), each rung
    started from the one above it. A model starts from the rung above it, and the ladder is the same whatever is asked
    for, so that a model's bits do not depend on its company, not even where the solution is not unique.

    Parameters:
        problem: the training rows.
        max_iter: the most linear systems that the last steps of one model may take.
    """

    def __init__(self, problem: LeastSquares, max_iter: int = MAX_ITER) -> None:
        self.problem, self.max_iter = problem, max_iter
        self.strongest = float(np.abs(problem.products).max())
        self._ladders: dict[float, list[Float64]] = {}

    def fits(self, lambdas1: ArrayLike, lambdas2: ArrayLike) -> LinearFits:
        """The models of (λ₁, λ₂), both `[L]`.

        Raises:
            RegctlError: a model's relative duality gap stays above 1e-10, and not by rounding.
        """
        problem = self.problem
        strengths = np.minimum(np.asarray([lambdas1, lambdas2], np.float64), _LARGEST)
        if not (strengths[0] > 0).all():
            raise ValueError("λ₁ must be positive; Ridge solves λ₁ = 0")
        pairs = [(float(lambda1), float(lambda2)) for lambda1, lambda2 in strengths.T]
        penalties = [
            Penalty(problem.rows * lambda1 / 2, problem.rows * lambda2) for lambda1, lambda2 in pairs
        ]
        with _quiet_scikit_learn():
            starts = [self._near(penalty) for penalty in penalties]
        points = active_set.minimise(problem, penalties, starts, self.max_iter)
        gaps = np.array([relative_gap(problem, *found) for found in zip(penalties, points, strict=True)])
        resolved = np.array([_resolution(problem, point) for point in points])
        for place in np.flatnonzero(gaps > np.maximum(TOLERANCE, resolved)):
            raise _not_converged(*pairs[place], gaps[place])
        kernels = np.array([point.kernel for point in points]).reshape(len(points), problem.columns)
        freedoms = np.array([freedom(problem, *found) for found in zip(penalties, kernels, strict=True)])
        return LinearFits(kernels, problem.intercepts(kernels), freedoms, gaps)

    def _near(self, penalty: Penalty) -> Float64:
        """A kernel near the solution, `[d]`."""
        below = self.strongest / penalty.alpha
        if below <= 1:
            return np.zeros(self.problem.columns)
        rung = min(floor(_RUNGS * log10(below)), _RUNGS * _DECADES)
        ratio = penalty.beta / penalty.alpha
        start = self._ladder(float(f"{ratio:.10g}"), rung)[rung]
        return np.asarray(self._descend([penalty.alpha], ratio, start)[0])

    def _ladder(self, ratio: float, rung: int) -> list[Float64]:
        """The kernels on the ladder with β = ratio·α, at least down to a rung."""
        ladder = self._ladders.setdefault(ratio, [np.zeros(self.problem.columns)])
        alphas = [self.strongest * 10 ** (-number / _RUNGS) for number in range(len(ladder), rung + 1)]
        if alphas:
            ladder.extend(self._descend(alphas, ratio, ladder[-1]))
        return ladder

    def _descend(self, alphas: Sequence[float], ratio: float, start: Float64) -> Float64:
        """Some passes of scikit-learn's coordinate descent for each α in turn, β = ratio·α: `[d]` → `[alphas, d]`."""
        from sklearn.linear_model import enet_path

        problem = self.problem
        _, kernels, _ = enet_path(
            problem.x,
            problem.y,
            l1_ratio=1 / (1 + ratio),
            alphas=[alpha * (1 + ratio) / problem.rows for alpha in alphas],
            precompute=False if problem.gram is None else problem.gram,
            Xy=problem.products,
            coef_init=start.copy(),
            check_input=False,
            max_iter=_PASSES,
            tol=_NEAR,
        )
        return np.ascontiguousarray(kernels.T)


def elastic(
    x: NDArray[Any], y: NDArray[Any], lambdas1: ArrayLike, lambdas2: ArrayLike, max_iter: int = MAX_ITER
) -> LinearFits:
    """Lasso (λ₂ = 0) and elastic net on x `[n, d]`, y `[n]` for every pair of λ₁ > 0 and λ₂ ≥ 0, both `[L]`.

    Keras's unit. Agrees with scikit-learn's `ElasticNet(alpha=λ₁/2 + λ₂, l1_ratio=(λ₁/2)/alpha)`.

    Raises:
        RegctlError: a model's relative duality gap stays above 1e-10, and not by rounding.
    """
    return ElasticNet(least_squares(x, y), max_iter).fits(lambdas1, lambdas2)


def relative_gap(problem: LeastSquares, penalty: Penalty, point: Point) -> float:
    """How far F(w) can be above its minimum, divided by F(0) = ½‖y‖²: `(F(w) − D(θ)) / F(0)`.

    On the rows `X̃ = [X; √β·I]`, `ỹ = [y; 0]` the problem is a lasso with dual `D(θ) = ½‖ỹ‖² − ½‖ỹ − θ‖²` under
    `‖X̃ᵀθ‖∞ ≤ α`, and `θ = s(ỹ − X̃w)` with `s = min(1, α / ‖X̃ᵀ(ỹ − X̃w)‖∞)` is feasible (Fercoq, Gramfort and Salmon
    2015, section 2.2). Written out, F − D is a sum of terms that are never negative, so nothing cancels:
    `½(1 − s)²(‖y − Xw‖² + β‖w‖²) + Σ(α|w| − s·w·c)`, c the slopes. A slope counts as within α where rounding alone can
    have put it outside. J has the same relative gap; scikit-learn's `tol` divides by ‖y‖², twice as much.
    """
    kernel, slopes = point.kernel, point.slopes
    scale = penalty.alpha / (penalty.alpha + max(0.0, float(point.excess.max())))
    explained = float(kernel @ (problem.products + slopes + penalty.beta * kernel))
    smooth = max(0.0, problem.size**2 - explained) + penalty.beta * float(kernel @ kernel)
    gap = (1 - scale) ** 2 * smooth / 2 + float(
        (penalty.alpha * np.abs(kernel) - scale * kernel * slopes).sum()
    )
    return 2 * abs(gap) / problem.size**2 if problem.size else 0.0


def _resolution(problem: LeastSquares, point: Point) -> float:
    """The relative gap that rounding alone can show: above 1e-10 where weights cancel, such as at degree 12."""
    return 2 * active_set.ROUNDING * (point.size / problem.size) ** 2 if problem.size else 0.0


def _not_converged(lambda1: float, lambda2: float, gap: float) -> RegctlError:
    return RegctlError(
        f"λ₁ = {lambda1:g}, λ₂ = {lambda2:g}: expected a relative duality gap of at most {TOLERANCE:g} in the exact "
        f"solution, reached {gap:.1e}.",
        "Leave out the smallest λ, or train by gradient descent.",
    )


@contextmanager
def _quiet_scikit_learn() -> Iterator[None]:
    """Coordinate descent may stop early without a warning, and does not check its arguments again at every λ."""
    from sklearn import config_context
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(), config_context(skip_parameter_validation=True):
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
