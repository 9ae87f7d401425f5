"""One architecture, compiled once: trains and predicts S × G stacked trials. Both numbers are dynamic dimensions.

Weights in training are counted in units of their trial's learning rate: θ = lr·u. Every optimiser's step is
proportional to its rate, so θ ← θ − lr·f·d, with d from the gradient dJ/dθ and what the optimiser remembers of it, is
u ← u − f·d: the rate is the schedule's factor f for all trials, and no pass over the memory multiplies a trial's step
by its rate. L1's threshold lr·λ₁·h of θ is λ₁·h of u. Outside of training there are only θ.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from regctl.engine.fused.losses import by_row
from regctl.engine.fused.optimizers import Optimizer
from regctl.engine.fused.stack import Batch, Stack
from regctl.engine.fused.values import Hyper, Rows, Rules, State, Steps, Watch
from regctl.engine.fused.watching import watch_epoch
from regctl.engine.penalties import l1_prox, l2_gradient
from regctl.engine.plan import EVALUATION_ROWS
from regctl.types import Float32, Int64

Tensor = Any
Variable = Any


class Own(NamedTuple):
    """Hyperparameters with the axes that broadcast against each weight, by its number.

    `unit` is the learning rate of weights that are trained. `l1`, `l2` and `decay`, the weight decay, are for kernels;
    the last two are multiplied with the unit.
    """

    unit: dict[int, Tensor]
    l1: dict[int, Tensor]
    l2: dict[int, Tensor]
    decay: dict[int, Tensor]


class Program:
    """The compiled functions of one architecture. They hold no numbers: every chunk brings its own `State`."""

    def __init__(self, stack: Stack, optimizer: Optimizer, rules: Rules) -> None:
        self.stack = stack
        self.rules = rules
        self.optimizer = optimizer
        self.traces = 0
        blank = self._blank()
        self._train = tf.function(self._train_steps, autograph=False).get_concrete_function(
            blank, *self._train_signature()
        )
        self._predict = tf.function(self._predict_block, autograph=False).get_concrete_function(
            [_spec(*shape) for shape in stack.variable_shapes()], _spec(None, None, stack.inputs)
        )

    def start(self, weights: Sequence[Float32], learning_rate: Tensor) -> State:
        """A state with these stacked weights, and an optimiser that remembers nothing yet."""
        units = self._own(learning_rate)
        weights = [
            weight / units[index].numpy() if index in units else weight
            for index, weight in enumerate(weights)
        ]
        return self._new(weights)

    def _new(self, weights: Sequence[Float32]) -> State:
        zeros = [[np.zeros_like(weight) for _ in range(self.optimizer.slots)] for weight in weights]
        cells = weights[0].shape[0], weights[1].shape[1]
        counts = [np.zeros(cells, np.int32) for _ in range(4)]
        best = weights if self.rules.patience is not None else []
        return self.resume(weights, zeros, [*counts, np.full(cells, np.inf)], best)

    def resume(
        self,
        weights: Sequence[Float32],
        slots: Sequence[Sequence[Float32]],
        watch: Sequence[np.ndarray],
        best: Sequence[Float32],
    ) -> State:
        """A state with these stacked values, in the order of `State`."""
        shapes = self.stack.variable_shapes()
        cells = (None, None)
        return State(
            weights=[_variable(value, shape) for value, shape in zip(weights, shapes, strict=True)],
            slots=[
                [_variable(value, shape) for value in values]
                for values, shape in zip(slots, shapes, strict=True)
            ],
            watch=Watch(*[_variable(value, cells) for value in watch]),
            best=[_variable(value, shape) for value, shape in zip(best, shapes, strict=False)],
        )

    def train(self, state: State, train: Rows, validation: Rows, hyper: Hyper, steps: Steps) -> np.ndarray:
        """Runs the steps and moves the state; data losses float64 `[epochs ended, 2, S, G]`: training, validation."""
        return np.asarray(self._train(state, train, validation, hyper, steps).numpy())

    def kept(self, state: State, learning_rate: Tensor) -> list[Float32]:
        """The stacked weights to keep: those of each trial's best epoch if it is looked for, else those there are."""
        weights = [variable.read_value() for variable in state.best or state.weights]
        return [weight.numpy() for weight in in_their_units(weights, self._own(learning_rate))]

    def select(self, state: State, rows: Int64, columns: Int64) -> State:
        """The state of other cells: cell `[s, g]` continues what cell `[rows[s, g], columns[s, g]]` was."""

        def taken(index: int, variable: Variable) -> Float32:
            return self.stack.stacked(index, self.stack.unstacked(index, variable.numpy())[rows, columns])

        return self.resume(
            weights=[taken(index, weight) for index, weight in enumerate(state.weights)],
            slots=[[taken(index, slot) for slot in slots] for index, slots in enumerate(state.slots)],
            watch=[value.numpy()[rows, columns] for value in state.watch],
            best=[taken(index, best) for index, best in enumerate(state.best)],
        )

    def predict(self, weights: Sequence[Float32], x: Tensor) -> Float32:
        """Outputs float32 `[S, G, n, K]` in inference mode for `x` `[S or 1, n, inputs]` and stacked weights."""
        size = block_of(x.shape[1])
        constants = [tf.constant(weight) for weight in weights]
        blocks = [
            self._predict(constants, x[:, start : start + size]).numpy()
            for start in range(0, x.shape[1], size)
        ]
        return np.concatenate(blocks, axis=2)

    def _blank(self) -> State:
        return self._new(
            [np.zeros([size or 0 for size in shape], "f") for shape in self.stack.variable_shapes()]
        )

    def _train_signature(self) -> list[Any]:
        trials, widths = _spec(None, None), self.stack.noise_widths
        hyper = Hyper(
            *(trials, trials, trials, trials),
            rates=tuple(trials for _ in widths),
            widths=tuple(trials for _ in self.stack.masked_units),
        )
        rows = Rows(
            x=_spec(None, None, self.stack.inputs),
            y=_spec(None, None),
            share=tf.TensorSpec([None, None], tf.float64),
            weights=_spec(None, None),
            fold=tf.TensorSpec([None], tf.int32),
        )
        steps = Steps(
            order=tf.TensorSpec([None, None, None], tf.int32),
            share=_spec(None, None, None),
            factor=_spec(None),
            reach=_spec(None),
            draws=tuple(_spec(None, None, width, None) for width in widths),
            first=tf.TensorSpec([], tf.int32),
            ends=tf.TensorSpec([None], tf.int32),
            measured=tf.TensorSpec([None], tf.bool),
        )
        return [rows, rows, hyper, steps]

    def _train_steps(self, state: State, train: Rows, validation: Rows, hyper: Hyper, steps: Steps) -> Tensor:
        self.traces += 1
        flat = train._replace(
            x=tf.reshape(train.x, [-1, self.stack.inputs]),
            y=tf.reshape(train.y, [-1]),
            weights=tf.reshape(train.weights, [-1]),
        )
        own = self._own_values(hyper)
        shrinks = tf.reduce_any(hyper.l2 > 0)
        masks = self.stack.masks(hyper.widths)

        def body(step: Tensor, ended: Tensor, losses: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            self._step(state, flat, hyper, own, shrinks, masks, steps, step)
            epoch = steps.ends[step]

            def measured() -> Tensor:
                found = self._end_epoch(state, own, train, validation, epoch, steps.measured[step])
                return tf.tensor_scatter_nd_update(losses, ended[None, None], found[None])

            return (
                step + 1,
                ended + tf.cast(epoch > 0, tf.int32),
                tf.cond(epoch > 0, measured, lambda: losses),
            )

        ends = tf.math.count_nonzero(steps.ends, keepdims=True, dtype=tf.int32)
        losses = tf.zeros(tf.concat([ends, [2], tf.shape(hyper.l1)], axis=0), tf.float64)
        shapes = [tf.TensorShape(shape) for shape in ([], [], [None, 2, None, None])]
        count = tf.shape(steps.order)[0]
        return tf.while_loop(
            lambda step, *_: step < count,
            body,
            [tf.constant(0), tf.constant(0), losses],
            shape_invariants=shapes,
            parallel_iterations=1,
        )[2]

    def _own(self, values: Tensor, penalised: bool = False) -> dict[int, Tensor]:
        """Values `[S, G]` as they broadcast against each weight that is trained, or penalised."""
        return {
            index: self.stack.per_trial(index, values)
            for index, weight in enumerate(self.stack.weights)
            if (weight.penalised if penalised else weight.trained)
        }

    def _own_values(self, hyper: Hyper) -> Own:
        return Own(
            unit=self._own(hyper.learning_rate),
            l1=self._own(hyper.l1, penalised=True) if self.rules.proximal else {},
            l2=self._own(hyper.l2 * hyper.learning_rate, penalised=True),
            decay=self._own(hyper.weight_decay * hyper.learning_rate, penalised=True)
            if self.rules.decays
            else {},
        )

    def _step(
        self,
        state: State,
        rows: Rows,
        hyper: Hyper,
        own: Own,
        shrinks: Tensor,
        masks: Sequence[Tensor],
        steps: Steps,
        step: Tensor,
    ) -> None:
        values = [variable.read_value() for variable in state.weights]
        # The data no longer move a trial that has ended, so that nothing grows out of bounds again.
        training = (state.watch.failed_at == 0) & (state.watch.stopped_at == 0)
        gradients, statistics = self._gradients(values, training, rows, hyper, own, masks, steps, step)
        gradients |= self._penalised(values, gradients, own, shrinks)
        for index, gradient in gradients.items():
            self._update(state, index, values[index], gradient, own, steps, step)
        for index, value in statistics.items():
            state.weights[index].assign(value)

    def _penalised(
        self, values: list[Tensor], gradients: dict[int, Tensor], own: Own, shrinks: Tensor
    ) -> dict[int, Tensor]:
        """The kernels' gradients with L2's, unless no trial here has an L2 penalty: adding 0 changes no bit."""
        kernels = {index: gradients[index] for index in own.l2}

        def added() -> dict[int, Tensor]:
            return {
                index: gradient + l2_gradient(values[index], own.l2[index])
                for index, gradient in kernels.items()
            }

        return dict(tf.cond(shrinks, added, lambda: kernels))

    def _update(
        self,
        state: State,
        index: int,
        value: Tensor,
        gradient: Tensor,
        own: Own,
        steps: Steps,
        step: Tensor,
    ) -> None:
        """One optimiser step of one weight.

        Decoupled decay θ ← θ − lr·w·θ comes first (Loshchilov and Hutter 2019), L1's proximal map last.
        """
        weight, penalised = state.weights[index], self.stack.weights[index].penalised
        rate, count = steps.factor[step], steps.first + step + 1
        if penalised and self.rules.decays:
            weight.assign_sub((rate * own.decay[index]) * value)
        self.optimizer.update(weight, state.slots[index], gradient, rate, count)
        if penalised and self.rules.proximal:
            size = self.optimizer.step_size(state.slots[index], steps.reach[step], count)
            weight.assign(l1_prox(weight.read_value(), size * own.l1[index]))

    def _gradients(
        self,
        values: list[Tensor],
        training: Tensor,
        rows: Rows,
        hyper: Hyper,
        own: Own,
        masks: Sequence[Tensor],
        steps: Steps,
        step: Tensor,
    ) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
        """dJ/dθ of the mean data loss for every weight trained, and the statistics of the batch."""
        order, share = steps.order[step], steps.share[step]
        x, truth = tf.gather(rows.x, order), tf.gather(rows.y, order)
        batch = Batch(hyper.learning_rate, share, [draws[step] for draws in steps.draws], hyper.rates, masks)
        weights = in_their_units(values, own.unit)
        if self.stack.scales_product:
            weights[0] = values[0]
        trained = {index: weights[index] for index in own.unit}
        # Each row's loss has a weight in its trial's objective, and no trial's gradient knows another.
        parts = (share * tf.gather(rows.weights, order))[:, None] * tf.cast(training, tf.float32)[..., None]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            output, statistics = self.stack.forward(weights, x, batch)
            losses = by_row(self.rules.loss, output, truth)
        return tape.gradient(losses, trained, output_gradients=parts), statistics

    def _end_epoch(
        self, state: State, own: Own, train: Rows, validation: Rows, epoch: Tensor, measured: Tensor
    ) -> Tensor:
        """Both data losses `[2, S, G]` after an epoch; the training loss is NaN where it is not wanted."""
        weights = in_their_units([variable.read_value() for variable in state.weights], own.unit)
        held_out = self._data_loss(weights, validation)
        fit = tf.cond(
            measured,
            lambda: self._data_loss(weights, train),
            lambda: tf.fill(tf.shape(held_out), tf.constant(np.nan, tf.float64)),
        )
        watch_epoch(self.stack, self.rules, state, held_out, epoch)
        return tf.stack([fit, held_out])

    def _data_loss(self, weights: list[Tensor], rows: Rows) -> Tensor:
        """The mean of the rows' losses in inference mode, float64 `[S, G]`, some rows at a time."""
        count = tf.shape(rows.x)[1]
        size = -(-count // -(-count // EVALUATION_ROWS))

        def add(start: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
            x, y, share = [
                tf.gather(part[:, start : start + size], rows.fold) for part in (rows.x, rows.y, rows.share)
            ]
            output, _ = self.stack.forward(weights, x, None)
            losses = by_row(self.rules.loss, tf.cast(output, tf.float64), tf.cast(y, tf.float64))
            # A product for each trial, since a reduction's order of additions depends on where in memory it lies.
            return start + size, total + tf.matmul(losses[:, :, None], share[:, None, :, None])[..., 0, 0]

        cells = tf.shape(weights[1])[:2]
        begin = [tf.constant(0), tf.zeros(cells, tf.float64)]
        shapes = [tf.TensorShape([]), tf.TensorShape([None, None])]
        return tf.while_loop(
            lambda start, _: start < count, add, begin, shape_invariants=shapes, parallel_iterations=1
        )[1]

    def _predict_block(self, weights: list[Tensor], x: Tensor) -> Tensor:
        return self.stack.forward(weights, x, None)[0]


def in_their_units(values: Sequence[Tensor], unit: Mapping[int, Tensor]) -> list[Tensor]:
    """θ = lr·u for the weights that are trained; the others are θ."""
    return [unit[index] * value if index in unit else value for index, value in enumerate(values)]


def block_of(rows: int) -> int:
    """How many rows are evaluated at once: blocks of one size, but for the last."""
    return -(-rows // -(-rows // EVALUATION_ROWS))


def _spec(*shape: int | None) -> Any:
    return tf.TensorSpec(shape, tf.float32)


def _variable(value: Tensor, shape: tuple[int | None, ...]) -> Variable:
    return tf.Variable(value, shape=tf.TensorShape(shape), trainable=False)
