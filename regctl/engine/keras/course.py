"""A trial's course: data losses after each epoch, and when training ends before its last."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from regctl.engine.cadence import measures_training_loss
from regctl.engine.fused.losses import by_row
from regctl.engine.plan import EVALUATION_ROWS
from regctl.spec.training import Training
from regctl.types import Design, Float32, Loss, Prepared

Tensor = Any


class Outputs:
    """A model's outputs `[n, K]` in inference mode, some rows at a time; compiled once."""

    def __init__(self, network: Any, columns: int) -> None:
        signature = [tf.TensorSpec([None, columns], tf.float32)]
        self._compute = tf.function(
            lambda x: tf.cast(network(x, training=False), tf.float32),
            input_signature=signature,
            autograph=False,
        )

    def __call__(self, x: Design) -> Float32:
        """The outputs for the rows of `x`."""
        starts = range(0, len(x), EVALUATION_ROWS)
        return np.concatenate(
            [self._compute(tf.constant(x[start : start + EVALUATION_ROWS])).numpy() for start in starts]
        )


def data_loss(loss: Loss, outputs: Float32, truth: Float32) -> float:
    """The mean of the rows' losses, in float64."""
    stacked = tf.constant(outputs[None, None], tf.float64)
    return float(np.mean(by_row(loss, stacked, tf.constant(truth[None], tf.float64)).numpy()))


class Course(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Measures both data losses after each epoch, stops early, keeps the best weights, notices divergence.

    Early stopping is Keras's `EarlyStopping(restore_best_weights=True)` on the validation data loss.

    Parameters:
        tell: called after every epoch with its number, from 1, and the validation loss.
        penalised: the kernels that the penalty acts on.
    """

    def __init__(
        self,
        training: Training,
        loss: Loss,
        outputs: Outputs,
        data: Prepared,
        tell: Callable[[int, float], None],
        penalised: Sequence[Any],
    ) -> None:
        super().__init__()
        self.training, self.loss, self.outputs, self.data, self.tell = training, loss, outputs, data, tell
        self.penalised = penalised
        self.train_losses: list[float] = []
        self.validation_losses: list[float] = []
        self.failed = False
        self.best_epoch = 0
        self.best_loss = np.inf
        self.best_weights: list[Float32] | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """See the class; Keras counts epochs from 0."""
        number, data = epoch + 1, self.data
        held_out = data_loss(self.loss, self.outputs(data.x_validation), data.y_validation)
        fit = np.nan
        if measures_training_loss(number, self.training.epochs):
            fit = data_loss(self.loss, self.outputs(data.x_train), data.y_train)
        self.train_losses.append(fit)
        self.validation_losses.append(held_out)
        self.failed = not np.isfinite(held_out)
        self.model.stop_training = self.failed or self._is_tired(number, held_out)
        self.tell(number, held_out)

    def _is_tired(self, epoch: int, loss: float) -> bool:
        stopping = self.training.early_stopping
        if stopping is None:
            return False
        if loss + stopping.min_delta < self.best_loss:
            self.best_loss, self.best_epoch = loss, epoch
            self.best_weights = self.model.get_weights()
        return epoch - self.best_epoch >= stopping.patience
