"""The paired difference of two settings is the mean of row differences, with scipy's BCa interval."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from regctl.analysis.paired import paired_difference


def invented(rows: int = 300, seeds: int = 3, shift: float = -0.05) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    hard = generator.chisquare(1, rows)  # what makes a row hard for both
    first = hard * generator.normal(1, 0.05, (seeds, rows))
    return first, hard * generator.normal(1, 0.05, (seeds, rows)) + shift + generator.normal(0, 0.2, rows)


def test_it_is_the_mean_difference_with_the_interval_of_scipy():
    first, second = invented()
    found = paired_difference(first, second, ([0, 1, 2], [0, 1, 2]))
    difference = second.mean(axis=0) - first.mean(axis=0)
    assert found.loss.value == pytest.approx(difference.mean(), rel=1e-12)
    by_scipy = bootstrap(
        (difference,), np.mean, n_resamples=9_999, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    width = by_scipy.high - by_scipy.low
    assert (found.loss.low, found.loss.high) == pytest.approx((by_scipy.low, by_scipy.high), abs=0.03 * width)
    assert (found.rows, found.blocks) == (300, 300)


def test_pairing_by_row_takes_out_what_makes_a_row_hard():
    first, second = invented()
    found = paired_difference(first, second, ([0, 1, 2], [0, 1, 2])).loss
    unpaired = 2 * 1.96 * np.sqrt((first.mean(axis=0).var() + second.mean(axis=0).var()) / 300)
    assert found.high - found.low < unpaired / 3


def test_blocks_are_drawn_whole():
    first, second = invented()
    found = paired_difference(first, second, ([0, 1, 2], [0, 1, 2]))
    twice = [np.repeat(each, 2, axis=1) for each in (first, second)]
    blocked = paired_difference(*twice, ([0, 1, 2], [0, 1, 2]), np.repeat(np.arange(300), 2))
    assert blocked.blocks == 300
    assert blocked.rows == 600
    assert (blocked.loss.low, blocked.loss.high) == pytest.approx((found.loss.low, found.loss.high), rel=1e-9)
    naive = paired_difference(*twice, ([0, 1, 2], [0, 1, 2])).loss  # as if copies were news
    assert naive.high - naive.low < 0.8 * (blocked.loss.high - blocked.loss.low)


def test_seeds_are_compared_where_both_have_them():
    first, second = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 5.0]]), np.array([[0.0, 0.0], [1.5, 1.5]])
    found = paired_difference(first, second, ([0, 1, 1], [1, 7]))
    assert found.by_seed == {1: -3.0}  # both repeats of seed 1: 0 − (2 + 4)/2


def test_the_interval_covers_the_truth_in_about_95_of_100_samples():
    generator = np.random.default_rng(0)
    samples, rows, truth = 300, 200, 0.1
    covered = 0
    for _ in range(samples):
        hard = generator.chisquare(1, rows)
        found = paired_difference(
            hard[None], (hard + generator.normal(truth, 0.5, rows))[None], ([0], [0])
        ).loss
        covered += found.low <= truth <= found.high
    assert 0.91 <= covered / samples <= 0.985  # 95 % ± three standard errors of 300 samples


def test_other_rows_are_refused():
    with pytest.raises(ValueError, match="replicates, rows"):
        paired_difference(np.zeros((1, 3)), np.zeros((1, 4)), ([0], [0]))
    with pytest.raises(ValueError, match="finite"):
        paired_difference(np.full((1, 3), np.nan), np.zeros((1, 3)), ([0], [0]))
