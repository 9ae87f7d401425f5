"""Lasso and elastic net, held against optimality conditions, scikit-learn at a tight tolerance, and closed forms."""

from fractions import Fraction

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Lasso

from regctl.engine.exact.elastic import elastic
from regctl.engine.exact.path import lambda_max, lambda_path
from regctl.engine.exact.solver import Solver
from regctl.errors import DataError, RegctlError


def data(rows=120, columns=12, seed=0):
    """Correlated columns of different scales, five of which matter."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, columns)) @ (
        np.eye(columns) + 0.3 * generator.normal(size=(columns, columns))
    )
    kernel = np.zeros(columns)
    kernel[:5] = [1.0, -2.0, 0.5, 0.0, 3.0][: min(5, columns)]
    return x + 3, x @ kernel + generator.normal(size=rows) + 1


def levels(rows=150, seed=0):
    """Numbers, texts of two and four levels in full, and a column twice: no unique lasso solution."""
    generator = np.random.default_rng(seed)
    numbers = generator.normal(size=(rows, 4))
    two, four = np.eye(2)[generator.integers(0, 2, rows)], np.eye(4)[generator.integers(0, 4, rows)]
    x = np.column_stack([numbers, two, four, numbers[:, 0]])
    return x, numbers[:, 0] + two @ [0.5, -0.5] + four @ [1.0, 2.0, -1.0, -2.0] + generator.normal(size=rows)


def degree_12(rows=60):
    u = np.random.default_rng(0).uniform(0.5, 1.5, rows)
    x = np.stack([u**power for power in range(1, 13)], axis=1)
    return (x - x.mean(axis=0)) / x.std(axis=0), np.sin(5 * u) + 0.2 * np.random.default_rng(1).normal(
        size=rows
    )


PROBLEMS = {
    "tall": data(),
    "wide": data(40, 90),
    "square": data(30, 30),
    "one column": data(50, 1),
    "levels": levels(),
    "degree 12": degree_12(),
    "float32": tuple(part.astype(np.float32) for part in data(seed=3)),
}
UNIQUE = {name: PROBLEMS[name] for name in ("tall", "wide", "square", "one column", "float32")}
RATIOS = {"lasso": 1.0, "mostly L1": 0.9, "half": 0.5, "mostly L2": 0.05}


def both(lambdas, ratio):
    return lambdas * ratio, lambdas * (1 - ratio)


def centred(x, y):
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return x - x.mean(axis=0), y - y.mean()


def objective(x, y, kernel, lambda1, lambda2):
    """J at the best intercept."""
    xc, yc = centred(x, y)
    penalty = lambda1 * np.abs(kernel).sum() + lambda2 * np.square(kernel).sum()
    return np.square(yc - xc @ kernel).mean() + penalty


def every(problems):
    return pytest.mark.parametrize("problem", problems.values(), ids=problems)


every_ratio = pytest.mark.parametrize("ratio", RATIOS.values(), ids=RATIOS)


@every(PROBLEMS)
@every_ratio
def test_the_optimality_conditions_hold(problem, ratio):
    x, y = problem
    lambda1, lambda2 = both(lambda_path(x, y, ratio, 30), ratio)
    fits = elastic(x, y, lambda1, lambda2)
    xc, yc = centred(x, y)
    for kernel, strength1, strength2 in zip(fits.kernels, lambda1, lambda2, strict=True):
        slopes = 2 / len(x) * xc.T @ (yc - xc @ kernel) - 2 * strength2 * kernel
        inside = kernel != 0
        np.testing.assert_allclose(slopes[inside], strength1 * np.sign(kernel[inside]), rtol=0, atol=1e-8)
        assert np.abs(slopes[~inside]).max(initial=0) <= strength1 + 1e-8


@every(PROBLEMS)
@every_ratio
def test_the_duality_gap_is_below_1e_10(problem, ratio):
    x, y = problem
    lambda1, lambda2 = both(lambda_path(x, y, ratio, 30), ratio)
    fits = elastic(x, y, lambda1, lambda2)
    assert fits.gaps.max() <= 1e-10
    for kernel, gap, *strengths in zip(fits.kernels, fits.gaps, lambda1, lambda2, strict=True):
        assert plain_gap(x, y, kernel, *strengths) == pytest.approx(gap, abs=1e-11)


@pytest.mark.parametrize("ratio", [1.0, 0.5])
def test_the_gap_is_that_of_the_textbook_away_from_the_solution_too(ratio):
    from regctl.engine.exact.active_set import survey
    from regctl.engine.exact.elastic import relative_gap
    from regctl.engine.exact.least_squares import least_squares
    from regctl.engine.exact.systems import Penalty

    for x, y in (data(), data(20, 30)):
        problem, (lambda1, lambda2) = least_squares(x, y), both(lambda_max(x, y, ratio) / 10, ratio)
        for seed in range(5):
            kernel = np.random.default_rng(seed).normal(size=x.shape[1])
            penalty = Penalty(len(x) * lambda1 / 2, len(x) * lambda2)
            gap = relative_gap(problem, penalty, survey(problem, penalty, kernel))
            assert gap == pytest.approx(plain_gap(x, y, kernel, lambda1, lambda2), rel=1e-9)
            best = elastic(x, y, [lambda1], [lambda2]).kernels[0]
            above = objective(x, y, kernel, lambda1, lambda2) - objective(x, y, best, lambda1, lambda2)
            assert gap * objective(x, y, 0 * best, lambda1, lambda2) >= above


def plain_gap(x, y, kernel, lambda1, lambda2):
    """(P − D) / P(0) as written in textbooks, where it cancels."""
    xc, yc = centred(x, y)
    alpha, beta = len(x) * lambda1 / 2, len(x) * lambda2
    rows = np.concatenate([xc, np.sqrt(beta) * np.eye(xc.shape[1])])
    target = np.concatenate([yc, np.zeros(xc.shape[1])])
    residual = target - rows @ kernel
    primal = residual @ residual / 2 + alpha * np.abs(kernel).sum()
    point = residual * min(1.0, alpha / np.abs(rows.T @ residual).max())
    dual = target @ target / 2 - (target - point) @ (target - point) / 2
    return (primal - dual) / (target @ target / 2)


@every(UNIQUE)
def test_the_lasso_has_the_zeros_and_weights_of_scikit_learn(problem):
    x, y = problem
    lambdas = lambda_path(x, y, 1.0, 12)
    fits = elastic(x, y, lambdas, np.zeros(12))
    for lam, kernel, intercept in zip(lambdas, fits.kernels, fits.intercepts, strict=True):
        model = Lasso(alpha=lam / 2, tol=1e-12, max_iter=1_000_000).fit(np.asarray(x, np.float64), y)
        np.testing.assert_array_equal(kernel != 0, model.coef_ != 0)
        np.testing.assert_allclose(kernel, model.coef_, rtol=0, atol=1e-8)
        assert intercept == pytest.approx(model.intercept_, abs=1e-7)


@every(UNIQUE)
@pytest.mark.parametrize("ratio", [0.9, 0.5, 0.05])
def test_the_elastic_net_has_the_zeros_and_weights_of_scikit_learn(problem, ratio):
    x, y = problem
    lambda1, lambda2 = both(lambda_path(x, y, ratio, 8), ratio)
    fits = elastic(x, y, lambda1, lambda2)
    for kernel, strength1, strength2 in zip(fits.kernels, lambda1, lambda2, strict=True):
        alpha = strength1 / 2 + strength2
        model = ElasticNet(alpha=alpha, l1_ratio=strength1 / 2 / alpha, tol=1e-12, max_iter=1_000_000)
        model.fit(np.asarray(x, np.float64), y)
        np.testing.assert_array_equal(kernel != 0, model.coef_ != 0)
        np.testing.assert_allclose(kernel, model.coef_, rtol=0, atol=1e-8)


def test_where_the_solution_is_not_unique_it_fits_as_well_with_independent_columns():
    x, y = levels()
    lambdas = lambda_path(x, y, 1.0, 12)
    for lam, kernel in zip(lambdas, elastic(x, y, lambdas, 0 * lambdas).kernels, strict=True):
        other = Lasso(alpha=lam / 2, tol=1e-12, max_iter=1_000_000).fit(x, y).coef_
        assert objective(x, y, kernel, lam, 0) <= objective(x, y, other, lam, 0) * (1 + 1e-10)
        inside = x[:, kernel != 0]
        assert np.linalg.matrix_rank(inside - inside.mean(axis=0)) == inside.shape[1]


@pytest.mark.parametrize("difference", [1e-2, 1e-4, 1e-6])
def test_columns_that_nearly_coincide_are_told_apart_as_well_as_float64_can(difference):
    x, y = data(60, 3)
    apart = np.random.default_rng(5).normal(size=60)
    x[:, 1], y = x[:, 0] + difference * apart, y + apart
    lam = lambda_max(x, y, 1.0) * difference / 100
    (kernel,) = elastic(x, y, [lam], [0.0]).kernels
    assert (kernel != 0).all()
    expected = in_fractions(x, y, lam, np.sign(kernel))
    # Rounding a column, 1e-16 of it, is 1e-16/difference of what tells it from the other.
    np.testing.assert_allclose(kernel, expected, rtol=1e-14 / difference)


def in_fractions(x, y, lam, sign):
    """The kernel of 3 columns with given signs, by Cramer's rule without rounding."""
    table = [[Fraction(float(value)) for value in column] for column in (*x.T, y)]
    table = [[value - sum(column) / len(column) for value in column] for column in table]
    products = [[sum(a * b for a, b in zip(one, other, strict=True)) for other in table] for one in table]
    gram = [row[:3] for row in products[:3]]
    shift = [len(x) * Fraction(float(lam)) / 2 * int(value) for value in sign]
    right = [row[3] - value for row, value in zip(products[:3], shift, strict=True)]

    def determinant(place=None):
        a, b, c = ([right[i] if j == place else gram[i][j] for j in range(3)] for i in range(3))
        minors = (b[1] * c[2] - b[2] * c[1], b[0] * c[2] - b[2] * c[0], b[0] * c[1] - b[1] * c[0])
        return a[0] * minors[0] - a[1] * minors[1] + a[2] * minors[2]

    return [float(determinant(place) / determinant()) for place in range(3)]


def test_one_column_is_soft_thresholded():
    x, y = data(50, 1)
    xc, yc = centred(x, y)
    product, lambda1, lambda2 = xc[:, 0] @ yc, np.array([1e-3, 0.1, 1.0]), np.array([0.0, 0.3, 2.0])
    shrunk = np.sign(product) * np.maximum(np.abs(product) - 50 * lambda1 / 2, 0)
    expected = shrunk / (xc[:, 0] @ xc[:, 0] + 50 * lambda2)
    np.testing.assert_allclose(elastic(x, y, lambda1, lambda2).kernels[:, 0], expected, rtol=1e-12)


def test_a_constant_column_and_a_constant_target_get_no_weight():
    x, y = data(37, 4)
    x[:, 1] = 0.1  # whose mean over 37 rows is not 0.1 in float64
    assert (elastic(x, y, [1e-9], [0.0]).kernels[0] != 0).tolist() == [True, False, True, True]
    np.testing.assert_array_equal(elastic(x, np.full(37, 0.1), [1e-20], [0.0]).kernels, 0)


@every_ratio
@every(PROBLEMS)
def test_lambda_max_is_the_smallest_lambda_that_leaves_no_weight(problem, ratio):
    x, y = problem
    strongest = lambda_max(x, y, ratio)
    lambdas = np.array([1e308, 10 * strongest, strongest, 0.999 * strongest])
    nonzero = (elastic(x, y, *both(lambdas, ratio)).kernels != 0).any(axis=1)
    assert nonzero.tolist() == [False, False, False, True]


def test_lambda_max_counts_a_ratio_below_a_thousandth_as_a_thousandth():
    x, y = data()
    xc, yc = centred(x, y)
    expected = 2 / len(x) * np.abs(xc.T @ yc).max() / 1e-3
    for ratio in (0.0, 1e-4, 1e-3):
        assert lambda_max(x, y, ratio) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("shape", "span"), [((50, 50), 1e-4), ((50, 51), 1e-2)])
def test_the_path_runs_from_lambda_max_over_four_decades_or_two_with_few_rows(shape, span):
    x, y = data(*shape)
    path = lambda_path(x, y, 0.5)
    assert len(path) == 100
    assert path[0] == lambda_max(x, y, 0.5)
    assert path[-1] == pytest.approx(span * path[0], rel=1e-12)
    np.testing.assert_allclose(path[1:] / path[:-1], span ** (1 / 99), rtol=1e-12)


def test_a_path_needs_a_column_that_is_correlated_with_the_target():
    x = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    with pytest.raises(DataError, match="lambda auto: expected a feature that is correlated"):
        lambda_path(x, np.array([1.0, 1.0, -1.0, -1.0]), 1.0)


def test_degrees_of_freedom_are_the_weights_of_a_lasso_and_a_trace_for_an_elastic_net():
    x, y = data()
    xc, _ = centred(x, y)
    lambdas = lambda_path(x, y, 1.0, 10)
    lasso = elastic(x, y, lambdas, 0 * lambdas)
    np.testing.assert_array_equal(lasso.degrees_of_freedom, (lasso.kernels != 0).sum(axis=1))
    lambda1, lambda2 = both(lambda_path(x, y, 0.3, 10), 0.3)
    fits = elastic(x, y, lambda1, lambda2)
    for kernel, freedom, strength in zip(fits.kernels, fits.degrees_of_freedom, lambda2, strict=True):
        inside = xc[:, kernel != 0]
        system = inside.T @ inside + len(x) * strength * np.eye(inside.shape[1])
        assert freedom == pytest.approx(np.trace(inside @ np.linalg.solve(system, inside.T)), abs=1e-9)


@every(PROBLEMS)
@pytest.mark.parametrize("ratio", [1.0, 0.5])
def test_a_model_has_the_same_bits_in_every_company(problem, ratio):
    x, y = problem
    lambda1, lambda2 = both(lambda_path(x, y, ratio, 23), ratio)
    together = elastic(x, y, lambda1, lambda2)
    for company in ([9], [22], [21, 3, 12], list(range(23))[::-1]):
        fits = elastic(x, y, lambda1[company], lambda2[company])
        assert fits.kernels.tobytes() == together.kernels[company].tobytes()
        assert fits.intercepts.tobytes() == together.intercepts[company].tobytes()


@pytest.mark.parametrize("seed", range(40))
def test_designs_of_every_kind_are_solved(seed):
    """Duplicates, near duplicates, sums, small integers, few rows: penalties over seven decades."""
    generator = np.random.default_rng(seed)
    rows, columns = int(generator.integers(2, 60)), int(generator.integers(1, 30))
    x = generator.normal(size=(rows, columns))
    extra = [
        x[:, : columns // 2],
        x * (1 + 1e-14 * generator.normal(size=x.shape)),
        np.column_stack([x.sum(axis=1), -x[:, 0], np.ones(rows)]),
        np.eye(3)[generator.integers(0, 3, rows)],
    ][seed % 4]
    x = np.column_stack([np.round(x) if seed % 5 == 0 else x, extra])
    y = x @ (generator.normal(size=x.shape[1]) * generator.integers(0, 2, x.shape[1])) + generator.normal(
        size=rows
    )
    lambdas = lambda_max(x, y, 1.0) * 10 ** generator.uniform(-6, 0.1, 8)
    xc, yc = centred(x, y)
    for lambda2 in (0 * lambdas, lambdas * 10 ** generator.uniform(-5, 2)):
        kernels = elastic(x, y, lambdas, lambda2).kernels
        slopes = 2 / rows * (yc - kernels @ xc.T) @ xc - 2 * lambda2[:, None] * kernels
        steepness = 1e-9 * np.linalg.norm(xc, axis=0).max() * np.linalg.norm(yc)
        assert (np.abs(slopes) <= lambdas[:, None] + steepness).all()
        inside = kernels != 0
        assert (np.abs(slopes - np.sign(kernels) * lambdas[:, None])[inside] <= steepness).all()


def test_a_solution_that_is_not_reached_is_an_error():
    x, y = degree_12()
    with pytest.raises(RegctlError, match="expected a relative duality gap of at most 1e-10"):
        elastic(x, y, [lambda_max(x, y, 1.0) * 1e-4], [0.0], max_iter=1)


def test_the_solver_takes_each_model_where_it_belongs():
    x, y = data()
    lambda1, lambda2 = np.array([0.0, 0.1, 0.0, 0.01, 0.0]), np.array([1.0, 0.0, 0.0, 0.2, 1e-3])
    together, solver = Solver(x, y).fits(lambda1, lambda2), Solver(x, y)
    for place in range(5):
        alone = solver.fits(lambda1[[place]], lambda2[[place]])
        for name in ("kernels", "intercepts", "degrees_of_freedom", "gaps"):
            assert getattr(alone, name)[0].tobytes() == getattr(together, name)[place].tobytes()
        kernel = alone.kernels[0]
        assert (kernel == 0).any() == (lambda1[place] > 0)
        nudged = [
            objective(x, y, kernel + 1e-4 * step, lambda1[place], lambda2[place]) for step in np.eye(12)
        ]
        assert min(nudged) > objective(x, y, kernel, lambda1[place], lambda2[place])
    with pytest.raises(ValueError, match="λ₁ must be positive"):
        elastic(x, y, [0.0], [1.0])
