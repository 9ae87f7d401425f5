"""Layer specs stacked over trials: tensors with leading axes `[S, G]`, S replicates × G settings in one computation.

Trials of one replicate see the same batches, so the first dense layer multiplies each batch once for a tile of settings
together: its kernel is stored as `[S, G / tile, inputs, tile · units]`. Every later kernel is `[S, G, inputs, units]`,
every other weight `[S, G, 1, units]`. Noise on the input gives each trial an input of its own and ends the sharing.

In training, weights are counted in units of their trial's learning rate (see `program.py`). A kernel is brought back to
its own units before its product; only where a large one meets few rows is the product brought back instead.

Why tiles and not one product for all settings: matrix product kernels choose their blocking, and with it the order of
additions, by the size of the product. A trial's bits may not depend on its company, so every product here has a size
that the architecture fixes, and only the number of such products varies.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from regctl.engine.fused import normalization
from regctl.engine.fused.losses import TAIL_SENSITIVE_LOSSES
from regctl.engine.fused.noise import add_noise
from regctl.engine.masking import is_0_at_0, widths_of
from regctl.engine.tiles import TAIL, settings_per_tile
from regctl.models.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Layer,
    LayerNormalization,
    weights_of,
    with_inputs,
)
from regctl.types import Float32, Loss

Tensor = Any

ACTIVATIONS: dict[str | None, Callable[[Tensor], Tensor]] = {
    None: tf.identity,
    "relu": tf.nn.relu,
    "elu": tf.nn.elu,
    "selu": tf.nn.selu,
    "sigmoid": tf.math.sigmoid,
    "tanh": tf.math.tanh,
}

# Elementwise kernels work in packets; the last few elements of a tensor go through a scalar tail that rounds
# differently. So that no trial's numbers sit there, a chunk with such a function ends in trials that nobody reads.
TAIL_SENSITIVE = frozenset({"elu", "selu", "sigmoid", "tanh"})


# From so many inputs on, the first product is brought back to its units, not its kernel: about the rows of a batch.
MANY_INPUTS = 128


class Batch(NamedTuple):
    """What only training knows of a step.

    `learning_rate` `[S, G]` brings the first product back to its units, if the stack `scales_product`; `share`
    `[S, rows]` is 1/rows of the batch, 0 where it is padded; `draws` `[S, units, rows]` and `rates` `[S, G or 1]`
    belong to the noise layers, in order. `masks` `[S, G, 1, units]` are 1 for the units that a trial has of each hidden
    dense layer, else 0; none where all trials have all.
    """

    learning_rate: Tensor
    share: Tensor
    draws: Sequence[Tensor]
    rates: Sequence[Tensor]
    masks: Sequence[Tensor] = ()


class Stack:
    """The stacked computation of one list of active layers.

    Parameters:
        half: whether matrices are multiplied in bfloat16.
        masked: whether trials may lack units of a hidden dense layer, and need masks for it.
    """

    def __init__(
        self, layers: Sequence[Layer], inputs: int, half: bool = False, masked: bool = False
    ) -> None:
        self.layers = tuple(layers)
        self.masked_units = widths_of(layers) if masked else ()
        self.inputs = inputs
        self.half = half
        self.weights = weights_of(layers, inputs)
        self.shares_input = isinstance(layers[0], Dense)
        self.scales_product = self.shares_input and inputs >= MANY_INPUTS
        self.tile = settings_per_tile(layers)
        self.noise = [layer for layer in layers if isinstance(layer, Dropout)]
        self.noise_widths = [
            width for layer, width in with_inputs(layers, inputs) if isinstance(layer, Dropout)
        ]

    def spare_trials(self, rows: int, loss: Loss) -> int:
        """How many trailing trials per seed must be spare when the smallest batch has `rows` rows."""
        narrow = [
            width
            for layer, width in with_outputs(self.layers, self.inputs)
            if isinstance(layer, Dense | Activation) and _function(layer) in TAIL_SENSITIVE
        ]
        narrow += [1] * (loss in TAIL_SENSITIVE_LOSSES)
        return -(-TAIL // (rows * min(narrow))) if narrow else 0

    def variable_shapes(self) -> list[tuple[int | None, ...]]:
        """Shapes of the stacked weights with the trial axes open."""
        return [(None, None, *self._own_shape(index)) for index in range(len(self.weights))]

    def stacked(self, index: int, weight: Float32) -> Float32:
        """Weight number `index`, `[S, G, …]`, as the stacked computation stores it."""
        if self._is_shared(index):
            seeds, _, inputs, units = weight.shape
            tiles = np.moveaxis(weight.reshape(seeds, -1, self.tile, inputs, units), 2, 3)
            return np.ascontiguousarray(tiles).reshape(seeds, -1, inputs, self.tile * units)
        return weight if weight.ndim == 4 else weight[:, :, None, :]

    def unstacked(self, index: int, variable: Float32) -> Float32:
        """The inverse of `stacked`."""
        if self._is_shared(index):
            seeds, _, inputs, columns = variable.shape
            tiles = np.moveaxis(variable.reshape(seeds, -1, inputs, self.tile, columns // self.tile), 3, 2)
            return tiles.reshape(seeds, -1, inputs, columns // self.tile)
        return variable if len(self.weights[index].shape) == 2 else variable[:, :, 0, :]

    def per_trial(self, index: int, values: Tensor) -> Tensor:
        """Values `[S, G]` with the axes that broadcast against weight number `index`."""
        if self._is_shared(index) and self.tile > 1:
            units = self.weights[0].shape[1]
            columns = tf.tile(values[:, :, None], [1, 1, units])
            return tf.reshape(columns, [tf.shape(values)[0], -1, 1, self.tile * units])
        return values[:, :, None, None]

    def masks(self, widths: Sequence[Tensor]) -> list[Tensor]:
        """For each masked layer `[S, G, 1, units]`: 1 for the first `widths` `[S, G]` of its units, else 0."""
        return [
            tf.cast(tf.range(float(units)) < own[:, :, None, None], tf.float32)
            for units, own in zip(self.masked_units, widths, strict=True)
        ]

    def forward(
        self, weights: Sequence[Tensor], x: Tensor, batch: Batch | None
    ) -> tuple[Tensor, dict[int, Tensor]]:
        """Outputs `[S, G, rows, K]` for inputs `x` `[S or 1, rows, inputs]`; None as batch is inference mode.

        Also the statistics of the batch that moving averages follow, by the number of the weight.
        """
        return _Pass(self, weights, batch).through(x[:, None])

    def product(self, h: Tensor, kernel: Tensor, index: int) -> Tensor:
        """`h @ kernel` for weight number `index`, in bfloat16 if the stack is of mixed precision."""
        return self._shared_product(h, kernel) if self._is_shared(index) else self._matmul(h, kernel)

    def scaled_product(self, h: Tensor, kernel: Tensor, scale: Tensor) -> Tensor:
        """The first product of a kernel in units of `scale` `[S, G]`; the gradient is that of the kernel itself."""
        return self._shared_product(h, kernel, scale[:, :, None, None])

    def _shared_product(self, x: Tensor, kernel: Tensor, scale: Tensor | None = None) -> Tensor:
        """`[S, G, rows, units]` for `x` `[S or 1, 1, rows, inputs]`, which has no gradient."""

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def apply(kernel: Tensor) -> Any:
            product = self._untiled(self._matmul(x, kernel))

            def gradient(upstream: Tensor) -> Tensor:
                return self._matmul(x, self._tiled(upstream), transpose_a=True)

            return product if scale is None else scale * product, gradient

        return apply(kernel)

    def _matmul(self, left: Tensor, right: Tensor, transpose_a: bool = False) -> Tensor:
        if self.half:
            left, right = tf.cast(left, tf.bfloat16), tf.cast(right, tf.bfloat16)
        return tf.cast(tf.matmul(left, right, transpose_a=transpose_a), tf.float32)

    def _tiled(self, rows: Tensor) -> Tensor:
        """The inverse of `_untiled`."""
        if self.tile == 1:
            return rows
        size, units = tf.shape(rows), self.weights[0].shape[1]
        parts = tf.reshape(rows, [size[0], size[1] // self.tile, self.tile, size[2], units])
        wide = tf.transpose(parts, [0, 1, 3, 2, 4])
        return tf.reshape(wide, [size[0], size[1] // self.tile, size[2], self.tile * units])

    def _untiled(self, wide: Tensor) -> Tensor:
        """`[S, G / tile, rows, tile · units]` → `[S, G, rows, units]`."""
        size, units = tf.shape(wide), self.weights[0].shape[1]
        if self.tile == 1:
            return wide
        rows = tf.reshape(wide, [size[0], size[1], size[2], self.tile, units])
        return tf.reshape(tf.transpose(rows, [0, 1, 3, 2, 4]), [size[0], size[1] * self.tile, size[2], units])

    def _own_shape(self, index: int) -> tuple[int, ...]:
        shape = self.weights[index].shape
        if self._is_shared(index):
            return shape[0], self.tile * shape[1]
        return shape if len(shape) == 2 else (1, *shape)

    def _is_shared(self, index: int) -> bool:
        return index == 0 and self.shares_input


class _Pass:
    """One forward pass: takes the weights in order as the layers ask for them."""

    def __init__(self, stack: Stack, weights: Sequence[Tensor], batch: Batch | None) -> None:
        self.stack, self.weights, self.batch = stack, weights, batch
        self.taken = self.noises = 0
        self.masks = iter(() if batch is None else batch.masks)
        self.mask: Tensor | None = None
        self.statistics: dict[int, Tensor] = {}

    def through(self, h: Tensor) -> tuple[Tensor, dict[int, Tensor]]:
        """All layers, one after the other."""
        for layer in self.stack.layers:
            h = STACKED[type(layer)](self, layer, h)
        return h, self.statistics

    def dense(self, layer: Dense, h: Tensor) -> Tensor:
        if self.batch is not None and self.taken == 0 and self.stack.scales_product:
            product = self.stack.scaled_product(h, self.weights[0], self.batch.learning_rate)
        else:
            product = self.stack.product(h, self.weights[self.taken], self.taken)
        self.taken += 2
        self.mask = next(self.masks, None)
        out = ACTIVATIONS[layer.activation](add_bias(product, self.weights[self.taken - 1]))
        return self._masked(layer.activation, out)

    def activation(self, layer: Activation, h: Tensor) -> Tensor:
        return self._masked(layer.function, ACTIVATIONS[layer.function](h))

    def dropout(self, layer: Dropout, h: Tensor) -> Tensor:
        number, self.noises = self.noises, self.noises + 1
        if self.batch is None:
            return h
        noisy = add_noise(layer.kind, h, self.batch.draws[number], self.batch.rates[number])
        return self._masked(layer.kind, noisy)

    def _masked(self, kind: str | None, h: Tensor) -> Tensor:
        """Units that a trial lacks are 0 before a function of this kind, and must be after it."""
        return h if self.mask is None or is_0_at_0(kind) else h * self.mask

    def batch_normalization(self, layer: BatchNormalization, h: Tensor) -> Tensor:
        gamma, beta, mean, variance = self.weights[self.taken : self.taken + 4]
        self.taken += 4
        if self.batch is None:
            return normalization.with_averages(h, gamma, beta, mean, variance)
        out, *found = normalization.over_batch(h, gamma, beta, self.batch.share)
        for place, (average, value) in enumerate(zip((mean, variance), found, strict=True)):
            self.statistics[self.taken - 2 + place] = normalization.moved(average, value)
        return out

    def layer_normalization(self, layer: LayerNormalization, h: Tensor) -> Tensor:
        gamma, beta = self.weights[self.taken : self.taken + 2]
        self.taken += 2
        return normalization.over_units(h, gamma, beta)


# The layers that stack, and how.
STACKED: dict[type, Callable[[_Pass, Any, Tensor], Tensor]] = {
    Dense: _Pass.dense,
    Activation: _Pass.activation,
    Dropout: _Pass.dropout,
    BatchNormalization: _Pass.batch_normalization,
    LayerNormalization: _Pass.layer_normalization,
}


def with_outputs(layers: Sequence[Layer], inputs: int) -> Iterator[tuple[Layer, int]]:
    """Each layer with the number of units that leave it."""
    for layer, width in with_inputs(layers, inputs):
        yield layer, layer.units if isinstance(layer, Dense) else width


def _function(layer: Dense | Activation) -> str | None:
    return layer.activation if isinstance(layer, Dense) else layer.function


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def add_bias(h: Tensor, bias: Tensor) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor]]]:
    """`h` `[S, G, rows, units]` + `bias` `[S, G, 1, units]`.

    The bias's gradient, a sum over rows, is taken as a matrix product: TensorFlow's reduction adds in an order that
    depends on where in memory a trial lies, unless `units` is a multiple of the packet size.
    """

    def gradient(upstream: Tensor) -> tuple[Tensor, Tensor]:
        ones = tf.ones_like(upstream[..., :1])
        return upstream, tf.matmul(ones, upstream, transpose_a=True)

    return h + bias, gradient
