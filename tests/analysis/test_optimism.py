"""The unpaired interval of test − validation loss, against a two-sample bootstrap written out and its coverage."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from regctl.analysis.optimism import optimism
from regctl.analysis.uncertainty import draws, resample


def drawn(losses: np.ndarray, blocks=None):
    columns = np.column_stack([np.ones(len(losses)), losses])
    return draws(resample(columns, blocks), lambda sums: sums[..., 1] / sums[..., 0])


def test_it_agrees_with_scipys_two_sample_bca():
    generator = np.random.default_rng(0)
    test, validation = generator.chisquare(1, 300), 0.8 * generator.chisquare(1, 200)
    found = optimism(drawn(test), validation)
    oracle = bootstrap(
        (test, validation), lambda a, b, axis: a.mean(axis) - b.mean(axis), n_resamples=9_999, rng=generator
    ).confidence_interval
    width = oracle.high - oracle.low
    assert found.value == pytest.approx(test.mean() - validation.mean())
    assert found.low == pytest.approx(oracle.low, abs=0.03 * width)
    assert found.high == pytest.approx(oracle.high, abs=0.03 * width)


def test_groups_widen_it():
    generator = np.random.default_rng(1)
    groups = np.repeat(np.arange(20), 10)
    validation = np.repeat(generator.chisquare(3, 20), 10)
    test = drawn(generator.chisquare(3, 400))
    rows, whole = optimism(test, validation), optimism(test, validation, groups)
    assert whole.high - whole.low > 1.5 * (rows.high - rows.low)


def test_one_block_gives_no_interval():
    found = optimism(drawn(np.arange(10.0)), np.ones(5), np.zeros(5, np.int64))
    assert (found.low, found.high) == (None, None)
    assert found.value == 3.5
