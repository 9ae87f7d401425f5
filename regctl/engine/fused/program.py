"""One architecture, compiled once: trains and predicts S × G stacked trials. Both numbers are dynamic dimensions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from regctl.engine.fused.optimizers import Optimizer
from regctl.engine.fused.stack import Stack, drop_units
from regctl.engine.penalties import l1_prox, l2_gradient
from regctl.types import Float32

Tensor = Any
Variable = Any


class Hyper(NamedTuple):
    """Hyperparameters of the stacked trials, float32 `[S, G]` each; `rates` has one for each dropout layer."""

    learning_rate: Tensor
    l1: Tensor
    l2: Tensor
    weight_decay: Tensor
    rates: tuple[Tensor, ...]


class Steps(NamedTuple):
    """Some consecutive steps.

    `order` int32 `[steps, S, batch]` are rows of the training part; `weight` float32 `[steps, batch]` is 1/rows of the
    batch, 0 where it is padded; `factor` float32 `[steps]` multiplies the learning rates; `noise` float32
    `[steps, S, units, batch]` for each dropout layer; `first` counts steps from 0.
    """

    order: Tensor
    weight: Tensor
    factor: Tensor
    noise: tuple[Tensor, ...]
    first: Tensor


class State(NamedTuple):
    """A chunk's variables: the stacked weights, and for each of them what the optimiser remembers."""

    weights: list[Variable]
    slots: list[list[Variable]]


class Program:
    """The compiled functions of one architecture. They hold no numbers: every chunk brings its own `State`."""

    def __init__(self, stack: Stack, optimizer: Optimizer, decays: bool, proximal: bool) -> None:
        self.stack = stack
        self.decays = decays
        self.proximal = proximal
        self.optimizer = optimizer
        self.traces = 0
        blank = self._state(
            [tf.zeros([0 if size is None else size for size in shape]) for shape in self._shapes()]
        )
        self._train = tf.function(self._train_steps, autograph=False).get_concrete_function(
            blank, *self._train_signature()
        )
        self._predict = tf.function(self._predict_block, autograph=False).get_concrete_function(
            blank.weights, _spec(None, stack.inputs)
        )

    def start(self, weights: Sequence[Float32]) -> State:
        """A state with these stacked weights, and an optimiser that remembers nothing yet."""
        return self._state([tf.constant(weight) for weight in weights])

    def train(self, state: State, x: Tensor, y: Tensor, hyper: Hyper, steps: Steps) -> None:
        """Runs the steps on training data `x` `[n, inputs]`, `y` `[n]`, and moves the state."""
        self._train(state, x, y, hyper, steps)

    def predict(self, state: State, x: Float32, block: int) -> Float32:
        """Outputs float32 `[S, G, n]` in inference mode, `block` rows at a time."""
        starts = range(0, len(x), block)
        blocks = [
            self._predict(state.weights, tf.constant(x[start : start + block])).numpy() for start in starts
        ]
        return np.concatenate(blocks, axis=-1)

    def _shapes(self) -> list[tuple[int | None, ...]]:
        return self.stack.variable_shapes()

    def _state(self, values: Sequence[Tensor]) -> State:
        slots = range(self.optimizer.slots)
        pairs = list(zip(values, self._shapes(), strict=True))
        return State(
            weights=[_variable(value, shape) for value, shape in pairs],
            slots=[[_variable(tf.zeros_like(value), shape) for _ in slots] for value, shape in pairs],
        )

    def _train_signature(self) -> list[Any]:
        trials, drops = _spec(None, None), self.stack.dropout_widths
        hyper = Hyper(trials, trials, trials, trials, tuple(trials for _ in drops))
        steps = Steps(
            order=tf.TensorSpec([None, None, None], tf.int32),
            weight=_spec(None, None),
            factor=_spec(None),
            noise=tuple(_spec(None, None, width, None) for width in drops),
            first=tf.TensorSpec([], tf.int32),
        )
        return [_spec(None, self.stack.inputs), _spec(None), hyper, steps]

    def _train_steps(self, state: State, x: Tensor, y: Tensor, hyper: Hyper, steps: Steps) -> None:
        self.traces += 1

        def body(step: Tensor) -> Tensor:
            weights = [variable.read_value() for variable in state.weights]
            gradients = self._gradients(weights, x, y, hyper, steps, step)
            rate = steps.factor[step] * hyper.learning_rate
            for index, gradient in enumerate(gradients):
                if index % 2 == 0:  # a kernel
                    gradient += self._regularize(state.weights[index], weights[index], index, hyper, rate)
                own_rate = self.stack.per_trial(index, rate)
                count = steps.first + step + 1
                self.optimizer.update(state.weights[index], state.slots[index], gradient, own_rate, count)
                if self.proximal and index % 2 == 0:
                    size = self.optimizer.step_size(state.slots[index], own_rate, count)
                    threshold = size * self.stack.per_trial(index, hyper.l1)
                    state.weights[index].assign(l1_prox(state.weights[index].read_value(), threshold))
            return step + 1

        count = tf.shape(steps.order)[0]
        tf.while_loop(lambda step: step < count, body, [tf.constant(0)], parallel_iterations=1)

    def _gradients(
        self, weights: list[Tensor], x: Tensor, y: Tensor, hyper: Hyper, steps: Steps, step: Tensor
    ) -> list[Tensor]:
        rows = steps.order[step]
        batch, truth = tf.gather(x, rows), tf.gather(y, rows)

        def drop(number: int, h: Tensor) -> Tensor:
            return drop_units(h, steps.noise[number][step], hyper.rates[number])

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            output = self.stack.forward(weights, batch, drop)
            # Rows are reduced to one number per trial, then trials are summed: no trial's gradient knows another.
            loss = tf.reduce_sum(steps.weight[step] * tf.square(output - truth[:, None, :]), axis=-1)
            total = tf.reduce_sum(loss)
        gradients: list[Tensor] = tape.gradient(total, weights)
        return gradients

    def _regularize(self, kernel: Variable, value: Tensor, index: int, hyper: Hyper, rate: Tensor) -> Tensor:
        """The penalty's gradient; decoupled decay θ ← θ − lr·w·θ is done at once (Loshchilov and Hutter 2019)."""
        if self.decays:
            kernel.assign_sub(self.stack.per_trial(index, rate * hyper.weight_decay) * value)
        return l2_gradient(value, self.stack.per_trial(index, hyper.l2))

    def _predict_block(self, weights: list[Variable], x: Tensor) -> Tensor:
        return self.stack.forward([variable.read_value() for variable in weights], x[None], None)


def _spec(*shape: int | None) -> Any:
    return tf.TensorSpec(shape, tf.float32)


def _variable(value: Tensor, shape: tuple[int | None, ...]) -> Variable:
    return tf.Variable(value, shape=tf.TensorShape(shape), trainable=False)
