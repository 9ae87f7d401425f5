"""L2's gradient, by itself."""

import numpy as np
import tensorflow as tf

from regctl.engine.penalties import l2_gradient


def test_it_is_twice_lambda_times_the_kernel_bit_for_bit():
    generator = np.random.default_rng(0)
    kernel = generator.normal(size=(7, 5, 9)).astype(np.float32)
    l2 = generator.uniform(size=(7, 1, 1)).astype(np.float32)
    found = l2_gradient(tf.constant(kernel), tf.constant(l2)).numpy()
    np.testing.assert_array_equal(found, np.float32(2) * l2 * kernel)


def test_without_a_penalty_it_is_0_even_where_a_weight_has_overflowed():
    kernel = tf.constant([[np.inf, -np.inf, np.nan, 1.0]], tf.float32)
    np.testing.assert_array_equal(l2_gradient(kernel, tf.constant([[0.0]])).numpy(), np.zeros((1, 4)))
