"""One architecture, compiled once: trains and predicts S × G stacked trials. Both numbers are dynamic dimensions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from regctl.engine.fused.losses import by_row
from regctl.engine.fused.optimizers import Optimizer
from regctl.engine.fused.stack import Batch, Stack
from regctl.engine.fused.values import Hyper, Rows, Rules, State, Steps, Watch
from regctl.engine.penalties import l1_prox, l2_gradient
from regctl.engine.plan import EVALUATION_ROWS
from regctl.types import Float32, Int64

Tensor = Any
Variable = Any


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

    def start(self, weights: Sequence[Float32]) -> State:
        """A state with these stacked weights, and an optimiser that remembers nothing yet."""
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

    def predict(self, weights: Sequence[Float32], x: Float32) -> Float32:
        """Outputs float32 `[S, G, n, K]` in inference mode for `x` `[S or 1, n, inputs]` and stacked weights."""
        size = block_of(x.shape[1])
        constants = [tf.constant(weight) for weight in weights]
        blocks = [
            self._predict(constants, tf.constant(x[:, start : start + size])).numpy()
            for start in range(0, x.shape[1], size)
        ]
        return np.concatenate(blocks, axis=2)

    def _blank(self) -> State:
        return self.start(
            [np.zeros([size or 0 for size in shape], "f") for shape in self.stack.variable_shapes()]
        )

    def _train_signature(self) -> list[Any]:
        trials, widths = _spec(None, None), self.stack.noise_widths
        hyper = Hyper(trials, trials, trials, trials, tuple(trials for _ in widths))
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

        def body(step: Tensor, ended: Tensor, losses: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            self._step(state, flat, hyper, steps, step)
            epoch = steps.ends[step]

            def measured() -> Tensor:
                found = self._end_epoch(state, train, validation, epoch, steps.measured[step])
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

    def _step(self, state: State, rows: Rows, hyper: Hyper, steps: Steps, step: Tensor) -> None:
        weights = [variable.read_value() for variable in state.weights]
        gradients, statistics = self._gradients(weights, rows, hyper, steps, step)
        # A trial that has ended stands still, so that nothing grows out of bounds again.
        ended = (state.watch.failed_at > 0) | (state.watch.stopped_at > 0)
        rate = tf.where(ended, 0.0, steps.factor[step] * hyper.learning_rate)
        size = tf.where(ended, 0.0, steps.reach[step] * hyper.learning_rate)
        count = steps.first + step + 1
        for index, gradient in gradients.items():
            self._update(state, index, weights[index], gradient, hyper, rate, size, count)
        for index, value in statistics.items():
            state.weights[index].assign(value)

    def _update(
        self,
        state: State,
        index: int,
        value: Tensor,
        gradient: Tensor,
        hyper: Hyper,
        rate: Tensor,
        reach: Tensor,
        count: Tensor,
    ) -> None:
        """One optimiser step of one weight.

        Decoupled decay θ ← θ − lr·w·θ comes first (Loshchilov and Hutter 2019), L1's proximal map last.
        """
        weight, penalised = state.weights[index], self.stack.weights[index].penalised
        if penalised:
            gradient += l2_gradient(value, self.stack.per_trial(index, hyper.l2))
        if penalised and self.rules.decays:
            weight.assign_sub(self.stack.per_trial(index, rate * hyper.weight_decay) * value)
        own_rate = self.stack.per_trial(index, rate)
        self.optimizer.update(weight, state.slots[index], gradient, own_rate, count)
        if penalised and self.rules.proximal:
            own_reach = self.stack.per_trial(index, reach)
            size = self.optimizer.step_size(state.slots[index], own_reach, count)
            weight.assign(l1_prox(weight.read_value(), size * self.stack.per_trial(index, hyper.l1)))

    def _gradients(
        self, weights: list[Tensor], rows: Rows, hyper: Hyper, steps: Steps, step: Tensor
    ) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
        order, share = steps.order[step], steps.share[step]
        x, truth = tf.gather(rows.x, order), tf.gather(rows.y, order)
        batch = Batch(share, [draws[step] for draws in steps.draws], hyper.rates)
        trained = {index: weights[index] for index, weight in enumerate(self.stack.weights) if weight.trained}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            output, statistics = self.stack.forward(weights, x, batch)
            losses = by_row(self.rules.loss, output, truth)
            # Rows are reduced to one number per trial, then trials are summed: no trial's gradient knows another.
            by_trial = tf.reduce_sum((share * tf.gather(rows.weights, order))[:, None] * losses, axis=-1)
            total = tf.reduce_sum(by_trial)
        return tape.gradient(total, trained), statistics

    def _end_epoch(
        self, state: State, train: Rows, validation: Rows, epoch: Tensor, measured: Tensor
    ) -> Tensor:
        """Both data losses `[2, S, G]` after an epoch; the training loss is NaN where it is not wanted."""
        weights = [variable.read_value() for variable in state.weights]
        held_out = self._data_loss(weights, validation)
        fit = tf.cond(
            measured,
            lambda: self._data_loss(weights, train),
            lambda: tf.fill(tf.shape(held_out), tf.constant(np.nan, tf.float64)),
        )
        # What becomes of a trial after it has stopped is nobody's: its best weights are put aside.
        training = (state.watch.failed_at == 0) & (state.watch.stopped_at == 0)
        failed = ~tf.math.is_finite(held_out) & training
        state.watch.failed_at.assign(tf.where(failed, epoch, state.watch.failed_at))
        tf.cond(tf.reduce_any(failed), lambda: self._clear(state, failed), lambda: tf.constant(0))
        if self.rules.patience is not None:
            self._look_for_improvement(state, held_out, epoch, self.rules.patience)
        return tf.stack([fit, held_out])

    def _clear(self, state: State, failed: Tensor) -> Tensor:
        """Sets all that failed trials hold to 0: NaN is slow on some machines, and useless on all."""
        for index, weight in enumerate(state.weights):
            mask = self.stack.per_trial(index, failed)
            for variable in (weight, *state.slots[index]):
                variable.assign(tf.where(mask, 0.0, variable.read_value()))
        return tf.constant(0)

    def _look_for_improvement(self, state: State, loss: Tensor, epoch: Tensor, patience: int) -> None:
        """Keras's `EarlyStopping(restore_best_weights=True)`, for each trial by itself."""
        watch = state.watch
        training = (watch.stopped_at == 0) & (watch.failed_at == 0)
        better = training & (loss + self.rules.min_delta < watch.best_loss)
        watch.best_loss.assign(tf.where(better, loss, watch.best_loss))
        watch.best_epoch.assign(tf.where(better, epoch, watch.best_epoch))
        watch.waited.assign(tf.where(better, 0, watch.waited + 1))
        tired = training & ~better & (watch.waited >= patience)
        watch.stopped_at.assign(tf.where(tired, epoch, watch.stopped_at))
        tf.cond(tf.reduce_any(better), lambda: self._keep_best(state, better), lambda: tf.constant(0))

    def _keep_best(self, state: State, better: Tensor) -> Tensor:
        for index, (best, weight) in enumerate(zip(state.best, state.weights, strict=True)):
            best.assign(tf.where(self.stack.per_trial(index, better), weight.read_value(), best.read_value()))
        return tf.constant(0)

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


def block_of(rows: int) -> int:
    """How many rows are evaluated at once: blocks of one size, but for the last."""
    return -(-rows // -(-rows // EVALUATION_ROWS))


def _spec(*shape: int | None) -> Any:
    return tf.TensorSpec(shape, tf.float32)


def _variable(value: Tensor, shape: tuple[int | None, ...]) -> Variable:
    return tf.Variable(value, shape=tf.TensorShape(shape), trainable=False)
