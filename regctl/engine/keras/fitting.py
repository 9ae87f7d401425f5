"""One trial by `model.fit`: from initial weights to its result.

Weights start as in the fused engine, and each epoch visits the same rows in the same batches. What noise layers draw
is Keras's own, seeded by (seed, fold): a trial with dropout is another draw than the fused engine's.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from regctl.engine import random
from regctl.engine.initial import initial_weights
from regctl.engine.keras.course import Course, Outputs
from regctl.engine.keras.messages import Recipe
from regctl.engine.keras.objective import compile_network, kernels, refuse_probabilities
from regctl.engine.outcome import outcome
from regctl.models.layers import UserModel
from regctl.models.network import build_network
from regctl.spec.training import Training
from regctl.types import Design, EpochEnd, Float32, History, Prepared, Trial, TrialResult


def fit_trial(
    recipe: Recipe, trial: Trial, data: Prepared, on_epoch: Callable[[EpochEnd], None]
) -> TrialResult:
    """Trains one model; `weights` of the result are always there."""
    _begin_afresh(recipe.training, trial)
    network = _network(recipe, trial, data)
    course = _train(network, recipe, trial, data, on_epoch)
    network.set_weights(_kept_weights(network, course))
    return _result(network, trial, data, course)


def _begin_afresh(training: Training, trial: Trial) -> None:
    """No trial may know which ones its process has trained before."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(int(random.replicate_key(trial.seed, trial.fold)) % 2**32)
    keras.config.set_dtype_policy(training.precision)


def _network(recipe: Recipe, trial: Trial, data: Prepared) -> Any:
    if isinstance(recipe.layers[0], UserModel):
        network = build_network(recipe.layers, len(data.names), trial.setting)
        refuse_probabilities(network, recipe.loss, recipe.layers[0].name)
        return network
    weights = initial_weights(recipe.layers, data, (trial.seed, trial.fold))
    # The penalty is the optimisation's, not the model's: its L1 part is no term of the loss here.
    return build_network(recipe.layers, len(data.names), replace(trial.setting, lambda_=0.0), weights)


def _train(
    network: Any, recipe: Recipe, trial: Trial, data: Prepared, on_epoch: Callable[[EpochEnd], None]
) -> Course:
    training = recipe.training
    batches = Batches(data, recipe, random.replicate_key(trial.seed, trial.fold))
    best = [np.inf]

    def tell(epoch: int, loss: float) -> None:
        best[0] = min(best[0], loss)
        on_epoch(EpochEnd(epoch, recipe.epochs, 1, float(best[0])))

    outputs = Outputs(network, len(data.names))
    steps = batches.per_epoch * training.epochs
    penalised = compile_network(network, training, recipe.loss, trial.setting, steps)
    course = Course(training, recipe.loss, outputs, data, tell, penalised)
    network.fit(
        batches.dataset(),
        epochs=recipe.epochs,
        steps_per_epoch=batches.per_epoch,
        shuffle=False,
        callbacks=[course],
        verbose=0,
    )
    return course


class Batches:
    """The rows of each step: those of the fused engine, the last batch of an epoch a partial one."""

    def __init__(self, data: Prepared, recipe: Recipe, key: np.uint64) -> None:
        self.data, self.recipe, self.key = data, recipe, key
        self.rows = len(data.x_train)
        self.per_epoch = ceil(self.rows / recipe.training.batch_size)

    def dataset(self) -> Any:
        """Every step: (x, y), with row weights (x, y, weights)."""
        arrays = [self.data.x_train, self._truth()]
        if self.data.row_weights is not None:
            arrays.append(self.data.row_weights)
        tensors = tuple(tf.constant(array) for array in arrays)
        numbers = tf.data.Dataset.from_generator(
            self._row_numbers, output_signature=tf.TensorSpec([None], tf.int64)
        )
        return numbers.map(lambda rows: tuple(tf.gather(tensor, rows) for tensor in tensors)).prefetch(1)

    def _row_numbers(self) -> Iterator[np.ndarray]:
        size = self.recipe.training.batch_size
        for epoch in range(self.recipe.epochs):
            order = random.batch_order(self.key, epoch, self.rows)
            for start in range(0, self.rows, size):
                yield order[start : start + size]

    def _truth(self) -> np.ndarray:
        """Class numbers `[n]`, or targets `[n, 1]` as the outputs are: `[n]` against `[n, 1]` broadcasts."""
        if self.recipe.loss == "categorical_crossentropy":
            return self.data.y_train.astype(np.int32)
        return self.data.y_train[:, None]


def _kept_weights(network: Any, course: Course) -> list[Float32]:
    """The best under early stopping, else the last; zeros for a trial that diverged without a best."""
    weights: list[Float32] = network.get_weights()
    if course.best_weights is not None:
        return course.best_weights
    return [np.zeros_like(weight) for weight in weights] if course.failed else weights


def _result(network: Any, trial: Trial, data: Prepared, course: Course) -> TrialResult:
    epochs = len(course.validation_losses)
    return outcome(
        trial,
        (_prediction(course, data.x_train), _prediction(course, data.x_validation)),
        kernels=[kernel.numpy() for kernel in kernels(network)],
        penalised=[kernel.numpy() for kernel in course.penalised],
        epochs=epochs,
        best_epoch=course.best_epoch or epochs,
        history=History(np.array(course.train_losses), np.array(course.validation_losses)),
        weights=tuple(network.get_weights()),
    )


def _prediction(course: Course, x: Design) -> Float32:
    outputs = course.outputs(x)
    outputs = outputs[:, 0] if outputs.shape[1] == 1 else outputs
    return np.full_like(outputs, np.nan) if course.failed else outputs
