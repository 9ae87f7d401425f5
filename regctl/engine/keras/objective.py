"""What a Keras model is compiled with: the loss, the optimiser, and the penalty on its kernels.

The settings of the optimisers and the penalty's part in a step are the fused engine's, so that a model that stacks ends
with the same numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from regctl.engine import penalties, schedules
from regctl.errors import SpecError
from regctl.spec.training import Training
from regctl.types import Float32, Loss, Setting

Tensor = Any
Variable = Any

LOSSES: dict[Loss, Callable[[], Any]] = {
    "mean_squared_error": keras.losses.MeanSquaredError,
    "huber": keras.losses.Huber,
    "binary_crossentropy": lambda: keras.losses.BinaryCrossentropy(from_logits=True),
    "categorical_crossentropy": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
}


def compile_network(
    network: Any, training: Training, loss: Loss, setting: Setting, steps: int
) -> tuple[Variable, ...]:
    """Compiles a built model for `steps` steps; returns the kernels that the penalty acts on.

    Those are all trained kernels, but for those that a regularizer was given to where the model was built: that one
    then stands alone.

    Raises:
        SpecError: there is a penalty, and no kernel for it.
    """
    optimizer = make_optimizer(training, setting, steps)
    chosen = tuple(kernel for kernel in kernels(network) if kernel.regularizer is None)
    if setting.lambda_ and not chosen:
        raise SpecError(
            [
                f"regularization.lambda: {setting.lambda_:g} has no kernel to act on: the model has none, or each has "
                "a regularizer of its own. Remove those."
            ]
        )
    _exclude_from_decay(optimizer, network, chosen)
    factors = schedules.factors(training.schedule, steps)
    reach = Factors(setting.learning_rate, schedules.reach(factors, training.momentum, training.nesterov))
    for kernel in chosen:
        if setting.l2:
            kernel.regularizer = keras.regularizers.L2(setting.l2)
        if setting.l1:
            kernel.constraint = Proximal(optimizer, kernel, setting.l1, reach, kernel.constraint)
    network.compile(optimizer, LOSSES[loss](), jit_compile=False)
    return chosen


def kernels(network: Any) -> list[Variable]:
    """The trained weights that are kernels by name (`kernel`, `recurrent_kernel`, …): no bias, no scale, no table."""
    return [weight for weight in network.trainable_variables if weight.name.endswith("kernel")]


def refuse_probabilities(network: Any, loss: Loss, name: str) -> None:
    """A model for classes returns logits: the losses and the exported model make probabilities of them.

    Raises:
        SpecError: its last layer makes probabilities itself.
    """
    activation = getattr(getattr(network.layers[-1], "activation", None), "__name__", "")
    if loss.endswith("crossentropy") and activation in ("softmax", "sigmoid"):
        raise SpecError(
            [f"model {name}: it must return logits. Received: {activation} in the last layer. Remove it."]
        )


class Factors(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no types
    """The learning rate times one factor for each step: `schedules.factors`."""

    def __init__(self, rate: float, factors: Float32) -> None:
        self.rates = np.float32(rate) * factors

    def __call__(self, step: Tensor) -> Tensor:
        """The rate of a step, counted from 0."""
        return tf.gather(tf.constant(self.rates), tf.minimum(tf.cast(step, tf.int32), len(self.rates) - 1))


def make_optimizer(training: Training, setting: Setting, steps: int) -> Any:
    """Keras's optimiser of the spec's name, with its defaults where the spec has no say."""
    rate: Any = setting.learning_rate
    if training.schedule != "constant":
        rate = Factors(rate, schedules.factors(training.schedule, steps))
    match training.optimizer:
        case "sgd":
            return keras.optimizers.SGD(rate, momentum=training.momentum, nesterov=training.nesterov)
        case "adam":
            return keras.optimizers.Adam(rate)
        case "adamw":
            return keras.optimizers.AdamW(rate, weight_decay=setting.weight_decay)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate)


class Proximal(keras.constraints.Constraint):  # type: ignore[misc]  # Keras has no types
    """The L1 penalty's proximal map, which Keras applies after each step as it applies a constraint.

    A projection is the proximal map of a constraint, so this is the same mechanism with another function (Parikh and
    Boyd 2014, section 1.2). The threshold is λ₁ times the size of the step just made, per coordinate: see
    `penalties.l1_prox` and, for the sizes, the fused optimisers' `step_size`. `reach` is the learning rate times
    `schedules.reach`, `after` the kernel's own constraint.
    """

    def __init__(
        self,
        optimizer: Any,
        kernel: Variable,
        l1: float,
        reach: Factors,
        after: Callable[[Tensor], Tensor] | None,
    ):
        self.optimizer, self.kernel, self.l1, self.reach, self.after = optimizer, kernel, l1, reach, after

    def __call__(self, value: Tensor) -> Tensor:
        """The kernel after the map."""
        value = tf.convert_to_tensor(value)
        mapped = penalties.l1_prox(value, self.l1 * step_size(self.optimizer, self.kernel, self.reach))
        return mapped if self.after is None else self.after(mapped)


def step_size(optimizer: Any, kernel: Variable, reach: Factors) -> Tensor:
    """How far, per unit of a gradient that lasts, the step just made moved each coordinate."""
    rate = reach(optimizer.iterations)
    if isinstance(optimizer, keras.optimizers.SGD):
        return rate
    velocity = tf.convert_to_tensor(optimizer._velocities[optimizer._get_variable_index(kernel)])
    if isinstance(optimizer, keras.optimizers.RMSprop):
        return rate / tf.sqrt(velocity + optimizer.epsilon)
    # Keras counts a step only after its constraints.
    count = tf.cast(tf.convert_to_tensor(optimizer.iterations) + 1, tf.float32)
    correction = tf.sqrt(1.0 - tf.pow(optimizer.beta_2, count)) / (1.0 - tf.pow(optimizer.beta_1, count))
    return rate * correction / (tf.sqrt(velocity) + optimizer.epsilon)


def _exclude_from_decay(optimizer: Any, network: Any, decayed: Sequence[Variable]) -> None:
    """Keras decays all weights by default, biases too; regctl the penalised kernels only."""
    own = {id(kernel) for kernel in decayed}
    others = [weight for weight in network.trainable_variables if id(weight) not in own]
    if optimizer.weight_decay is not None:
        optimizer.exclude_from_weight_decay(var_list=others)
