import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge

from regctl.analysis.contours import loss_grid, quadratic_loss
from regctl.report.figure.contours import penalty, penalty_line

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(80, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]]) + 3
Y = X @ [1.5, 0.4] + GENERATOR.normal(size=80) + 10


def brute(weights) -> float:
    """The mean squared error with the intercept that suits it best."""
    error = Y - X @ weights
    return float(np.mean((error - error.mean()) ** 2))


def solution(lambda_: float, r: float) -> np.ndarray:
    if r == 0:
        return Ridge(alpha=len(Y) * lambda_).fit(X, Y).coef_
    alpha = lambda_ * r / 2 + lambda_ * (1 - r)
    return ElasticNet(alpha=alpha, l1_ratio=lambda_ * r / 2 / alpha, tol=1e-12).fit(X, Y).coef_


def test_every_cell_is_the_mean_squared_error_of_its_weights():
    first, second, loss = loss_grid(X, Y, (-1.0, 2.0), (-0.5, 1.0), points=31)
    assert (first[0], first[-1], second[0], second[-1]) == (-1.0, 2.0, -0.5, 1.0)
    expected = [[brute([one, other]) for one in first] for other in second]
    np.testing.assert_allclose(loss, expected, rtol=1e-12)


def test_the_bottom_is_least_squares():
    found, fitted = quadratic_loss(X, Y), LinearRegression().fit(X, Y)
    np.testing.assert_allclose(found.bottom, fitted.coef_)
    assert found.lowest == pytest.approx(np.mean((Y - fitted.predict(X)) ** 2))


def test_collinear_columns_have_the_shortest_bottom():
    twice = np.column_stack([X[:, 0], X[:, 0]]).astype(np.float32)
    found, once = quadratic_loss(twice, Y.astype(np.float32)), LinearRegression().fit(X[:, :1], Y)
    np.testing.assert_allclose(found.bottom, once.coef_[0] / 2, rtol=1e-5)
    assert found.at(np.array([once.coef_[0], 0.0])) == pytest.approx(found.lowest, rel=1e-5)


@pytest.mark.parametrize("r", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("lambda_", [0.03, 0.3, 1.0])
def test_the_solution_has_the_lowest_loss_of_all_weights_with_its_penalty(r, lambda_):
    weights, loss = solution(lambda_, r), quadratic_loss(X, Y)
    line = penalty_line(penalty(weights, r), r, turns=720)
    assert loss.at(line).min() >= loss.at(weights) - 1e-7
    assert loss.at(line).min() == pytest.approx(loss.at(weights), rel=1e-3)


@pytest.mark.parametrize(("shape", "rows"), [((5, 3), 5), ((5, 2), 4), ((0, 2), 0)])
def test_other_shapes_are_a_bug(shape, rows):
    with pytest.raises(ValueError, match="expected"):
        quadratic_loss(np.zeros(shape), np.zeros(rows))
