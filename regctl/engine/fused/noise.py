"""Noise layers stacked over trials. The random numbers come from outside and are shared by the trials of a seed."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from regctl.engine.fused.rounding import quotient
from regctl.spec.model import NoiseKind

Tensor = Any

# SELU's scale and α, and the value that a dropped unit takes: SELU's limit at −∞ (Klambauer et al. 2017, section 3).
SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
LOWER_LIMIT = -SELU_SCALE * SELU_ALPHA


def add_noise(kind: NoiseKind, h: Tensor, draws: Tensor, rate: Tensor) -> Tensor:
    """A noise layer's output for `h` `[S, G or 1, rows, units]`.

    `draws` `[S, units, rows]` are uniform in [0, 1) for the kinds that drop, standard normal for the others; `rate` is
    `[S, G]`, or `[S, 1]` where the trials of a seed have one rate.
    """
    shared = tf.transpose(draws, [0, 2, 1])[:, None]
    return NOISE[kind](h, shared, rate[:, :, None, None])


def _drop(h: Tensor, draws: Tensor, rate: Tensor) -> Tensor:
    return h * tf.where(draws >= rate, quotient(1.0, 1.0 - rate), 0.0)


def _alpha_drop(h: Tensor, draws: Tensor, rate: Tensor) -> Tensor:
    scale = tf.sqrt(quotient(1.0, (1.0 - rate) * (1.0 + rate * LOWER_LIMIT**2)))
    kept = tf.where(draws >= rate, 1.0, 0.0)
    return h * (scale * kept) + (scale * LOWER_LIMIT) * ((1.0 - kept) - rate)


def _gaussian_scale(h: Tensor, draws: Tensor, rate: Tensor) -> Tensor:
    return h * (1.0 + draws * tf.sqrt(quotient(rate, 1.0 - rate)))


def _gaussian_shift(h: Tensor, draws: Tensor, rate: Tensor) -> Tensor:
    return h + draws * rate


NOISE: dict[NoiseKind, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "dropout": _drop,
    "alpha_dropout": _alpha_drop,
    "gaussian_dropout": _gaussian_scale,
    "gaussian_noise": _gaussian_shift,
}
