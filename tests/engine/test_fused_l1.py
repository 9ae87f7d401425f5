"""The fused engine's L1: exact zeros, scikit-learn's pattern, the lasso's optimality conditions."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet

from problems import LINEAR, grid, problem, train, trials_of
from regctl.engine import penalties
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training

FULL_BATCH = {"batch_size": 90, "seeds": 1, "epochs": 1500}
SECTIONS = {
    "sgd": (Training(optimizer="sgd", **FULL_BATCH), 0.1),
    "momentum": (Training(optimizer="sgd", momentum=0.9, **FULL_BATCH), 0.02),
    "nesterov": (Training(optimizer="sgd", momentum=0.9, nesterov=True, **FULL_BATCH), 0.02),
    "momentum, cosine": (Training(optimizer="sgd", momentum=0.9, schedule="cosine", **FULL_BATCH), 0.02),
    "momentum, step": (Training(optimizer="sgd", momentum=0.9, schedule="step", **FULL_BATCH), 0.02),
    "nesterov, step": (
        Training(optimizer="sgd", momentum=0.9, nesterov=True, schedule="step", **FULL_BATCH),
        0.02,
    ),
    "adam": (Training(optimizer="adam", schedule="cosine", **FULL_BATCH), 0.01),
    "rmsprop": (Training(optimizer="rmsprop", schedule="cosine", **FULL_BATCH), 0.01),
}
LAMBDAS = [0.03, 0.2, 0.6]


def settings(rate: float):
    """Lassos and elastic nets."""
    every = grid(LAMBDAS, learning_rate=rate)
    return [replace(setting, l1_ratio=ratio) for ratio in (1.0, 0.5) for setting in every]


@pytest.mark.parametrize("name", SECTIONS)
def test_full_batch_l1_is_scikit_learns_with_its_zeros(name):
    """Optimality to 1e-5 and scikit-learn's zero pattern; float32, run to convergence."""
    section, rate = SECTIONS[name]
    data = problem()
    x, y = data.x_train.astype(np.float64), data.y_train.astype(np.float64)
    results = train(LINEAR, trials_of(settings(rate), section), data, section)
    for result in results:
        kernel, bias = result.weights[0][:, 0].astype(np.float64), float(result.weights[1][0])
        setting = result.trial.setting
        gradient = 2 * x.T @ (x @ kernel + bias - y) / len(x) + 2 * setting.l2 * kernel
        active = kernel != 0
        np.testing.assert_allclose(gradient[active], -setting.l1 * np.sign(kernel[active]), atol=1e-5)
        assert (np.abs(gradient[~active]) <= setting.l1 + 1e-5).all()
        alpha = setting.l1 / 2 + setting.l2
        oracle = ElasticNet(alpha, l1_ratio=setting.l1 / 2 / alpha, tol=1e-12, max_iter=1_000_000).fit(x, y)
        np.testing.assert_array_equal(active, oracle.coef_ != 0)
        np.testing.assert_allclose(kernel, oracle.coef_, atol=1e-5)
        assert result.nonzero == active.sum()
    assert {result.nonzero for result in results} > {1, 7}


def test_the_penalty_counts_both_parts():
    kernel = np.array([[1.0, -2.0]], np.float32)
    assert penalties.value(kernel, 0.5, 0.25) == pytest.approx(0.5 * 3 + 0.25 * 5)
    data, section = problem(), Training(epochs=2, seeds=1)
    (result,) = train(LINEAR, trials_of([replace(grid([0.1])[0], l1_ratio=0.5)], section), data, section)
    exact = result.weights[0].astype(np.float64)
    assert result.penalty == pytest.approx(
        0.05 * np.abs(exact).sum() + 0.05 * np.square(exact).sum(), rel=1e-12
    )


def test_a_network_under_mini_batches_has_exact_zeros_and_lambda_zero_has_none():
    data, section = problem(), Training(epochs=20, seeds=1, batch_size=16)
    layers = presets.mlp(Model(units=[9, 5]))
    pair = [replace(setting, l1_ratio=1.0) for setting in grid([0.0, 0.05])]
    free, sparse = train(layers, trials_of(pair, section), data, section)
    assert free.nonzero == 7 * 9 + 9 * 5 + 5
    assert 0 < sparse.nonzero < free.nonzero


def test_lambda_zero_under_l1_equals_no_penalty():
    data, section = problem(), Training(epochs=5, seeds=1, batch_size=16)
    layers = presets.mlp(Model(units=[9, 5]))
    (none,) = train(layers, trials_of(grid([0.0]), section), data, section)
    (zero,) = train(layers, trials_of([replace(grid([0.0])[0], l1_ratio=1.0)], section), data, section)
    for ours, theirs in zip(none.weights, zero.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
