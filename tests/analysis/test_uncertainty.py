import numpy as np
import pytest
from scipy import stats

from regctl.analysis import uncertainty
from regctl.analysis.metrics import mean_loss, metric_columns
from regctl.analysis.uncertainty import (
    Resamples,
    block_sums,
    draws,
    interval,
    resample,
    standard_errors,
)

GENERATOR = np.random.default_rng(0)


def bca_interval(resamples, statistic):
    return interval(draws(resamples, statistic))


def mean_columns(losses: np.ndarray) -> np.ndarray:
    return metric_columns(losses, np.zeros(len(losses)), np.zeros(len(losses)))


def test_se_over_rows_is_sd_over_root_n():
    losses = GENERATOR.chisquare(1, (4, 1, 800))
    errors = standard_errors(losses)
    for found, rows in zip(errors, losses[:, 0], strict=True):
        assert found.rows == pytest.approx(rows.std() / np.sqrt(800), rel=0.06)
        assert found.seeds is None
        assert found.validation == found.rows


def test_the_per_row_loss_is_averaged_over_seeds_first():
    common = GENERATOR.chisquare(1, 500)
    noise = GENERATOR.normal(0, 3, (50, 500))
    (found,) = standard_errors((common + noise)[None])
    assert found.rows == pytest.approx((common + noise).mean(axis=0).std() / np.sqrt(500), rel=0.06)
    assert found.rows < 0.5 * (common + noise).std() / np.sqrt(500)


def test_se_over_seeds_is_sd_over_root_s_of_the_seeds_means():
    losses = GENERATOR.normal(1, 0.1, (2, 5, 40))
    for found, seeds in zip(standard_errors(losses), losses.mean(axis=2), strict=True):
        assert found.seeds == pytest.approx(stats.sem(seeds), rel=1e-12)
        assert found.validation == pytest.approx(np.sqrt(found.rows**2 + found.seeds**2), rel=1e-12)


def test_with_whole_blocks_the_error_is_that_between_blocks():
    blocks = np.repeat(np.arange(60), 20)
    effect = GENERATOR.normal(0, 1, 60)
    losses = (5 + effect[blocks])[None, None]
    (by_block,), (by_row,) = standard_errors(losses, blocks), standard_errors(losses)
    assert by_block.rows == pytest.approx(effect.std() / np.sqrt(60), rel=0.06)
    assert by_row.rows < by_block.rows / 3


def test_blocks_of_different_sizes_weigh_by_their_rows():
    sizes = GENERATOR.integers(1, 30, 200)
    blocks = np.repeat(np.arange(200), sizes)
    losses = GENERATOR.chisquare(2, sizes.sum())
    (found,) = standard_errors(losses[None, None], blocks)
    # The linearised (sandwich) error of a ratio of sums.
    residuals = np.bincount(blocks, losses - losses.mean())
    assert found.rows == pytest.approx(np.sqrt((residuals**2).sum()) / sizes.sum(), rel=0.08)


def test_the_order_and_the_numbers_of_blocks_do_not_matter():
    columns = GENERATOR.normal(size=(6, 2))
    sums = block_sums(columns, np.array([7, -1, 7, 3, 3, 7]))
    np.testing.assert_allclose(sums, [columns[1], columns[[3, 4]].sum(0), columns[[0, 2, 5]].sum(0)])


def test_the_same_seed_gives_the_same_bits_and_another_another():
    losses = GENERATOR.chisquare(1, (3, 2, 100))
    assert standard_errors(losses) == standard_errors(losses)
    assert standard_errors(losses)[0].rows != standard_errors(losses, seed=1)[0].rows


def test_equal_losses_have_no_error_and_one_row_or_block_an_unknown_one():
    (equal,) = standard_errors(np.full((1, 2, 10), 0.1))
    assert (equal.rows, equal.seeds, equal.validation) == (0.0, 0.0, 0.0)
    for losses, blocks in ((np.ones((1, 1, 1)), None), (np.ones((1, 1, 9)), np.zeros(9, np.int64))):
        (found,) = standard_errors(losses, blocks)
        assert found.rows is None
        assert found.validation is None


def test_a_setting_with_a_diverged_replicate_has_no_errors_and_leaves_the_others_theirs():
    losses = GENERATOR.chisquare(1, (3, 2, 50))
    clean = standard_errors(losses)
    losses[1, 0] = np.nan
    found = standard_errors(losses)
    assert found[1].validation is None
    assert found[1].seeds is None
    assert (found[0], found[2]) == (clean[0], clean[2])


@pytest.mark.parametrize("shape", [(3,), (3, 4), (1, 1, 1, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="settings, replicates, rows"):
        standard_errors(np.zeros(shape))


def test_blocks_must_number_every_row():
    with pytest.raises(ValueError, match="one block number per row"):
        standard_errors(np.zeros((1, 1, 3)), np.zeros(2, np.int64))


@pytest.mark.parametrize("rows", [20, 200])
def test_the_bca_interval_of_a_mean_agrees_with_scipy(rows):
    losses = np.random.default_rng(rows).chisquare(1, rows)
    found = bca_interval(resample(mean_columns(losses)), mean_loss)
    oracle = stats.bootstrap((losses,), np.mean, n_resamples=9999, method="BCa", rng=1).confidence_interval
    width = oracle.high - oracle.low
    assert found.value == pytest.approx(losses.mean(), rel=1e-12)
    assert found.low == pytest.approx(oracle.low, abs=0.03 * width)
    assert found.high == pytest.approx(oracle.high, abs=0.03 * width)


def test_resamples_that_all_lie_on_one_side_of_the_value_have_no_interval():
    column = Resamples(np.zeros(1), np.linspace(1, 2, 99)[:, None], np.array([[0.0], [0.1], [0.5]]))
    found = bca_interval(column, lambda sums: sums[..., 0])
    assert (found.value, found.low, found.high) == (0.0, None, None)


def test_bca_is_not_symmetric_for_skewed_losses():
    losses = GENERATOR.chisquare(1, 60)
    found = bca_interval(resample(mean_columns(losses)), mean_loss)
    assert found.high - found.value > 1.1 * (found.value - found.low)


def test_bca_intervals_cover_the_true_mean_squared_error(monkeypatch):
    monkeypatch.setattr(uncertainty, "_INTERVAL_RESAMPLES", 1_999)
    covered = 0
    for seed in range(200):
        losses = np.random.default_rng(seed).chisquare(1, 60)
        found = bca_interval(resample(mean_columns(losses), seed=seed), mean_loss)
        covered += found.low <= 1.0 <= found.high
    assert 0.89 <= covered / 200 <= 0.98


def test_equal_rows_give_an_interval_of_no_width_and_one_row_gives_none():
    equal = bca_interval(resample(mean_columns(np.full(7, 0.1))), mean_loss)
    assert (equal.low, equal.high) == pytest.approx((0.1, 0.1), rel=1e-12)
    single = bca_interval(resample(mean_columns(np.ones(1))), mean_loss)
    assert (single.value, single.low, single.high) == (1.0, None, None)


def test_how_the_resamples_are_cut_does_not_change_them(monkeypatch):
    columns = mean_columns(GENERATOR.integers(0, 9, 100).astype(float))
    whole = resample(columns).bootstrap
    monkeypatch.setattr(uncertainty, "_COUNTS_AT_ONCE", 700)
    np.testing.assert_array_equal(resample(columns).bootstrap, whole)


@pytest.mark.parametrize("unit", [1e-150, 1e120])
def test_an_interval_does_not_depend_on_the_unit(unit):
    losses = GENERATOR.chisquare(1, 50)
    found, other = (bca_interval(resample(mean_columns(each)), mean_loss) for each in (losses, losses * unit))
    assert (other.low / unit, other.high / unit) == pytest.approx((found.low, found.high), rel=1e-9)
