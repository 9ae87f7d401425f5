import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge

from regctl.analysis.contours import contours, penalty_outline, quadratic_loss

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(80, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]]) + 3
Y = X @ [1.5, 0.4] + GENERATOR.normal(size=80) + 10
LAMBDAS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


def brute(weights) -> float:
    """The mean squared error with the intercept that suits it best."""
    error = Y - X @ weights
    return float(np.mean((error - error.mean()) ** 2))


def solution(lambda_: float, r: float) -> np.ndarray:
    if lambda_ == 0:
        return LinearRegression().fit(X, Y).coef_
    if r == 0:
        return Ridge(alpha=len(Y) * lambda_).fit(X, Y).coef_
    alpha = lambda_ * r / 2 + lambda_ * (1 - r)
    return ElasticNet(alpha=alpha, l1_ratio=lambda_ * r / 2 / alpha, tol=1e-12).fit(X, Y).coef_


def penalty(weights, r: float) -> np.ndarray:
    return r * np.abs(weights).sum(axis=-1) + (1 - r) * np.square(weights).sum(axis=-1)


def picture(r: float):
    return contours(X, Y, LAMBDAS, np.array([solution(each, r) for each in LAMBDAS]), l1_ratio=r)


def test_every_cell_is_the_mean_squared_error_of_its_weights():
    found = picture(0.0)
    for i, j in ((0, 0), (3, 100), (120, 60), (77, 5)):
        assert found.loss[i, j] == pytest.approx(brute([found.first[j], found.second[i]]))
    np.testing.assert_allclose(found.bottom, LinearRegression().fit(X, Y).coef_)


@pytest.mark.parametrize("r", [0.0, 0.5, 1.0])
def test_a_ball_goes_through_its_solution_and_no_weights_on_it_have_a_lower_loss(r):
    found = picture(r)
    assert len(found.balls) >= 2
    for ball in found.balls:
        np.testing.assert_allclose(penalty(ball.outline, r), penalty(ball.touches, r))
        assert ball.loss == pytest.approx(brute(ball.touches))
        assert min(brute(each) for each in ball.outline) >= ball.loss - 1e-8


@pytest.mark.parametrize(("r", "size"), [(0.0, 5.0), (1.0, 7.0)])
def test_the_ball_is_a_circle_of_the_length_or_a_diamond_of_the_sum(r, size):
    outline = penalty_outline(np.array([3.0, -4.0]), r)
    assert outline[0] == pytest.approx([size, 0])
    np.testing.assert_allclose(np.abs(outline).max(axis=0), size)
    lengths = np.hypot(*outline.T) if r == 0 else np.abs(outline).sum(axis=1)
    np.testing.assert_allclose(lengths, size)
    np.testing.assert_allclose(outline[0], outline[-1], atol=1e-12)


def test_the_window_is_square_and_holds_the_path_the_balls_and_zero():
    found = picture(1.0)
    assert np.ptp(found.first) == pytest.approx(np.ptp(found.second))
    for seen in (found.path, found.bottom[None], np.zeros((1, 2)), *(ball.outline for ball in found.balls)):
        assert (seen[:, 0] > found.first[0]).all()
        assert (seen[:, 0] < found.first[-1]).all()
        assert (seen[:, 1] > found.second[0]).all()
        assert (seen[:, 1] < found.second[-1]).all()


def test_levels_ascend_within_the_losses_and_are_short_numbers():
    found = picture(0.0)
    assert 5 <= len(found.levels) <= 7
    assert (np.diff(found.levels) > 0).all()
    assert found.loss.min() < found.levels[0] < found.levels[-1] < found.loss.max()
    assert all(len(f"{each:g}") <= 5 for each in found.levels)


def test_the_path_is_put_in_the_order_of_lambda():
    found = contours(X, Y, [1.0, 0.0], np.array([[0.5, 0.1], [1.5, 0.4]]))
    assert found.lambdas.tolist() == [0.0, 1.0]
    assert found.path[0].tolist() == [1.5, 0.4]


def test_a_path_of_zeros_has_no_ball_and_collinear_columns_have_the_shortest_bottom():
    twice = np.column_stack([X[:, 0], X[:, 0]])
    found = contours(twice, Y, [5.0], np.zeros((1, 2)), l1_ratio=1.0)
    assert found.balls == ()
    assert found.bottom[0] == pytest.approx(found.bottom[1])
    assert found.loss.min() >= minimize(lambda w: np.var(Y - twice @ w), [0, 0]).fun - 1e-9


@pytest.mark.parametrize(("shape", "rows"), [((5, 3), 5), ((5, 2), 4), ((0, 2), 0)])
def test_other_shapes_are_a_bug(shape, rows):
    with pytest.raises(ValueError, match="expected"):
        quadratic_loss(np.zeros(shape), np.zeros(rows))
    with pytest.raises(ValueError, match="expected weights"):
        contours(X, Y, [1.0], np.zeros((2, 2)))
