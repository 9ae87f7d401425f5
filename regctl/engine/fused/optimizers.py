"""Optimisers over stacked weights, each Keras's update rule.

A step of each is proportional to the learning rate. A weight that is counted in units of its trial's rate therefore
moves at a rate of 1 times the schedule's factor, which is the same for all trials: TensorFlow's fused kernels, which
know one rate only, update all trials in place.
"""

from collections.abc import Callable
from typing import Any, Protocol

import tensorflow as tf

from regctl.engine.fused.rounding import quotient
from regctl.spec.training import Training

Tensor = Any
Variable = Any


class Optimizer(Protocol):
    """One update rule; `slots` says how many tensors of a weight's shape it remembers."""

    slots: int

    def update(
        self, weight: Variable, slots: list[Variable], gradient: Tensor, rate: Tensor, step: Tensor
    ) -> None:
        """Moves `weight` in place at the one learning rate `rate`; `step` counts from 1."""

    def step_size(self, slots: list[Variable], reach: Tensor, step: Tensor) -> Tensor:
        """How far, per unit of a gradient that lasts, the update just made moves each coordinate.

        `reach` is the `schedules.reach` of the step, for a learning rate of 1.
        """


class Sgd:
    """v ← βv − lr·g; θ ← θ + v, or θ ← θ + βv − lr·g with Nesterov (Keras `SGD`, momentum β)."""

    def __init__(self, momentum: float, nesterov: bool) -> None:
        self.momentum = momentum
        self.nesterov = nesterov
        self.slots = 1 if momentum else 0

    def update(
        self, weight: Variable, slots: list[Variable], gradient: Tensor, rate: Tensor, step: Tensor
    ) -> None:
        """See the class."""
        if not self.momentum:
            tf.raw_ops.ResourceApplyGradientDescent(var=weight.handle, alpha=rate, delta=gradient)
            return
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=weight.handle,
            accum=slots[0].handle,
            lr=rate,
            grad=gradient,
            momentum=self.momentum,
            use_nesterov=self.nesterov,
        )

    def step_size(self, slots: list[Variable], reach: Tensor, step: Tensor) -> Tensor:
        """The reach itself: what lr·g has added up to under momentum, see `schedules.reach`."""
        return reach


class Adam:
    """θ ← θ − lr · m̂ / (√v + ε̂) with Keras's defaults β₁ 0.9, β₂ 0.999, ε 1e-7 (Kingma and Ba 2015)."""

    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7
    slots = 2

    def update(
        self, weight: Variable, slots: list[Variable], gradient: Tensor, rate: Tensor, step: Tensor
    ) -> None:
        """See the class."""
        count = tf.cast(step, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle,
            m=slots[0].handle,
            v=slots[1].handle,
            beta1_power=tf.pow(self.beta_1, count),
            beta2_power=tf.pow(self.beta_2, count),
            lr=rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )

    def step_size(self, slots: list[Variable], reach: Tensor, step: Tensor) -> Tensor:
        """The rate of each coordinate: lr √(1 − β₂ᵗ) / (1 − β₁ᵗ) / (√v + ε)."""
        count = tf.cast(step, tf.float32)
        correction = tf.sqrt(1.0 - tf.pow(self.beta_2, count)) / (1.0 - tf.pow(self.beta_1, count))
        return (reach * correction) / (tf.sqrt(slots[1].read_value()) + self.epsilon)


class RmsProp:
    """v ← ρv + (1 − ρ)g²; θ ← θ − lr · g / √(v + ε) with Keras's defaults ρ 0.9, ε 1e-7 (Tieleman and Hinton 2012)."""

    rho, epsilon = 0.9, 1e-7
    slots = 1

    def update(
        self, weight: Variable, slots: list[Variable], gradient: Tensor, rate: Tensor, step: Tensor
    ) -> None:
        """See the class."""
        mean_square = self.rho * slots[0].read_value() + (1 - self.rho) * tf.square(gradient)
        slots[0].assign(mean_square)
        weight.assign_sub(rate * quotient(gradient, tf.sqrt(mean_square + self.epsilon)))

    def step_size(self, slots: list[Variable], reach: Tensor, step: Tensor) -> Tensor:
        """The rate of each coordinate: lr / √(v + ε)."""
        return quotient(reach, tf.sqrt(slots[0].read_value() + self.epsilon))


OPTIMIZERS: dict[str, Callable[[Training], Optimizer]] = {
    "sgd": lambda training: Sgd(training.momentum, training.nesterov),
    "adam": lambda training: Adam(),
    "adamw": lambda training: Adam(),  # its decay is the program's: it is the same for every rule
    "rmsprop": lambda training: RmsProp(),
}
