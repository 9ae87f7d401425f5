import math

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from regctl.analysis.losses import per_row
from regctl.analysis.measures import metric_values

GENERATOR = np.random.default_rng(0)
TRUTH = GENERATOR.normal(180_000, 60_000, 300)
PREDICTION = TRUTH + GENERATOR.normal(0, 20_000, 300)


def regression_metrics(prediction, truth):
    return metric_values(prediction, truth, ("rmse", "mae", "r2"))


def squared_errors(prediction, truth):
    return per_row("mean_squared_error", prediction, truth)


def test_metrics_agree_with_scikit_learn():
    found = regression_metrics(PREDICTION, TRUTH)
    assert found["rmse"] == pytest.approx(root_mean_squared_error(TRUTH, PREDICTION), rel=1e-12)
    assert found["mae"] == pytest.approx(mean_absolute_error(TRUTH, PREDICTION), rel=1e-12)
    assert found["r2"] == pytest.approx(r2_score(TRUTH, PREDICTION), rel=1e-12)


def test_r2_does_not_lose_its_digits_far_from_zero():
    shifted = regression_metrics(PREDICTION + 1e12, TRUTH + 1e12)
    assert shifted["r2"] == pytest.approx(regression_metrics(PREDICTION, TRUTH)["r2"], rel=1e-6)


def test_losses_are_per_row_and_in_double_precision():
    prediction = np.array([1.0, 16_777_217.0], dtype=np.float64)
    losses = squared_errors(prediction, np.array([3.0, 16_777_216.0], dtype=np.float32))
    assert losses.dtype == np.float64
    assert losses.tolist() == [4.0, 1.0]


@pytest.mark.parametrize(
    "shapes", [((4, 1), (4,)), ((4,), (4, 1)), ((4,), (1,)), ((4, 1), (4, 1)), ((), ()), ((4,), (5,))]
)
def test_shapes_are_never_broadcast(shapes):
    prediction, truth = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ValueError, match="vectors of one length"):
        squared_errors(prediction, truth)
    if truth.shape:
        with pytest.raises(ValueError, match="vectors of one length"):
            regression_metrics(prediction, truth)


def test_no_rows_have_no_metrics():
    with pytest.raises(ValueError, match="no rows"):
        regression_metrics(np.zeros(0), np.zeros(0))


def test_r2_is_undefined_when_all_truths_are_equal():
    found = regression_metrics(np.array([1.0, 2.0]), np.array([5.0, 5.0]))
    assert math.isnan(found["r2"])
    assert found["mae"] == 3.5


def test_a_model_that_blew_up_scores_infinity_without_a_warning():
    found = regression_metrics(np.array([1e200, 1.0]), np.array([1.0, 1.0]))
    assert found["rmse"] == math.inf
