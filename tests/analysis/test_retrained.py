"""The difference of two settings retrained on the same seeds: value, standard error and coverage."""

import numpy as np
import pytest
from scipy import stats

from regctl.analysis.retrained import fold_difference, row_difference


def test_with_one_seed_it_is_the_paired_t_interval_over_rows():
    random = np.random.default_rng(0)
    first, second = random.normal(size=(1, 400)), random.normal(size=(1, 400)) + 0.2
    found = row_difference(first, second)
    differences = (first - second)[0]
    low, high = stats.t.interval(0.95, 399, differences.mean(), stats.sem(differences))
    assert found.value == pytest.approx(differences.mean(), rel=1e-12)
    # The standard error is a bootstrap's: 2,000 resamples know it to some 2 %.
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.05 * stats.sem(differences) * 1.96)


def test_rows_that_belong_together_count_once():
    random = np.random.default_rng(1)
    of_block = random.normal(size=30)
    differences = np.repeat(of_block, 20)[None]
    blocks = np.repeat(np.arange(30), 20)
    apart = row_difference(differences, 0 * differences)
    together = row_difference(differences, 0 * differences, blocks)
    assert together.high - together.low > 4 * (apart.high - apart.low)
    assert together.high - together.low == pytest.approx(
        2 * stats.t.ppf(0.975, 29) * stats.sem(of_block), rel=0.08
    )


def test_under_k_fold_it_is_the_t_interval_over_folds():
    random = np.random.default_rng(2)
    first, second = random.normal(size=(3, 5)), random.normal(size=(3, 5))
    by_fold = (first - second).mean(axis=0)
    found = fold_difference(first, second)
    low, high = stats.t.interval(0.95, 4, by_fold.mean(), stats.sem(by_fold))
    assert (found.value, found.low, found.high) == pytest.approx((by_fold.mean(), low, high), rel=1e-12)


def test_a_diverged_replicate_has_no_interval():
    losses = np.ones((2, 10))
    lost = losses.copy()
    lost[1] = np.nan
    for found in (row_difference(lost, losses), fold_difference(lost, losses)):
        assert np.isnan(found.value)
        assert found.low is found.high is None


def test_one_row_has_no_interval_and_equal_settings_differ_by_exactly_nothing():
    assert row_difference(np.ones((2, 1)), np.zeros((2, 1))).low is None
    losses = np.random.default_rng(3).normal(size=(3, 50))
    found = row_difference(losses, losses)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("seed_sd", "row_sd"), [(0.0, 1.0), (0.05, 1.0), (0.3, 1.0)])
def test_its_interval_covers_the_true_difference(seed_sd, row_sd):
    """400 simulations of 200 rows × 3 seeds, normal effects of seeds and rows.

    95 % ± 2 (two standard errors of the simulation) where rows matter most; where three seeds do, Satterthwaite's
    estimate of the degrees of freedom is rough, and some 92 % cover.
    """
    random, covered, runs = np.random.default_rng(4), 0, 400
    for _ in range(runs):
        seeds, rows = random.normal(size=(3, 1)) * seed_sd, random.normal(size=(1, 200)) * row_sd
        found = row_difference(0.1 + seeds + rows + random.normal(size=(3, 200)) * 0.1, np.zeros((3, 200)))
        covered += found.low <= 0.1 <= found.high
    assert (0.93 if seed_sd < 0.1 else 0.90) <= covered / runs <= 0.98
