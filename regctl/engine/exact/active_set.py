"""The last, exact steps to a lasso or elastic-net solution: linear equations on the columns that are in it.

In sums instead of means, the objective is `F(w) = ½‖y − Xw‖² + αΣ|w| + ½βΣw²`, α = nλ₁/2, β = nλ₂. Where the signs s
of the solution's nonzero entries A are known, it solves `(X_AᵀX_A + βI) w_A = X_Aᵀy − αs`. From a point near the
solution: solve, stop where the first entry would change its sign and take it out, let columns in whose slope exceeds α,
until none does. F falls with every step, so that no A comes twice: feature-sign search (Lee, Battle, Raina and Ng 2007,
algorithm 1) with several columns entering at once, and the step length of Lawson and Hanson (1974, chapter 23).

Coordinate descent stops near the solution; this ends at rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from regctl.engine.exact.least_squares import LeastSquares
from regctl.engine.exact.systems import Dependence, Penalty, solution
from regctl.types import Float64, Int64

# A sum of products is right to a few ε times the sum of their sizes.
ROUNDING = 8 * float(np.finfo(np.float64).eps)
# At most so many columns enter at once: some of many would have to leave again, one linear system each.
_ENTERING = 16


@dataclass(frozen=True)
class Point:
    """A kernel w `[d]` and where it stands.

    Parameters:
        kernel: float64 `[d]`.
        slopes: the falling slope of F's smooth part, `Xᵀ(y − Xw) − βw`, `[d]`: at the solution αs on its support, and
            within ±α beside it.
        excess: by how much each slope exceeds α beyond rounding, `[d]`; nowhere above 0 at the solution.
        size: `‖y‖ + Σ|wⱼ|‖xⱼ‖`; rounding changes a slope by up to about `ε·size·‖xⱼ‖`.
    """

    kernel: Float64
    slopes: Float64
    excess: Float64
    size: float


def minimise(
    problem: LeastSquares, penalties: Sequence[Penalty], starts: Sequence[Float64], max_iter: int
) -> list[Point]:
    """The solution for each penalty, from a start `[d]` near it; or how far `max_iter` linear systems led.

    Where several solutions fit equally well (β = 0 and dependent columns), the one found has independent columns.
    """
    searches = [
        _Search(problem, penalty, start, max_iter) for penalty, start in zip(penalties, starts, strict=True)
    ]
    pending = searches
    while pending:  # in turns: each kind of step reads one matrix, which then stays in the processor's cache
        for search in pending:
            search.descend()
        for search in pending:
            search.look_around()
        pending = [search for search in pending if not search.finished]
    return [search.point for search in searches]


def survey(problem: LeastSquares, penalty: Penalty, kernel: Float64) -> Point:
    """Where a kernel `[d]` stands.

    The slopes are taken by XᵀX where there is one: the bound on their rounding is the same either way.
    """
    if problem.gram is not None:
        correlation = problem.products - problem.gram @ kernel
    else:
        correlation = problem.x.T @ (problem.y - problem.x @ kernel)
    slopes = correlation - penalty.beta * kernel
    size = problem.size + float(np.abs(kernel) @ problem.norms)
    rounding = 1e-12 * penalty.alpha + ROUNDING * size * problem.norms
    return Point(kernel, slopes, np.abs(slopes) - penalty.alpha - rounding, size)


class _Search:
    """The search for one penalty's solution."""

    def __init__(self, problem: LeastSquares, penalty: Penalty, start: Float64, max_iter: int) -> None:
        self.problem, self.penalty, self.left = problem, penalty, max_iter
        self.kernel, self.signs = start.copy(), np.sign(start)
        self.finished = False

    def descend(self) -> None:
        """To the minimum on the support, which loses the entries that reach zero."""
        arrived = False
        while self.left and not arrived:
            support = np.flatnonzero(self.signs)
            if not support.size:
                return
            arrived = self._step(support)
            self.left -= 1

    def look_around(self) -> None:
        """Lets the steepest columns outside the support in, or finishes."""
        self.point = point = survey(self.problem, self.penalty, self.kernel)
        steep = np.flatnonzero((point.excess > 0) & (self.signs == 0))
        self.finished = not steep.size or not self.left
        entering = steep[np.argsort(-point.excess[steep], kind="stable")[:_ENTERING]]
        self.signs[entering] = np.sign(point.slopes[entering])

    def _step(self, support: Int64) -> bool:
        """One step on the support. False when an entry reached zero and left."""
        here, sign = self.kernel[support], self.signs[support]
        found = solution(self.problem, self.penalty, support, sign)
        if isinstance(found, Dependence):
            direction, furthest = _flat_direction(found, sign), inf
        else:
            direction, furthest = found - here, 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.where(sign * direction < 0, -here / direction, inf)
        time = min(furthest, times.min())
        leaving = times <= time
        self.kernel[support] = np.where(leaving, 0.0, here + time * direction)
        self.signs[support[leaving]] = 0.0
        return not leaving.any()


def _flat_direction(dependence: Dependence, sign: Float64) -> Float64:
    """A direction that changes no prediction and lets Σ|w| fall; where Σ|w| is flat, the later column shrinks."""
    direction = dependence.vector
    rise = float(sign @ direction)
    flat = abs(rise) <= 1e-11 * np.abs(direction).sum()
    return np.asarray(-direction * (sign[dependence.column] if flat else np.sign(rise)))
