"""What becomes of each trial at the end of an epoch: diverged, stopped, or better than before."""

from typing import Any

import tensorflow as tf

from regctl.engine.fused.stack import Stack
from regctl.engine.fused.values import Rules, State

Tensor = Any


def watch_epoch(stack: Stack, rules: Rules, state: State, loss: Tensor, epoch: Tensor) -> None:
    """Moves `state.watch` by the validation losses `[S, G]` of an epoch, and puts better weights aside."""
    # What becomes of a trial after it has stopped is nobody's: its best weights are put aside.
    training = (state.watch.failed_at == 0) & (state.watch.stopped_at == 0)
    failed = ~tf.math.is_finite(loss) & training
    state.watch.failed_at.assign(tf.where(failed, epoch, state.watch.failed_at))
    tf.cond(tf.reduce_any(failed), lambda: _clear(stack, state, failed), lambda: tf.constant(0))
    if rules.patience is not None:
        _look_for_improvement(stack, state, loss + rules.min_delta, loss, epoch, rules.patience)


def _clear(stack: Stack, state: State, failed: Tensor) -> Tensor:
    """Sets all that failed trials hold to 0: NaN is slow on some machines, and useless on all."""
    for index, weight in enumerate(state.weights):
        mask = stack.per_trial(index, failed)
        for variable in (weight, *state.slots[index]):
            variable.assign(tf.where(mask, 0.0, variable.read_value()))
    return tf.constant(0)


def _look_for_improvement(
    stack: Stack, state: State, improved: Tensor, loss: Tensor, epoch: Tensor, patience: int
) -> None:
    """Keras's `EarlyStopping(restore_best_weights=True)`, for each trial by itself.

    `improved` `[S, G]` is the loss and `min_delta`: below the best so far, it is an improvement.
    """
    watch = state.watch
    training = (watch.stopped_at == 0) & (watch.failed_at == 0)
    better = training & (improved < watch.best_loss)
    watch.best_loss.assign(tf.where(better, loss, watch.best_loss))
    watch.best_epoch.assign(tf.where(better, epoch, watch.best_epoch))
    watch.waited.assign(tf.where(better, 0, watch.waited + 1))
    tired = training & ~better & (watch.waited >= patience)
    watch.stopped_at.assign(tf.where(tired, epoch, watch.stopped_at))
    tf.cond(tf.reduce_any(better), lambda: _keep_best(stack, state, better), lambda: tf.constant(0))


def _keep_best(stack: Stack, state: State, better: Tensor) -> Tensor:
    for index, (best, weight) in enumerate(zip(state.best, state.weights, strict=True)):
        best.assign(tf.where(stack.per_trial(index, better), weight.read_value(), best.read_value()))
    return tf.constant(0)
