"""Layer specs stacked over trials: tensors with leading axes `[S, G]`, S replicates × G settings in one computation.

Trials of one replicate see the same batches, so the first dense layer multiplies each batch once for a tile of settings
together: its kernel is stored as `[S, G / tile, inputs, tile · units]`. Every later kernel is `[S, G, inputs, units]`,
every bias `[S, G, 1, units]`. Dropout on the input gives each trial an input of its own and ends the sharing.

Why tiles and not one product for all settings: matrix product kernels choose their blocking, and with it the order of
additions, by the size of the product. A trial's bits may not depend on its company, so every product here has a size
that the architecture fixes, and only the number of such products varies.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from regctl.engine.tiles import settings_per_tile
from regctl.models.layers import Dense, Dropout, Layer, dense_layers, dense_with_inputs, with_inputs
from regctl.types import Float32

Tensor = Any

ACTIVATIONS: dict[str | None, Callable[[Tensor], Tensor]] = {
    None: tf.identity,
    "relu": tf.nn.relu,
    "tanh": tf.math.tanh,
    "selu": tf.nn.selu,
}

# Elementwise kernels work in packets; the last few elements of a tensor go through a scalar tail that rounds
# differently. So that no trial's numbers sit there, a chunk with such a layer ends in trials that nobody reads.
TAIL_SENSITIVE = frozenset({"tanh", "selu"})
TAIL = 64


class Stack:
    """The stacked computation of one list of active layers."""

    def __init__(self, layers: Sequence[Layer], inputs: int) -> None:
        self.layers = tuple(layers)
        self.inputs = inputs
        self.shares_input = isinstance(layers[0], Dense)
        self.dense = dense_layers(layers)
        self.tile = settings_per_tile(layers)
        self.dropout = [layer for layer in layers if isinstance(layer, Dropout)]
        self.dropout_widths = [
            width for layer, width in with_inputs(layers, inputs) if isinstance(layer, Dropout)
        ]

    def spare_trials(self, rows: int) -> int:
        """How many trailing trials per seed must be spare when the smallest batch has `rows` rows."""
        narrow = [layer.units for layer in self.dense if layer.activation in TAIL_SENSITIVE]
        return -(-TAIL // (rows * min(narrow))) if narrow else 0

    def variable_shapes(self) -> list[tuple[int | None, ...]]:
        """Shapes of the stacked weights with the trial axes open."""
        shapes: list[tuple[int | None, ...]] = []
        for layer, width in dense_with_inputs(self.layers, self.inputs):
            shared = self._is_shared(len(shapes))
            kernel = (width, self.tile * layer.units) if shared else (width, layer.units)
            shapes += [(None, None, *kernel), (None, None, 1, layer.units)]
        return shapes

    def stacked(self, index: int, weight: Float32) -> Float32:
        """Weight number `index`, `[S, G, …]`, as the stacked computation stores it."""
        if self._is_shared(index):
            seeds, _, inputs, units = weight.shape
            tiles = np.moveaxis(weight.reshape(seeds, -1, self.tile, inputs, units), 2, 3)
            return np.ascontiguousarray(tiles).reshape(seeds, -1, inputs, self.tile * units)
        return weight[:, :, None, :] if index % 2 else weight

    def unstacked(self, index: int, variable: Float32) -> Float32:
        """The inverse of `stacked`."""
        if self._is_shared(index):
            seeds, _, inputs, columns = variable.shape
            tiles = np.moveaxis(variable.reshape(seeds, -1, inputs, self.tile, columns // self.tile), 3, 2)
            return tiles.reshape(seeds, -1, inputs, columns // self.tile)
        return variable[:, :, 0, :] if index % 2 else variable

    def per_trial(self, index: int, values: Tensor) -> Tensor:
        """Values `[S, G]` with the axes that broadcast against weight number `index`."""
        if self._is_shared(index):
            columns = tf.repeat(values, self.dense[0].units, axis=1)
            return tf.reshape(columns, [tf.shape(values)[0], -1, 1, self.tile * self.dense[0].units])
        return values[:, :, None, None]

    def forward(
        self, weights: Sequence[Tensor], x: Tensor, drop: Callable[[int, Tensor], Tensor] | None
    ) -> Tensor:
        """Outputs `[S, G, rows]` for inputs `x` `[S or 1, rows, inputs]`.

        `drop(number, h)` applies dropout layer `number` to `h` `[S, G or 1, rows, units]`; None is inference mode.
        """
        h = x[:, None]
        dense = dropout = 0
        for layer in self.layers:
            if isinstance(layer, Dense):
                kernel, bias = weights[2 * dense], weights[2 * dense + 1]
                product = (
                    self._shared_product(h, kernel) if self._is_shared(2 * dense) else tf.matmul(h, kernel)
                )
                h = ACTIVATIONS[layer.activation](add_bias(product, bias))
                dense += 1
            else:
                h = h if drop is None else drop(dropout, h)
                dropout += 1
        return h[..., 0]

    def _shared_product(self, x: Tensor, kernel: Tensor) -> Tensor:
        """`[S or 1, 1, rows, inputs]` × `[S, G / tile, inputs, tile · units]` → `[S, G, rows, units]`."""
        wide = tf.matmul(x, kernel)
        size, units = tf.shape(wide), self.dense[0].units
        rows = tf.reshape(wide, [size[0], size[1], size[2], self.tile, units])
        return tf.reshape(tf.transpose(rows, [0, 1, 3, 2, 4]), [size[0], size[1] * self.tile, size[2], units])

    def _is_shared(self, index: int) -> bool:
        return index == 0 and self.shares_input


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


def drop_units(h: Tensor, noise: Tensor, rate: Tensor) -> Tensor:
    """Inverted dropout: keeps a unit where noise ≥ rate and scales it by 1/(1 − rate) (Srivastava et al. 2014).

    `h` `[S, G or 1, rows, units]`, `noise` `[S, units, rows]` shared by the seed's trials, `rate` `[S, G]`.
    """
    rate = rate[:, :, None, None]
    shared = tf.transpose(noise, [0, 2, 1])[:, None]
    return h * tf.where(shared >= rate, 1.0 / (1.0 - rate), 0.0)
