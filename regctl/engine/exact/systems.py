"""The linear systems of an active set: `(X_AᵀX_A + βI) w_A = X_Aᵀy − αs` for columns A with signs s.

The cheapest way that is accurate enough is taken, and which one depends on the data, β and A only, so that the bits of
a solution do too.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtrs

from regctl.engine.exact.least_squares import LeastSquares
from regctl.types import Float64, Int64

_EPSILON = float(np.finfo(np.float64).eps)
# The share of its squared norm that every column must keep beside the columns before it: for the normal equations to be
# good to about 1e-12, and to be so after one step of refinement on X (Björck 1987).
_WELL_CONDITIONED, _REFINABLE = 1e-3, 1e-8


@dataclass(frozen=True)
class Penalty:
    """`αΣ|w| + ½βΣw²`: α = nλ₁/2 and β = nλ₂."""

    alpha: float
    beta: float


@dataclass(frozen=True)
class Dependence:
    """Columns that depend on each other: `X_A v = 0`, where `v[column] = 1` and v is 0 after it; `[k]`."""

    vector: Float64
    column: int


def solution(problem: LeastSquares, penalty: Penalty, support: Int64, sign: Float64) -> Float64 | Dependence:
    """w_A `[k]` for the columns `support` and their signs, both `[k]`, or why there is not just one."""
    if not penalty.beta and 2 * support.size > problem.columns and problem.inverse is not None:
        return _by_complement(problem, problem.inverse, penalty, support, sign)
    triangle, kept = _cholesky(problem, penalty.beta, support)
    if kept < _REFINABLE:
        return _by_qr(problem, penalty, support, sign)
    kernel = _solve(triangle, problem.products[support] - penalty.alpha * sign)
    if kept < _WELL_CONDITIONED:
        x, y = problem.reduced
        columns = x[:, support]
        error = columns.T @ (y - columns @ kernel) - penalty.beta * kernel - penalty.alpha * sign
        kernel += _solve(triangle, error)
    return kernel


def freedom(problem: LeastSquares, penalty: Penalty, kernel: Float64) -> float:
    """Effective degrees of freedom: the trace of `X_A (X_AᵀX_A + βI)⁻¹ X_Aᵀ`; |A| at β = 0.

    Zou, Hastie and Tibshirani 2007; Tibshirani and Taylor 2012, equation 20.
    """
    support = np.flatnonzero(kernel)
    if not support.size or not penalty.beta:
        return float(support.size)
    values = np.linalg.eigvalsh(_gram(problem, support)).clip(0)
    return float((values / (values + penalty.beta)).sum())


def _gram(problem: LeastSquares, support: Int64) -> Float64:
    """X_AᵀX_A, `[k, k]`."""
    if problem.gram is not None:
        return problem.gram[support][:, support]
    return problem.x[:, support].T @ problem.x[:, support]


def _cholesky(problem: LeastSquares, beta: float, support: Int64) -> tuple[Float64, float]:
    """R with RᵀR = X_AᵀX_A + βI, and the smallest share of its squared norm that a column keeps; 0 if it has no R."""
    gram = _gram(problem, support)
    gram.flat[:: len(gram) + 1] += beta
    norms = np.diag(gram).copy()
    triangle, failed = dpotrf(gram.T, overwrite_a=True)  # transposed: LAPACK then needs no copy of it
    return triangle, 0.0 if failed else float((np.diag(triangle) ** 2 / norms).min())


def _solve(triangle: Float64, right: Float64) -> Float64:
    """(RᵀR)⁻¹ right."""
    return np.asarray(dtrtrs(triangle, dtrtrs(triangle, right, trans=1)[0])[0])


def _by_complement(
    problem: LeastSquares, inverse: Float64, penalty: Penalty, support: Int64, sign: Float64
) -> Float64:
    """From M = (XᵀX)⁻¹, for a large support: only the few columns D outside it need a system.

    `w = M t` with t known on the support; t on D follows from w_D = 0.
    """
    target = np.zeros(problem.columns)
    target[support] = problem.products[support] - penalty.alpha * sign
    if support.size < problem.columns:
        beside = np.delete(np.arange(problem.columns), support)
        rows = inverse[beside]
        triangle, _ = dpotrf(rows[:, beside].T, overwrite_a=True)
        target[beside] = -_solve(triangle, rows @ target)
    return np.asarray((inverse @ target)[support])


def _by_qr(problem: LeastSquares, penalty: Penalty, support: Int64, sign: Float64) -> Float64 | Dependence:
    """By QR of `[X_A y; √β·I 0]`, whose condition number is not squared."""
    x, y = problem.reduced
    width = support.size
    table = np.zeros((len(y) + width, width + 1))
    table[: len(y), :-1] = x[:, support]
    table[: len(y), -1] = y
    np.fill_diagonal(table[len(y) :], sqrt(penalty.beta))
    norms = np.linalg.norm(table[:, :-1], axis=0)
    reduced = np.asarray(np.linalg.qr(table, mode="r"))
    triangle, projected = np.asfortranarray(reduced[:width, :width]), reduced[:width, width]
    spanned = np.abs(np.diag(triangle)) <= _EPSILON * len(table) * norms
    if spanned.any():
        return _dependence(triangle, int(spanned.argmax()))
    pull = dtrtrs(triangle, sign, trans=1)[0]
    return np.asarray(dtrtrs(triangle, projected - penalty.alpha * pull)[0])


def _dependence(triangle: Float64, column: int) -> Dependence:
    vector = np.zeros(len(triangle))
    vector[column] = 1.0
    if column:
        before = np.asfortranarray(triangle[:column, :column])
        vector[:column] = -dtrtrs(before, triangle[:column, column])[0]
    return Dependence(vector, column)
