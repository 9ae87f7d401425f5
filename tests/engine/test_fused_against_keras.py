"""The fused engine against a plain Keras loop: same initial weights, same batches, same noise."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from oracles import LOSSES, keras_loop, keras_loop_with_noise
from problems import LINEAR, classed, grid, outputs_of, problem, train, trials_of
from regctl.models import presets
from regctl.models.network import build_network
from regctl.spec.model import Model
from regctl.spec.training import Training

STEPS = 10 * 6  # of 16 rows, over 10 epochs


def training(**changes) -> Training:
    return Training(epochs=10, seeds=2, batch_size=16, **changes)


def cosine(rate):
    return keras.optimizers.schedules.CosineDecay(rate, STEPS)


def tenths(rate):
    # Keras changes after the boundary's step, regctl at it.
    return keras.optimizers.schedules.PiecewiseConstantDecay([29, 44], [rate, rate / 10, rate / 100])


def decayed(rate):
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


OPTIMIZERS = {
    "adam": (training(), keras.optimizers.Adam),
    "adamw": (training(optimizer="adamw"), decayed),
    "rmsprop": (training(optimizer="rmsprop"), keras.optimizers.RMSprop),
    "sgd": (training(optimizer="sgd"), keras.optimizers.SGD),
    "momentum": (
        training(optimizer="sgd", momentum=0.9),
        lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    ),
    "nesterov": (
        training(optimizer="sgd", momentum=0.9, nesterov=True),
        lambda rate: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
    ),
    "cosine": (training(schedule="cosine"), lambda rate: keras.optimizers.Adam(cosine(rate))),
    "step": (training(schedule="step"), lambda rate: keras.optimizers.Adam(tenths(rate))),
}
EVERYTHING = [("relu", name) for name in OPTIMIZERS] + [("tanh", "adam"), ("selu", "momentum")]


def assert_equal(result, network, data):
    """Predictions and weights to 1e-4 of their scale."""
    expected = network.predict(data.x_validation, verbose=0)
    ours = result.validation_prediction
    np.testing.assert_allclose(ours.reshape(expected.shape), expected, atol=1e-4 * np.abs(expected).max())
    for own, theirs in zip(result.weights, network.get_weights(), strict=True):
        np.testing.assert_allclose(own, theirs, atol=1e-4 * max(1e-2, np.abs(theirs).max()))


@pytest.mark.parametrize(("activation", "optimizer"), EVERYTHING)
def test_weights_and_predictions_equal_a_keras_loop_to_1e_4(activation, optimizer):
    training, build = OPTIMIZERS[optimizer]
    data = problem()
    layers = presets.mlp(Model(units=[9, 5], activation=activation))
    decay = 0.1 * (optimizer == "adamw")
    settings = [replace(setting, weight_decay=decay) for setting in grid([0.0, 0.02])]
    results = train(layers, trials_of(settings, training), data, training)
    for result in results[1:3]:  # λ = 0 with the second seed, λ = 0.02 with the first
        assert_equal(result, keras_loop(layers, result.trial, data, training, build), data)


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_normalised_networks_equal_a_keras_loop(normalization):
    # Not Adam: a bias before a batch normalisation has no gradient, and Adam makes its rounding errors whole steps.
    section, build = OPTIMIZERS["momentum"]
    data = problem()
    layers = presets.mlp(Model(units=[9, 5], activation="relu", normalization=normalization))
    results = train(layers, trials_of(grid([0.0, 0.02], learning_rate=0.01), section), data, section)
    for result in results[1:3]:
        assert_equal(result, keras_loop(layers, result.trial, data, section, build), data)


@pytest.mark.parametrize("loss", ["huber", "binary_crossentropy", "categorical_crossentropy"])
@pytest.mark.parametrize("weighted", [False, True], ids=["rows alike", "rows weighted"])
def test_every_loss_equals_a_keras_loop(loss, weighted):
    section, build = OPTIMIZERS["momentum"]
    data = classed(loss, weighted)
    layers = presets.mlp(Model(units=[9, 5]), outputs=outputs_of(loss))
    results = train(layers, trials_of(grid([0.0, 0.02], learning_rate=0.01), section), data, section, loss)
    for result in results[1:3]:
        network = keras_loop(layers, result.trial, data, section, build, loss)
        assert_equal(result, network, data)
        expected = LOSSES[loss](data.y_validation[:, None], network.predict(data.x_validation, verbose=0))
        assert result.history.validation_loss[-1] == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("kind", ["dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"])
def test_every_noise_equals_kerass_layer_given_the_same_draws(kind, monkeypatch):
    section, data = training(), problem()
    layers = presets.mlp(Model(units=[9, 5], activation="selu"), noise=kind)
    settings = grid([0.0, 0.02], dropout=0.3, input_dropout=0.2)
    results = train(layers, trials_of(settings, section), data, section)
    result = results[2]
    network = keras_loop_with_noise(layers, result.trial, data, section, keras.optimizers.Adam, monkeypatch)
    assert_equal(result, network, data)


def test_linear_gradient_descent_reaches_closed_form_ridge():
    """Full-batch gradient descent to convergence against (XᵀX + nλI)⁻¹Xᵀy on centred data, in float64."""
    data = problem()
    training = Training(epochs=3000, seeds=1, batch_size=90, optimizer="sgd")
    for result in train(
        LINEAR, trials_of(grid([0.0, 0.01, 0.3], learning_rate=0.1), training), data, training
    ):
        x = data.x_train.astype(np.float64)
        centred = x - x.mean(axis=0)
        gram = centred.T @ centred + len(x) * result.trial.setting.lambda_ * np.eye(x.shape[1])
        kernel = np.linalg.solve(gram, centred.T @ (data.y_train - data.y_train.mean()))
        bias = data.y_train.mean() - x.mean(axis=0) @ kernel
        np.testing.assert_allclose(result.weights[0][:, 0], kernel, atol=2e-6)
        np.testing.assert_allclose(result.weights[1][0], bias, atol=2e-6)


def test_penalty_and_history_are_data_losses_and_penalties_of_the_kept_weights():
    data = problem()
    training = Training(epochs=4, seeds=1)
    layers = presets.mlp(Model(units=[6]))
    (result,) = train(layers, trials_of(grid([0.1]), training), data, training)
    squares = sum(np.square(kernel.astype(np.float64)).sum() for kernel in result.weights[::2])
    assert result.penalty == pytest.approx(0.1 * squares, rel=1e-12)
    loss = np.mean((result.validation_prediction.astype(np.float64) - data.y_validation) ** 2)
    assert result.history.validation_loss[-1] == pytest.approx(loss, rel=1e-12)
    loss = np.mean((result.train_prediction.astype(np.float64) - data.y_train) ** 2)
    assert result.history.train_loss[-1] == pytest.approx(loss, rel=1e-12)
    network = build_network(layers, 7, result.trial.setting, result.weights)
    np.testing.assert_allclose(
        result.validation_prediction, network.predict(data.x_validation, verbose=0)[:, 0], atol=1e-6
    )


def test_adamw_is_not_adam_with_an_l2_penalty():
    """Decay w moves like λ = w/2 to first order under sgd; Adam rescales the penalty's gradient, AdamW does not."""
    data, layers = problem(), presets.mlp(Model(units=[9]))

    def first_kernel(lam: float, decay: float, optimizer: str) -> np.ndarray:
        section = training(optimizer=optimizer)
        settings = [replace(setting, weight_decay=decay) for setting in grid([lam])]
        return train(layers, trials_of(settings, section), data, section)[0].weights[0]

    plain = first_kernel(0.0, 0.0, "adam")
    np.testing.assert_array_equal(first_kernel(0.0, 0.0, "adamw"), plain)
    penalised, decayed = first_kernel(0.1, 0.0, "adam"), first_kernel(0.0, 0.2, "adamw")
    assert np.abs(penalised - decayed).max() > 0.5 * np.abs(penalised - plain).max()
