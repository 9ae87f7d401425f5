"""The paired difference of two settings is the mean of row differences, with scipy's BCa interval."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import bootstrap

from regctl.analysis.paired import Trained, paired_difference


def invented(rows: int = 300, seeds: int = 3, shift: float = -0.05) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    hard = generator.chisquare(1, rows)  # what makes a row hard for both
    first = hard * generator.normal(1, 0.05, (seeds, rows))
    return first, hard * generator.normal(1, 0.05, (seeds, rows)) + shift + generator.normal(0, 0.2, rows)


def fixed(losses: np.ndarray) -> Trained:
    return Trained(losses, range(len(losses)), fixed=True)


def exact(first: np.ndarray, second: np.ndarray, blocks: np.ndarray | None = None):
    """Of models that no seed would change."""
    return paired_difference(
        *(Trained(each.mean(axis=0)[None], [0], fixed=True) for each in (first, second)), blocks
    )


def test_it_is_the_mean_difference_with_the_interval_of_scipy():
    first, second = invented()
    found = exact(first, second)
    difference = second.mean(axis=0) - first.mean(axis=0)
    assert found.loss.value == pytest.approx(difference.mean(), rel=1e-12)
    by_scipy = bootstrap(
        (difference,), np.mean, n_resamples=9_999, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    width = by_scipy.high - by_scipy.low
    assert (found.loss.low, found.loss.high) == pytest.approx((by_scipy.low, by_scipy.high), abs=0.03 * width)
    assert (found.rows, found.blocks, found.seeds_known) == (300, 300, True)


def test_pairing_by_row_takes_out_what_makes_a_row_hard():
    first, second = invented()
    found = exact(first, second).loss
    unpaired = 2 * 1.96 * np.sqrt((first.mean(axis=0).var() + second.mean(axis=0).var()) / 300)
    assert found.high - found.low < unpaired / 3


def test_blocks_are_drawn_whole():
    first, second = invented()
    found = exact(first, second)
    twice = [np.repeat(each, 2, axis=1) for each in (first, second)]
    blocked = exact(*twice, np.repeat(np.arange(300), 2))
    assert (blocked.rows, blocked.blocks) == (600, 300)
    assert (blocked.loss.low, blocked.loss.high) == pytest.approx((found.loss.low, found.loss.high), rel=1e-9)
    naive = exact(*twice).loss  # as if copies were news
    assert naive.high - naive.low < 0.8 * (blocked.loss.high - blocked.loss.low)


def test_seeds_are_compared_where_both_have_them():
    first = Trained(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 5.0]]), [0, 1, 1])
    found = paired_difference(first, Trained(np.array([[0.0, 0.0], [1.5, 1.5]]), [1, 7]))
    assert found.by_seed == {1: -3.0}  # both repeats of seed 1: 0 − (2 + 4)/2


def test_where_rows_agree_the_interval_is_students_over_seeds():
    first = np.zeros((4, 50))
    levels = np.array([0.1, 0.2, 0.15, 0.3])
    second = np.repeat(levels[:, None], 50, axis=1)
    found = paired_difference(Trained(first, range(4)), Trained(second, range(4))).loss
    assert (found.low, found.high) == pytest.approx(
        stats.t.interval(0.95, 3, levels.mean(), stats.sem(levels)), rel=1e-9
    )
    others = paired_difference(Trained(first, range(4)), Trained(second, range(4, 8))).loss  # Welch's
    welch = stats.ttest_ind(levels, np.zeros(4), equal_var=False).confidence_interval(0.95)
    assert (others.low, others.high) == pytest.approx((welch.low, welch.high), rel=1e-9)


def test_one_seed_alone_is_said_to_tell_nothing_of_others():
    first, second = invented()
    alone = paired_difference(Trained(first[:1], [0]), Trained(second, [0, 1, 2]))
    assert alone.seeds_known is False
    assert paired_difference(fixed(first[:1]), Trained(second, [0, 1, 2])).seeds_known is True


@pytest.mark.parametrize(("seed_sd", "shared"), [(0.0, True), (0.05, True), (0.2, False)])
def test_the_interval_covers_the_truth_in_about_95_of_100_samples(seed_sd, shared):
    """200 rows whose differences have sd 0.5 (0.035 of their mean), 4 seeds on either side; 300 samples."""
    generator = np.random.default_rng(0)
    samples, rows, seeds, truth, covered = 300, 200, 4, 0.1, 0
    for _ in range(samples):
        hard = generator.chisquare(1, rows)
        apart = hard + generator.normal(truth, 0.5, rows)
        levels = [generator.normal(0, seed_sd, (seeds, 1)) for _ in range(2)]
        first, second = hard + levels[0], apart + levels[1]
        own = range(seeds) if shared else range(seeds, 2 * seeds)
        found = paired_difference(Trained(first, range(seeds)), Trained(second, own)).loss
        covered += found.low <= truth <= found.high
    assert 0.91 <= covered / samples <= 0.99  # three standard errors of 300 samples are 3.8 %


def test_runs_that_differ_in_their_seeds_alone_show_no_difference():
    """The same setting with three seeds and with three others: a difference is shown in about one of twenty."""
    generator, shown = np.random.default_rng(1), 0
    for _ in range(200):
        hard = generator.chisquare(1, 100)
        runs = [
            hard * (1 + generator.normal(0, 0.1, (3, 1))) + generator.normal(0, 0.05, (3, 100))
            for _ in range(2)
        ]
        found = paired_difference(Trained(runs[0], [0, 1, 2]), Trained(runs[1], [3, 4, 5])).loss
        shown += not found.low <= 0 <= found.high
    assert shown <= 20


def test_other_rows_are_refused():
    with pytest.raises(ValueError, match="replicates, rows"):
        paired_difference(fixed(np.zeros((1, 3))), fixed(np.zeros((1, 4))))
    with pytest.raises(ValueError, match="finite"):
        paired_difference(fixed(np.full((1, 3), np.nan)), fixed(np.zeros((1, 3))))
