"""A plain Keras loop for one trial: the initial weights, batches and noise are regctl's, everything else is Keras's."""

from collections import deque
from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
from keras.src.layers.regularization import alpha_dropout, dropout, gaussian_dropout, gaussian_noise

from regctl.engine import random
from regctl.models.layers import Dropout, active_layers, weights_of, with_inputs
from regctl.models.network import build_network
from regctl.spec.training import Training
from regctl.types import Prepared, Trial

LOSSES = {
    "mean_squared_error": "mean_squared_error",
    "huber": keras.losses.Huber(),
    "binary_crossentropy": keras.losses.BinaryCrossentropy(from_logits=True),
    "categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
}


def initial_weights(layers, trial: Trial, data: Prepared) -> list[np.ndarray]:
    """What regctl starts the trial from, in Keras's order."""
    key = random.replicate_key(trial.seed, trial.fold)
    found: list[np.ndarray] = []
    for weight in weights_of(layers, len(data.names)):
        incoming = range(weight.shape[0]) if found else data.names
        if weight.name == "kernel":
            found += [random.initial_kernel(key, weight.layer, incoming, weight.shape[1], weight.start)]
        else:
            found += [np.full(weight.shape, weight.start, np.float32)]
    return found


def keras_network(
    layers, trial: Trial, data: Prepared, build: Callable, loss="mean_squared_error", **compiled
):
    """The trial's compiled Keras model, before any step."""
    start = initial_weights(layers, trial, data)
    network = build_network(layers, len(data.names), trial.setting, start)
    network.compile(build(trial.setting.learning_rate), LOSSES[loss], **compiled)
    return network


def batches(trial: Trial, data: Prepared, training: Training) -> Iterator[tuple[np.ndarray, ...]]:
    """The trial's batches in regctl's order, epoch by epoch; with row weights where the data has them."""
    key, size = random.replicate_key(trial.seed, trial.fold), training.batch_size
    for epoch in range(training.epochs):
        order = random.batch_order(key, epoch, len(data.x_train))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            batch = (data.x_train[rows], data.y_train[rows])
            yield batch if data.row_weights is None else (*batch, data.row_weights[rows])


def keras_loop(layers, trial, data, training, build, loss="mean_squared_error", **fitted):
    """The trained Keras model of a trial without noise: one `fit`; `compiled` and `fitted` go to Keras."""
    compiled = fitted.pop("compiled", {})
    network = keras_network(layers, trial, data, build, loss, **compiled)
    steps = -(-len(data.x_train) // training.batch_size)
    fitted |= {"epochs": training.epochs, "steps_per_epoch": steps, "shuffle": False, "verbose": 0}
    network.fit(batches(trial, data, training), **fitted)
    return network


def keras_loop_with_noise(layers, trial, data, training, build, monkeypatch: pytest.MonkeyPatch):
    """The same with Keras's own noise layers, whose random numbers are replaced by regctl's."""
    draws: deque[np.ndarray] = deque()
    noise = Noise(draws)
    for module in (dropout, gaussian_dropout, gaussian_noise):
        monkeypatch.setattr(module.backend, "random", noise)
    monkeypatch.setattr(alpha_dropout.ops, "random", noise)
    monkeypatch.setattr(alpha_dropout.backend, "random", noise)
    network = keras_network(layers, trial, data, build, run_eagerly=True)
    steps = -(-len(data.x_train) // training.batch_size)
    for number, (x, y) in enumerate(batches(trial, data, training)):
        epoch, step = divmod(number, steps)
        draws.extend(noise_of(layers, trial, data, epoch, step, len(x), training.batch_size))
        network.train_on_batch(x, y)
        assert not draws
    return network


def noise_of(layers, trial, data, epoch: int, step: int, rows: int, batch: int) -> list[np.ndarray]:
    """What each active noise layer draws in a step: `[rows, units]`."""
    key = random.replicate_key(trial.seed, trial.fold)
    found = []
    for layer, width in with_inputs(active_layers(layers, trial.setting), len(data.names)):
        if isinstance(layer, Dropout):
            units = random.words(data.names if layer.rate == "input_dropout" else range(width))
            drawn = random.layer_noise(
                layer.kind, key, layer.name, units, epoch, range(step, step + 1), batch
            )
            found.append(drawn[0].T[:rows])
    return found


class Noise:
    """Stands in for `keras.backend.random`: hands out the next draws, and Keras does the rest."""

    SeedGenerator = keras.random.SeedGenerator

    def __init__(self, draws: deque[np.ndarray]) -> None:
        self.draws = draws

    def uniform(self, shape, seed=None):
        return self._next(shape)

    def normal(self, shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return mean + stddev * self._next(shape)

    def dropout(self, inputs, rate, noise_shape=None, seed=None):
        return inputs * np.where(self._next(inputs.shape) >= rate, 1 / (1 - rate), 0).astype(np.float32)

    def _next(self, shape) -> np.ndarray:
        drawn = self.draws.popleft()
        assert tuple(shape) == drawn.shape
        return drawn
