"""The dropout that the real layers are held against, itself held against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from regctl.analysis.numpy_dropout import NumpyDropout

X = np.random.default_rng(0).normal(size=(50, 40))


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_zeros_have_the_share_of_the_rate_and_the_rest_the_scale(rate):
    out = NumpyDropout(rate, seed=3).forward(X, training=True)
    zeros = int((out == 0).sum())
    assert stats.binomtest(zeros, X.size, rate).pvalue > 0.001
    np.testing.assert_allclose(out[out != 0] / X[out != 0], 1 / (1 - rate), rtol=1e-12)


def test_inference_is_the_identity_and_leaves_no_mask():
    layer = NumpyDropout(0.5)
    layer.forward(X, training=True)
    assert layer.forward(X, training=False) is X
    with pytest.raises(RuntimeError, match="forward pass in training"):
        layer.backward(X)


def test_the_gradient_is_that_of_finite_differences():
    """Of Σ u·y, by central differences with the same draws."""
    x, upstream = X[:4, :5], np.random.default_rng(1).normal(size=(4, 5))
    draws = np.random.default_rng(2).random(x.shape)
    layer = NumpyDropout(0.4)
    layer.forward(x, training=True, draws=draws)
    gradient = layer.backward(upstream)
    numeric, step = np.zeros_like(x), 1e-6
    for place in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        for each, sign in zip(moved, (1, -1), strict=True):
            each[place] += sign * step
        high, low = ((upstream * layer.forward(each, True, draws)).sum() for each in moved)
        numeric[place] = (high - low) / (2 * step)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-8)
    assert ((gradient == 0) == (draws < 0.4)).all()


def test_the_mask_is_released_after_use():
    layer = NumpyDropout(0.5)
    layer.forward(X, training=True)
    layer.backward(X)
    with pytest.raises(RuntimeError, match="forward pass in training"):
        layer.backward(X)
    with pytest.raises(RuntimeError, match="forward pass in training"):
        NumpyDropout(0.5).backward(X)


def test_every_pass_draws_anew_and_a_seed_repeats_them():
    first, other = NumpyDropout(0.5, seed=1), NumpyDropout(0.5, seed=1)
    passes = [first.forward(X, training=True) for _ in range(2)]
    assert (passes[0] != passes[1]).any()
    np.testing.assert_array_equal(other.forward(X, training=True), passes[0])


@given(st.floats(allow_nan=True).filter(lambda rate: not 0 <= rate < 1))
def test_a_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(ValueError, match="expected a rate"):
        NumpyDropout(rate)


def test_shapes_must_agree():
    layer = NumpyDropout(0.5)
    with pytest.raises(ValueError, match="expected draws of shape"):
        layer.forward(X, training=True, draws=X[:, :1])
    layer.forward(X, training=True)
    with pytest.raises(ValueError, match="expected a gradient of shape"):
        layer.backward(X[:1])
