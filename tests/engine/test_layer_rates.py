"""A dropout rate for each layer, in the fused engine: against plain Keras, and in every company."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from oracles import keras_loop_with_noise
from problems import grid, problem, train, trials_of
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training

LAYERS = presets.mlp(Model(units=[11, 6, 5], activation="elu"))
SECTION = Training(epochs=4, seeds=2, batch_size=32)


def by_layer(*rates):
    return [replace(setting, rates=rates) for setting in grid([0.01])]


def predictions(settings):
    results = train(LAYERS, trials_of(settings, SECTION), problem(), SECTION)
    return [each.validation_prediction for each in sorted(results, key=lambda each: each.trial.id)]


@pytest.mark.parametrize("kind", ["dropout", "alpha_dropout"])
def test_each_layer_drops_at_its_own_rate_as_kerass_layers_do(kind, monkeypatch):
    layers, data = presets.mlp(Model(units=[9, 5], activation="selu"), noise=kind), problem()
    section = Training(epochs=3, seeds=1, batch_size=16)
    (result,) = train(layers, trials_of(by_layer(0.1, 0.6), section), data, section)
    network = keras_loop_with_noise(layers, result.trial, data, section, keras.optimizers.Adam, monkeypatch)
    assert [layer.rate for layer in network.layers if hasattr(layer, "rate")] == [0.1, 0.6]
    expected = network.predict(data.x_validation, verbose=0)[:, 0]
    np.testing.assert_allclose(result.validation_prediction, expected, atol=1e-4 * np.abs(expected).max())


def test_equal_rates_by_layer_are_one_rate():
    same = predictions(grid([0.01], dropout=0.3))
    for one, other in zip(predictions(by_layer(0.3, 0.3, 0.3)), same, strict=True):
        np.testing.assert_array_equal(one, other)


def test_rates_of_other_trials_change_no_bit():
    settings = [
        *by_layer(0.1, 0.3, 0.5),
        *by_layer(0.5, 0.3, 0.1),
        *by_layer(0.2, 0.2, 0.6),
        *by_layer(0.0, 0.4, 0.0),
    ]
    settings += grid([0.0, 0.01, 0.1], dropout=0.3)
    together = predictions(settings)
    for place, setting in enumerate(settings):
        for seed, alone in enumerate(predictions([setting])):
            np.testing.assert_array_equal(alone, together[2 * place + seed])
    assert len({each.tobytes() for each in together}) == len(together)


def test_the_rates_matter_layer_by_layer():
    """A rate that went to the wrong layer would give the same numbers the other way round."""
    rising, falling = predictions(by_layer(0.1, 0.3, 0.5)), predictions(by_layer(0.5, 0.3, 0.1))
    assert not np.array_equal(rising[0], falling[0])
