"""Ridge regression from one decomposition, held against closed forms, exact fractions and scikit-learn."""

from fractions import Fraction

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from regctl.engine.exact.ridge import ridge

LAMBDAS = np.array([1e-6, 1e-3, 0.1, 1.0, 30.0])
SHAPES = {
    "tall": (90, 7),
    "wide": (12, 30),
    "square": (20, 20),
    "one column": (15, 1),
    "one row more": (21, 20),
}


def data(rows, columns, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, columns)) * generator.uniform(0.5, 3, columns) + generator.normal(
        size=columns
    )
    return x, x[:, 0] - 0.5 * x.sum(axis=1) + generator.normal(size=rows) + 4


def centred(x, y):
    return x - x.mean(axis=0), y - y.mean()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_ridge_is_the_closed_form(shape):
    x, y = data(*shape)
    xc, yc = centred(x, y)
    lambdas = LAMBDAS[1:]  # below, the closed form itself is not right to 1e-10
    fits = ridge(x, y, lambdas)
    for lam, kernel, intercept in zip(lambdas, fits.kernels, fits.intercepts, strict=True):
        expected = np.linalg.solve(xc.T @ xc + len(x) * lam * np.eye(shape[1]), xc.T @ yc)
        np.testing.assert_allclose(kernel, expected, rtol=0, atol=1e-10 * np.abs(expected).max())
        assert intercept == pytest.approx(y.mean() - x.mean(axis=0) @ expected, abs=1e-10)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_ridge_agrees_with_scikit_learn_at_alpha_n_lambda(shape):
    x, y = data(*shape)
    fits = ridge(x, y, LAMBDAS)
    for lam, kernel, intercept in zip(LAMBDAS, fits.kernels, fits.intercepts, strict=True):
        model = Ridge(alpha=len(x) * lam, solver="svd").fit(x, y)
        np.testing.assert_allclose(kernel, model.coef_, rtol=0, atol=1e-8 * np.abs(model.coef_).max())
        assert intercept == pytest.approx(model.intercept_, abs=1e-8)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_degrees_of_freedom_are_the_trace_of_the_hat_matrix_without_the_intercept(shape):
    x, y = data(*shape)
    table = np.column_stack([np.ones(len(x)), x])
    for lam, freedom in zip(LAMBDAS, ridge(x, y, LAMBDAS).degrees_of_freedom, strict=True):
        penalties = len(x) * lam * np.diag([0.0] + [1.0] * shape[1])
        hat = table @ np.linalg.solve(table.T @ table + penalties, table.T)
        assert freedom == pytest.approx(np.trace(hat) - 1, abs=1e-8)


def test_without_penalty_it_is_least_squares_with_the_smallest_norm():
    tall, target = data(50, 6)
    levels = np.eye(4)[np.random.default_rng(1).integers(0, 4, 50)]
    designs = {
        "full rank": tall,
        "a column twice": np.column_stack([tall, tall[:, 2]]),
        "all levels of a text": np.column_stack([tall, levels]),
        "wide": data(9, 20)[0],
    }
    for name, x in designs.items():
        y = target[: len(x)]
        xc, yc = centred(x, y)
        expected, _, rank, _ = np.linalg.lstsq(xc, yc, rcond=None)
        fits = ridge(x, y, [0.0])
        np.testing.assert_allclose(fits.kernels[0], expected, rtol=0, atol=1e-11, err_msg=name)
        assert fits.degrees_of_freedom[0] == pytest.approx(rank)


def test_a_tiny_penalty_on_dependent_columns_stays_near_the_smallest_norm():
    x, y = data(50, 6)
    twice = np.column_stack([x, x])
    without, tiny = ridge(twice, y, [0.0, 1e-25]).kernels
    np.testing.assert_allclose(tiny, without, rtol=0, atol=1e-11)


def degree_12(rows=30):
    """Powers of a number near 1: a basis with condition number 4e11 after standardising."""
    u = np.random.default_rng(0).uniform(0.5, 1.5, rows)
    x = np.stack([u**power for power in range(1, 13)], axis=1)
    return (x - x.mean(axis=0)) / x.std(axis=0), np.sin(5 * u) + 0.2 * np.random.default_rng(1).normal(
        size=rows
    )


def exactly(x, y, lam):
    """The kernel in fractions: no rounding at all."""
    rows, columns = x.shape
    table = [[Fraction(float(value)) for value in row] for row in x]
    target = [Fraction(float(value)) for value in y]
    means = [sum(row[j] for row in table) / rows for j in range(columns)]
    mean = sum(target) / rows
    table = [[value - means[j] for j, value in enumerate(row)] for row in table]
    target = [value - mean for value in target]
    left = [[sum(row[i] * row[j] for row in table) for j in range(columns)] for i in range(columns)]
    right = [sum(row[i] * value for row, value in zip(table, target, strict=True)) for i in range(columns)]
    for i in range(columns):
        left[i][i] += rows * Fraction(float(lam))
    return np.array([float(value) for value in eliminated(left, right)])


def eliminated(left, right):
    for i in range(len(left)):
        for k in range(i + 1, len(left)):
            factor = left[k][i] / left[i][i]
            left[k] = [a - factor * b for a, b in zip(left[k], left[i], strict=True)]
            right[k] -= factor * right[i]
    for i in reversed(range(len(left))):
        right[i] = (right[i] - sum(left[i][j] * right[j] for j in range(i + 1, len(left)))) / left[i][i]
    return right


@pytest.mark.parametrize(
    ("lam", "digits"), [(1.0, 1e-13), (1e-4, 1e-12), (1e-8, 1e-9), (1e-12, 1e-7), (1e-16, 1e-5)]
)
def test_a_degree_12_basis_is_solved_as_well_as_float64_can(lam, digits):
    x, y = degree_12()
    assert 1e11 < np.linalg.cond(x) < 1e12
    expected, kernel = exactly(x, y, lam), ridge(x, y, [lam]).kernels[0]
    assert np.linalg.norm(kernel - expected) < digits * np.linalg.norm(expected)
    np.testing.assert_allclose(x @ kernel, x @ expected, rtol=0, atol=1e-8)


def test_the_normal_equations_would_not_solve_it():
    x, y = degree_12()
    xc, yc = centred(x, y)
    expected = exactly(x, y, 1e-16)
    normal = np.linalg.solve(xc.T @ xc + len(x) * 1e-16 * np.eye(12), xc.T @ yc)
    assert np.linalg.norm(normal - expected) > 1e-2 * np.linalg.norm(expected)


def test_a_constant_column_gets_no_weight():
    x, y = data(37, 4)
    x[:, 1] = 0.1  # whose mean over 37 rows is not 0.1 in float64
    fits = ridge(x, y, [0.0, 1e-9, 1.0])
    np.testing.assert_array_equal(fits.kernels[:, 1], 0)
    rest = ridge(np.delete(x, 1, axis=1), y, [0.0, 1e-9, 1.0])
    np.testing.assert_allclose(np.delete(fits.kernels, 1, axis=1), rest.kernels, rtol=1e-10)
    np.testing.assert_allclose(fits.intercepts, rest.intercepts, rtol=1e-10)


def test_a_design_without_variation_predicts_the_mean():
    for x in (np.full((37, 2), 0.1), np.ones((1, 3))):
        y = np.arange(len(x)) + 2.5
        fits = ridge(x, y, [0.0, 1.0])
        np.testing.assert_array_equal(fits.kernels, 0)
        np.testing.assert_allclose(fits.intercepts, y.mean())
        np.testing.assert_array_equal(fits.degrees_of_freedom, 0)


def test_columns_far_from_zero_lose_no_digits():
    x, y = data(60, 3)
    near, far = ridge(x, y, [0.01]), ridge(x + 2.0**20, y, [0.01])
    np.testing.assert_allclose(far.kernels, near.kernels, rtol=1e-8)


def test_an_endless_penalty_leaves_the_mean():
    x, y = data(20, 3)
    fits = ridge(x, y, [1e308])
    np.testing.assert_allclose(fits.kernels, 0, atol=1e-200)
    np.testing.assert_allclose(fits.intercepts, y.mean())


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_lambda_has_the_same_bits_in_every_company(shape):
    x, y = data(*shape)
    lambdas = np.geomspace(1e-8, 10, 133)
    together = ridge(x, y, lambdas).kernels
    for company in ([7], [132, 5, 90], list(range(60, 70)), list(range(133))[::-1]):
        assert ridge(x, y, lambdas[company]).kernels.tobytes() == together[company].tobytes()
