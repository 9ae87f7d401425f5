import numpy as np
import pytest
from scipy import stats

from regctl.engine import random

KEY = random.replicate_key(3, None)


def test_draws_are_uniform():
    draws = random.dropout_noise(KEY, "dropout_1", random.words(range(64)), 1, range(20), 50).ravel()
    assert draws.min() >= 0
    assert draws.max() < 1
    assert stats.kstest(draws, "uniform").pvalue > 0.01


def test_neighbouring_streams_are_uncorrelated():
    draws = random.uniform(random.fold_in(KEY, random.words(range(100))), 2000)
    correlations = np.corrcoef(draws)[np.triu_indices(100, 1)]
    assert np.abs(correlations).max() < 6 / np.sqrt(2000)
    assert stats.kstest(correlations * np.sqrt(2000), "norm").pvalue > 0.001


def test_a_narrower_layer_and_a_shorter_batch_see_the_same_noise():
    wide = random.dropout_noise(KEY, "d", random.words(range(128)), 5, range(10), 64)
    narrow = random.dropout_noise(KEY, "d", random.words(range(32)), 5, range(4, 6), 48)
    assert (wide[4:6, :32, :48] == narrow).all()


def test_initial_weights_follow_the_column_not_its_place():
    full = random.initial_kernel(KEY, "d", ["a", "b", "c"], 8, "glorot_uniform")
    part = random.initial_kernel(KEY, "d", ["c", "a"], 8, "glorot_uniform")
    ratio = np.sqrt((3 + 8) / (2 + 8))
    np.testing.assert_allclose(part, full[[2, 0]] * ratio, rtol=1e-6)


@pytest.mark.parametrize(
    ("initializer", "variance"), [("glorot_uniform", 2 / 700), ("lecun_normal", 1 / 300)]
)
def test_initial_weights_have_keras_variance_and_range(initializer, variance):
    kernel = random.initial_kernel(KEY, "d", range(300), 400, initializer)
    assert kernel.var() == pytest.approx(variance, rel=0.02)
    assert kernel.mean() == pytest.approx(0, abs=4 * np.sqrt(variance / kernel.size))
    limit = np.sqrt(3 * variance) if initializer == "glorot_uniform" else 2 * np.sqrt(variance) / 0.8796
    assert np.abs(kernel).max() <= limit * 1.0001
    assert np.abs(kernel).max() > limit * 0.99


def test_an_epoch_visits_every_row_once_and_epochs_differ():
    orders = [random.batch_order(KEY, epoch, 1000) for epoch in range(3)]
    assert all(sorted(order) == list(range(1000)) for order in orders)
    assert not (orders[0] == orders[1]).all()
    first = [random.batch_order(KEY, epoch, 20)[0] for epoch in range(4000)]
    assert stats.chisquare(np.bincount(first, minlength=20)).pvalue > 0.001


@pytest.mark.parametrize(
    "other", [random.replicate_key(4, None), random.replicate_key(3, 0), random.replicate_key(3, 1)]
)
def test_seed_and_fold_change_every_draw(other):
    assert not (random.batch_order(KEY, 0, 50) == random.batch_order(other, 0, 50)).all()
    ours, theirs = (random.initial_kernel(key, "d", range(5), 5, "glorot_uniform") for key in (KEY, other))
    assert not (ours == theirs).any()
