"""Whether this machine's matrix products round a number the same way, whatever the size of the product.

A narrow network inside a wide one multiplies the same numbers, with zeros around them. Kernels that add in the order of
the inner axis give the same bits: oneDNN's do on AVX-512, up to 1,024 numbers; those of Eigen, which TensorFlow uses
without oneDNN, do not. So it is looked at, once in a process.
"""

from functools import cache

import numpy as np
import tensorflow as tf

from regctl.types import Float32

# Rows, inner axis and columns of a product, and of the larger one that holds it.
SIZES = (
    ((7, 3, 1), (7, 11, 16)),
    ((1, 33, 5), (1, 64, 48)),
    ((26, 11, 6), (26, 31, 40)),
    ((32, 64, 10), (32, 128, 10)),
    ((32, 64, 16), (32, 100, 96)),
    ((64, 100, 100), (64, 300, 128)),
    ((10, 31, 3), (100, 31, 3)),
    ((128, 300, 32), (128, 512, 160)),
    ((41, 500, 2), (41, 1024, 3)),
    ((100, 26, 8), (512, 26, 24)),
)


@cache
def bits_do_not_depend_on_size(half: bool = False) -> bool:
    """Whether products of several sizes, in bfloat16 if `half`, equal those of larger ones filled up with zeros."""
    generator = np.random.default_rng(0)
    for small, large in SIZES:
        left, right = _filled(generator, small[:2], large[:2]), _filled(generator, small[1:], large[1:])
        for transposed in ({}, {"transpose_a": True}, {"transpose_b": True}):
            found = _product(left, right, half, **transposed)
            own = _product(
                left[:, : small[0], : small[1]], right[:, : small[1], : small[2]], half, **transposed
            )
            if not np.array_equal(found[:, : small[0], : small[2]], own):
                return False
    return True


def _filled(generator: np.random.Generator, small: tuple[int, ...], large: tuple[int, ...]) -> Float32:
    values = np.zeros((2, *large), np.float32)
    values[:, : small[0], : small[1]] = generator.normal(size=(2, *small))
    return values


def _product(left: Float32, right: Float32, half: bool, **transposed: bool) -> Float32:
    a = left.swapaxes(1, 2) if "transpose_a" in transposed else left
    b = right.swapaxes(1, 2) if "transpose_b" in transposed else right
    dtype = tf.bfloat16 if half else tf.float32
    tensors = [tf.cast(tf.constant(np.ascontiguousarray(each)), dtype) for each in (a, b)]
    return np.asarray(tf.cast(tf.matmul(*tensors, **transposed), tf.float32).numpy())
