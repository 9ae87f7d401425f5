"""One architecture, compiled once: trains and predicts S × G stacked trials. Both numbers are dynamic dimensions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from regctl.engine.fused.optimizers import Optimizer
from regctl.engine.fused.stack import Stack, drop_units
from regctl.engine.penalties import l2_gradient
from regctl.types import Float32

Tensor = Any


class Hyper(NamedTuple):
    """Hyperparameters of the stacked trials, float32 `[S, G]` each; `rates` has one for each dropout layer."""

    learning_rate: Tensor
    l2: Tensor
    rates: tuple[Tensor, ...]


class Steps(NamedTuple):
    """Some consecutive steps. `order` int32 `[steps, S, batch]` are rows of the training part; `weight` float32
    `[steps, batch]` is 1/rows of the batch, 0 where it is padded; `noise` float32 `[steps, S, units, batch]` for each
    dropout layer; `first` counts steps from 0.
    """

    order: Tensor
    weight: Tensor
    noise: tuple[Tensor, ...]
    first: Tensor


class Program:
    """Weights, optimiser state and the two compiled functions of one architecture."""

    def __init__(self, stack: Stack, optimizer: Optimizer) -> None:
        self.stack = stack
        self.optimizer = optimizer
        shapes = stack.variable_shapes()
        self.weights = [_variable(shape) for shape in shapes]
        self.slots = [[_variable(shape) for _ in range(optimizer.slots)] for shape in shapes]
        self.traces = 0
        self._train = tf.function(self._train_steps, input_signature=self._train_signature(), autograph=False)
        self._predict = tf.function(self._predict_block, input_signature=[_spec(None, stack.inputs)], autograph=False)

    def start(self, weights: Sequence[Float32]) -> None:
        """Sets the stacked weights, and the optimiser's memory to zero."""
        for variable, slots, value in zip(self.weights, self.slots, weights, strict=True):
            variable.assign(value)
            for slot in slots:
                slot.assign(np.zeros_like(value))

    def train(self, x: Tensor, y: Tensor, hyper: Hyper, steps: Steps) -> None:
        """Runs the steps on training data `x` `[n, inputs]`, `y` `[n]`."""
        self._train(x, y, hyper, steps)

    def predict(self, x: Float32, block: int) -> Float32:
        """Outputs float32 `[S, G, n]` in inference mode, `block` rows at a time."""
        blocks = [self._predict(x[start : start + block]).numpy() for start in range(0, len(x), block)]
        return np.concatenate(blocks, axis=-1)

    def _train_signature(self) -> list[Any]:
        trials, drops = _spec(None, None), self.stack.dropout_widths
        hyper = Hyper(trials, trials, tuple(trials for _ in drops))
        steps = Steps(
            order=tf.TensorSpec([None, None, None], tf.int32),
            weight=_spec(None, None),
            noise=tuple(_spec(None, None, width, None) for width in drops),
            first=tf.TensorSpec([], tf.int32),
        )
        return [_spec(None, self.stack.inputs), _spec(None), hyper, steps]

    def _train_steps(self, x: Tensor, y: Tensor, hyper: Hyper, steps: Steps) -> None:
        self.traces += 1

        def body(step: Tensor) -> Tensor:
            gradients, weights = self._gradients(x, y, hyper, steps, step)
            for index, gradient in enumerate(gradients):
                self._update(index, weights[index], gradient, hyper, steps.first + step + 1)
            return step + 1

        count = tf.shape(steps.order)[0]
        tf.while_loop(lambda step: step < count, body, [tf.constant(0)], parallel_iterations=1)

    def _gradients(
        self, x: Tensor, y: Tensor, hyper: Hyper, steps: Steps, step: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        rows = steps.order[step]
        batch, truth = tf.gather(x, rows), tf.gather(y, rows)
        weights = [variable.read_value() for variable in self.weights]

        def drop(number: int, h: Tensor) -> Tensor:
            return drop_units(h, steps.noise[number][step], hyper.rates[number])

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            output = self.stack.forward(weights, batch, drop)
            # Rows are reduced to one number per trial, then trials are summed: no trial's gradient knows another.
            loss = tf.reduce_sum(steps.weight[step] * tf.square(output - truth[:, None, :]), axis=-1)
            total = tf.reduce_sum(loss)
        return tape.gradient(total, weights), weights

    def _update(self, index: int, weight: Tensor, gradient: Tensor, hyper: Hyper, count: Tensor) -> None:
        if index % 2 == 0:
            gradient += l2_gradient(weight, self.stack.per_trial(index, hyper.l2))
        rate = self.stack.per_trial(index, hyper.learning_rate)
        self.optimizer.update(self.weights[index], self.slots[index], gradient, rate, count)

    def _predict_block(self, x: Tensor) -> Tensor:
        return self.stack.forward([variable.read_value() for variable in self.weights], x[None], None)


def _spec(*shape: int | None) -> Any:
    return tf.TensorSpec(shape, tf.float32)


def _variable(shape: tuple[int | None, ...]) -> Any:
    empty = tf.zeros([0 if size is None else size for size in shape])
    return tf.Variable(empty, shape=tf.TensorShape(shape), trainable=False)
