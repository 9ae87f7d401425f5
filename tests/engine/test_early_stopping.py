"""Early stopping of each trial by itself, against Keras's callback; packing, which nobody may notice."""

import keras
import numpy as np
import pytest

from oracles import keras_loop
from problems import LINEAR, grid, problem, train, trials_of
from regctl.engine.fused import chunk
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import EarlyStopping, Training

LAYERS = presets.mlp(Model(units=[11, 6]))


def section(patience: int, min_delta: float = 0.0, epochs: int = 40, seeds: int = 2) -> Training:
    stopping = EarlyStopping(patience=patience, min_delta=min_delta)
    return Training(epochs=epochs, seeds=seeds, batch_size=16, early_stopping=stopping)


@pytest.mark.parametrize(("patience", "min_delta"), [(1, 0.0), (4, 0.0), (3, 0.02)])
def test_it_equals_keras_with_restored_best_weights_on_the_data_loss(patience, min_delta):
    """Keras's `val_loss` holds the penalty, so its callback watches a metric that does not."""
    training, data = section(patience, min_delta), problem()
    settings = grid([0.0, 0.02], learning_rate=0.02)
    results = train(LAYERS, trials_of(settings, training), data, training)
    for result in results[1:3]:
        stop = keras.callbacks.EarlyStopping(
            "val_mse", patience=patience, min_delta=min_delta, mode="min", restore_best_weights=True
        )
        network = keras_loop(
            LAYERS,
            result.trial,
            data,
            training,
            keras.optimizers.Adam,
            compiled={"metrics": ["mse"]},
            validation_data=(data.x_validation, data.y_validation),
            callbacks=[stop],
        )
        assert stop.stopped_epoch > 0
        assert result.epochs == stop.stopped_epoch + 1
        assert result.best_epoch == stop.best_epoch + 1
        assert len(result.history.validation_loss) == result.epochs
        np.testing.assert_allclose(
            result.history.validation_loss, network.history.history["val_mse"], rtol=1e-4
        )
        expected = network.predict(data.x_validation, verbose=0)[:, 0]
        np.testing.assert_allclose(result.validation_prediction, expected, atol=1e-4 * np.abs(expected).max())


def test_the_kept_weights_are_those_of_the_best_epoch():
    training, data = section(patience=5), problem()
    for result in train(LAYERS, trials_of(grid([0.0], learning_rate=0.02), training), data, training):
        losses = result.history.validation_loss
        kept = np.mean((result.validation_prediction.astype(np.float64) - data.y_validation) ** 2)
        assert losses.argmin() + 1 == result.best_epoch < result.epochs
        assert kept == pytest.approx(losses.min(), rel=1e-12)


def test_a_trial_that_never_stops_keeps_its_best_epoch_too():
    training, data = section(patience=1000, epochs=12), problem()
    for result in train(LAYERS, trials_of(grid([0.0], learning_rate=0.02), training), data, training):
        assert result.epochs == 12
        assert result.best_epoch == result.history.validation_loss.argmin() + 1


def results_and_sizes(monkeypatch, worth: float):
    """Results of 14 settings with 2 seeds, and how many cells the program had after each call."""
    sizes = []
    keep_record = chunk.Chunk._record

    def record(self, losses, first):
        sizes.append(self.layout.size)
        keep_record(self, losses, first)

    settings = [*grid([0.0, 0.001, 0.1, 1.0], 0.3, 0.0, 0.03), *grid(np.geomspace(1e-4, 1e-2, 10), 0.3)]
    training, data = section(patience=2), problem()
    layers = presets.mlp(Model(units=[64]))
    with monkeypatch.context() as patched:
        patched.setattr(chunk, "WORTH_PACKING", worth)
        patched.setattr(chunk, "SECONDS_PER_CALL", 0.0)  # one step a call
        patched.setattr(chunk.Chunk, "_record", record)
        results = train(layers, trials_of(settings, training), data, training)
        return sorted(results, key=lambda each: each.trial.id), sizes  # chunks end in any order


def test_trials_that_stopped_leave_the_program_and_nobody_notices(monkeypatch):
    together, whole = results_and_sizes(monkeypatch, worth=0.0)
    packed, sizes = results_and_sizes(monkeypatch, worth=0.75)
    assert len({result.epochs for result in together}) > 3
    assert len(set(whole)) <= 2  # chunks beside each other may differ in size
    assert min(sizes) <= 0.5 * max(sizes)
    for ours, theirs in zip(packed, together, strict=True):
        assert (ours.epochs, ours.best_epoch) == (theirs.epochs, theirs.best_epoch)
        assert ours.validation_prediction.tobytes() == theirs.validation_prediction.tobytes()
        assert all(a.tobytes() == b.tobytes() for a, b in zip(ours.weights, theirs.weights, strict=True))


@pytest.mark.parametrize("seconds", [0.0, 10.0], ids=["one step a call", "all steps in few calls"])
def test_what_becomes_of_a_trial_after_it_has_stopped_is_nobodys(seconds, monkeypatch):
    """Its loss rises from the first epoch on and would overflow, while a calm trial keeps the program running."""
    monkeypatch.setattr(chunk, "SECONDS_PER_CALL", seconds)
    stopping = EarlyStopping(patience=2)
    training = Training(epochs=300, seeds=1, batch_size=16, optimizer="sgd", early_stopping=stopping)
    wild, calm = grid([0.0], learning_rate=0.9)[0], grid([0.0], learning_rate=1e-4)[0]
    data = problem()
    (alone,) = train(LINEAR, trials_of([wild], training), data, training)
    beside, other = train(LINEAR, trials_of([wild, calm], training), data, training)
    assert other.epochs > 100
    assert (beside.status, beside.epochs, beside.best_epoch) == ("done", 3, 1)
    assert (alone.status, alone.epochs, alone.best_epoch) == ("done", 3, 1)
    assert beside.validation_prediction.tobytes() == alone.validation_prediction.tobytes()
