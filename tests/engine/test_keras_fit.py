"""One trial by `model.fit` against the fused engine: same start, same batches, so the same numbers."""

from dataclasses import replace

import numpy as np
import pytest

from problems import grid, problem, train, trials_of
from regctl.engine.keras.fitting import fit_trial
from regctl.engine.keras.messages import Recipe
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import EarlyStopping, Training
from regctl.types import Prepared

MLP = Model(units=[9, 5], activation="tanh")


def training(**changes) -> Training:
    return Training(**{"epochs": 10, "seeds": 1, "seed": 3, "batch_size": 16, **changes})


OPTIMIZERS = {
    "adam": training(),
    "adamw, cosine": training(optimizer="adamw", schedule="cosine"),
    "rmsprop, step": training(optimizer="rmsprop", schedule="step"),
    "sgd": training(optimizer="sgd"),
    "nesterov, step": training(optimizer="sgd", momentum=0.9, nesterov=True, schedule="step"),
}


def fit(layers, trial, data, training, loss="mean_squared_error"):
    return fit_trial(Recipe(layers, training, loss), trial, data, lambda event: None)


def both(layers, setting, data, training, loss="mean_squared_error"):
    trials = trials_of([setting], training)
    (expected,) = train(layers, trials, data, training, loss)
    return fit(layers, trials[0], data, training, loss), expected


def close(found, expected):
    scale = max(np.abs(expected).max(), 0.01)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * scale)


def assert_same(found, expected):
    close(found.train_prediction, expected.train_prediction)
    close(found.validation_prediction, expected.validation_prediction)
    for ours, theirs in zip(found.weights, expected.weights, strict=True):
        close(ours, theirs)
    close(found.history.validation_loss, expected.history.validation_loss)
    np.testing.assert_allclose(found.history.train_loss, expected.history.train_loss, rtol=1e-4)
    assert found.penalty == pytest.approx(expected.penalty, rel=1e-4)
    assert (found.status, found.epochs, found.best_epoch) == (
        expected.status,
        expected.epochs,
        expected.best_epoch,
    )


CASES = [(name, 0.5) for name in OPTIMIZERS] + [("adam", 0.0)]


@pytest.mark.parametrize(("optimizer", "l1_ratio"), CASES)
def test_every_optimizer_and_penalty_ends_where_the_fused_engine_ends(optimizer, l1_ratio):
    section = OPTIMIZERS[optimizer]
    (setting,) = grid([0.01], learning_rate=0.01)
    decay = 0.1 * (section.optimizer == "adamw")
    setting = replace(setting, l1_ratio=l1_ratio, weight_decay=decay)
    found, expected = both(presets.mlp(MLP), setting, problem(), section)
    assert_same(found, expected)
    assert found.nonzero == expected.nonzero


def test_the_proximal_step_leaves_exact_zeros_where_the_fused_engine_has_them():
    (setting,) = grid([0.05], learning_rate=0.01)
    layers = presets.mlp(MLP)
    found, expected = both(layers, replace(setting, l1_ratio=1.0), problem(), training(epochs=40))
    assert found.nonzero == expected.nonzero < 7 * 9 + 9 * 5 + 5
    for ours, theirs in zip(found.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(ours == 0, theirs == 0)


@pytest.mark.parametrize(("normalization", "activation"), [("batch", "relu"), ("layer", "selu")])
def test_normalisations_end_where_the_fused_engine_ends(normalization, activation):
    """Not by Adam: a bias before batch normalisation has gradient 0 but for rounding, which Adam would blow up."""
    layers = presets.mlp(Model(units=[9], activation=activation, normalization=normalization))
    section = training(optimizer="sgd", momentum=0.9)
    assert_same(*both(layers, *grid([0.01], learning_rate=0.01), problem(), section))


@pytest.mark.parametrize(
    ("loss", "classes"), [("huber", 0), ("binary_crossentropy", 2), ("categorical_crossentropy", 3)]
)
def test_every_loss_ends_where_the_fused_engine_ends_row_weights_included(loss, classes):
    data = problem()
    data = weighted(data, classes) if classes else data
    layers = presets.mlp(MLP, outputs=3 if classes == 3 else 1)
    found, expected = both(layers, *grid([0.01]), data, training(), loss)
    assert_same(found, expected)
    assert found.validation_prediction.shape == ((41, 3) if classes == 3 else (41,))


def weighted(data: Prepared, classes: int) -> Prepared:
    """The classes are parts of the target's range; each row weighs 1, 2 or 3."""
    edges = np.linspace(-1, 1, classes + 1)[1:-1]
    y = [np.digitize(part, edges).astype(np.float32) for part in (data.y_train, data.y_validation)]
    weights = 1 + np.arange(len(y[0]), dtype=np.float32) % 3
    return replace(data, y_train=y[0], y_validation=y[1], row_weights=weights)


def test_early_stopping_keeps_the_best_epoch_as_the_fused_engine_does():
    section = training(epochs=200, early_stopping=EarlyStopping(patience=3), optimizer="sgd")
    found, expected = both(presets.mlp(MLP), *grid([0.0], learning_rate=0.1), problem(), section)
    assert found.best_epoch + 3 == found.epochs < 200
    assert_same(found, expected)
    assert found.history.validation_loss.argmin() + 1 == found.best_epoch


def test_a_trial_that_diverges_is_recorded_with_its_epoch():
    section = training(optimizer="sgd")
    found, expected = both(presets.mlp(Model(units=[9])), *grid([0.0], learning_rate=1e4), problem(), section)
    assert found.status == "diverged"
    assert (found.epochs, found.nonzero) == (expected.epochs, expected.nonzero) == (1, 0)
    assert np.isnan([found.penalty, expected.penalty]).all()
    assert np.isnan(found.validation_prediction).all()


def test_a_trial_does_not_know_what_its_process_trained_before():
    """With dropout, whose draws are Keras's own."""
    (trial, other) = trials_of(grid([0.0], dropout=0.3), training(seeds=2))
    layers, data = presets.mlp(MLP), problem()
    first = fit(layers, trial, data, training(epochs=2))
    between = fit(layers, other, data, training(epochs=2))
    again = fit(layers, trial, data, training(epochs=2))
    assert not np.array_equal(first.weights[0], between.weights[0])
    for before, after in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(before, after)


def test_every_epoch_is_told_with_the_best_loss_so_far():
    (trial,) = trials_of(grid([0.0]), training())
    events = []
    result = fit_trial(
        Recipe(presets.mlp(MLP), training(), "mean_squared_error"), trial, problem(), events.append
    )
    assert [(event.epoch, event.epochs, event.trials) for event in events] == [
        (n, 10, 1) for n in range(1, 11)
    ]
    best = np.minimum.accumulate(result.history.validation_loss)
    assert [event.best_validation_loss for event in events] == best.tolist()
