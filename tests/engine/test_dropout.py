"""Stacked dropout: the right share of zeros, the right scale, nothing at inference."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from regctl.engine import random
from regctl.engine.fused.noise import add_noise


def dropped(rates):
    noise = np.stack(
        [
            random.dropout_noise(
                random.replicate_key(seed, None), "d", random.words(range(40)), 0, range(1), 500
            )[0]
            for seed in range(2)
        ]
    )
    h = tf.ones([2, 3, 500, 40])
    return add_noise("dropout", h, tf.constant(noise), tf.constant([rates, rates], tf.float32)).numpy()


def test_share_of_zeros_passes_a_binomial_test_and_kept_units_scale_by_1_over_1_minus_rate():
    rates = [0.1, 0.5, 0.8]
    out = dropped(rates)
    for setting, rate in enumerate(rates):
        for seed in range(2):
            values = out[seed, setting]
            zeros = int((values == 0).sum())
            assert stats.binomtest(zeros, values.size, rate).pvalue > 0.001
            np.testing.assert_array_equal(np.unique(values), [0, np.float32(1 / (1 - np.float32(rate)))])


def test_a_higher_rate_drops_all_that_a_lower_rate_drops():
    out = dropped([0.1, 0.5, 0.8])
    assert ((out[:, 1] == 0) >= (out[:, 0] == 0)).all()
    assert ((out[:, 2] == 0) >= (out[:, 1] == 0)).all()


def test_a_rate_of_zero_is_the_identity():
    assert (dropped([0.0, 0.0, 0.0]) == 1).all()


def test_alpha_dropout_keeps_mean_0_and_variance_1():
    """Of self-normalised activations: 20,000 rows × 40 units, whose means and variances stray by some 1 %."""
    generator = np.random.default_rng(0)
    h = tf.constant(generator.normal(size=(1, 1, 20_000, 40)).astype(np.float32))
    key = random.replicate_key(3, None)
    draws = random.layer_noise("alpha_dropout", key, "d", random.words(range(40)), 0, range(1), 20_000)
    for rate in (0.05, 0.3, 0.7):
        out = add_noise("alpha_dropout", h, tf.constant(draws), tf.constant([[rate]])).numpy()
        assert abs(out.mean()) < 0.01
        assert abs(out.var() - 1) < 0.01


def test_gaussian_noise_has_the_standard_deviation_that_its_rate_says():
    draws = random.layer_noise(
        "gaussian_noise", random.replicate_key(3, None), "d", random.words(range(40)), 0, range(1), 5_000
    )
    ones, rate = tf.ones([1, 1, 5_000, 40]), tf.constant([[0.4]])
    shifted = add_noise("gaussian_noise", ones, tf.constant(draws), rate).numpy()
    scaled = add_noise("gaussian_dropout", ones, tf.constant(draws), rate).numpy()
    for out, deviation in ((shifted, 0.4), (scaled, np.sqrt(0.4 / 0.6))):
        assert abs(out.mean() - 1) < 4 * deviation / np.sqrt(out.size)
        assert out.std() == pytest.approx(deviation, rel=0.01)
