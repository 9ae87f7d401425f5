"""A forecast of what twice the rows bring: simulated curves whose truth is known, and the refusals."""

import time

import numpy as np
import pytest
from scipy import stats

from regctl.analysis.joint_bootstrap import joint_draws
from regctl.analysis.learning_curve import forecast
from regctl.analysis.learning_findings import more_data, no_forecast

SIZES = (80, 160, 240, 400, 640, 960, 1280, 1600)
FRACTIONS = np.array(SIZES) / SIZES[-1]


def simulated(
    law, *, seed: int, subsets: int = 5, rows: int = 400, spread: float = 0.1, sizes=SIZES
) -> np.ndarray:
    """Per-row losses `[K, S, N]` whose mean is `law(n)`, as a nested subset of n rows gives them.

    Half of a row's loss is its own whatever the size; the rest has an effect of the subset that is the mean of as many
    effects as it has rows, so that it is alike in neighbouring sizes.
    """
    generator = np.random.default_rng(seed)
    n = np.array(sizes, dtype=float)
    steps = np.sqrt(np.diff(n, prepend=0))[:, None] * generator.normal(size=(len(n), subsets))
    effect = 1 + spread * np.cumsum(steps, axis=0) / np.sqrt(n)[:, None]
    floor = law(1e12)
    own, other = generator.chisquare(1, (2, rows))
    return (law(n) - floor)[:, None, None] * effect[:, :, None] * other + floor * own


def falling(n):
    return 2 * np.asarray(n, dtype=float) ** -0.5 + 0.2


def ask(losses, sizes=SIZES, **options):
    return forecast(sizes, losses, np.full(losses.shape[:2], 0.1), **options)


@pytest.mark.parametrize(("subsets", "spread"), [(3, 0.3), (5, 0.1)])
def test_intervals_hold_the_truth_about_as_often_as_they_say(subsets, spread):
    # 95 % nominal; of 150 simulations the share has a standard deviation of 1.8 %, and 0.9 is 2.8 of them below. With
    # 300 others it was 0.92 to 0.98 for 2 to 10 subsets.
    truth, now, runs = falling(3200), falling(1600), 150
    held = np.zeros(3)
    for seed in range(runs):
        found = ask(simulated(falling, seed=seed, subsets=subsets, spread=spread), resamples=200, seed=seed)
        held += [
            found.loss.low <= truth <= found.loss.high,
            found.gain.low <= now - truth <= found.gain.high,
            found.left_out.holds,
        ]
    assert (held / runs >= 0.9).all(), held / runs


def test_a_falling_curve_gets_a_forecast_and_more_data_is_likely_to_help():
    found = ask(simulated(falling, seed=0, subsets=10, rows=2000, spread=0.03))
    assert (found.verdict, found.refusal, found.twice) == ("likely", None, 3200)
    assert found.gain.low <= falling(1600) - falling(3200) <= found.gain.high
    assert found.left_out.holds
    finding = more_data(found)
    assert finding.code == "REG301"
    assert "from 1,600 to 3,200 training rows" in finding.message
    assert finding.evidence["gain"] == [found.gain.value, found.gain.low, found.gain.high]
    assert found.gap == pytest.approx(finding.evidence["gap"])
    assert no_forecast(found) is None


def test_a_curve_that_has_gone_flat_is_unlikely_to_gain_from_more():
    verdicts = [
        ask(simulated(lambda n: 0 * n + 1.0, seed=seed) + noise(seed), resamples=500).verdict
        for seed in range(20)
    ]
    assert verdicts.count("unlikely") >= 15
    assert "likely" not in verdicts
    found = ask(simulated(lambda n: 0 * n + 1.0, seed=0) + noise(0))
    assert more_data(found).code == "REG302"


def noise(seed: int) -> np.ndarray:
    """What subsets change, where the number of rows does not matter: half a percent of the loss."""
    return np.random.default_rng(seed).normal(0, 0.005, (8, 5, 1))


def test_too_few_sizes_are_refused_by_number():
    found = ask(simulated(falling, seed=0)[:7], SIZES[:7])
    assert (found.verdict, found.refusal, found.loss, found.fitted) == ("unclear", "sizes", None, None)
    finding = more_data(found)
    assert finding.code == "REG303"
    assert "7 sizes have all their subsets" in finding.message
    assert "8 fractions or more" in finding.suggestion


def test_a_size_with_a_diverged_subset_does_not_count():
    losses = simulated(falling, seed=0)
    losses[2, 1, 5] = np.nan
    found = ask(losses)
    assert found.refusal == "sizes"
    assert found.sizes == (*SIZES[:2], *SIZES[3:])


def test_one_subset_or_one_block_cannot_show_a_spread():
    losses = simulated(falling, seed=0)
    assert ask(losses[:, :1]).refusal == "subsets"
    alone = ask(losses, blocks=np.zeros(400, dtype=np.int64))
    assert alone.refusal == "rows"
    assert "one block" in more_data(alone).message


def test_a_curve_that_turns_is_refused_by_the_size_left_out():
    turning = simulated(falling, seed=0, spread=0.02)
    turning[-1] *= 1.5
    found = ask(turning)
    assert (found.verdict, found.refusal) == ("unclear", "left_out")
    assert not found.left_out.holds
    assert "1,600 rows" in no_forecast(found)
    assert f"{found.left_out.measured:.3g} was measured" in more_data(found).message


def test_a_curve_lost_in_noise_is_refused():
    reasons = {ask(simulated(falling, seed=seed, subsets=2, spread=0.6)).refusal for seed in range(8)}
    assert {"wide", "not_falling"} & reasons
    assert not reasons - {"wide", "not_falling", "left_out"}
    for seed in range(8):
        found = ask(simulated(falling, seed=seed, subsets=2, spread=0.6))
        text = more_data(found).message
        assert {"wide": "wider than the gain", "not_falling": "not shown to fall", "left_out": "measured"}[
            found.refusal
        ] in text


def test_an_interval_wider_than_the_gain_is_no_forecast_unless_all_of_it_is_on_one_side():
    verdicts = set()

    def slow(n):
        return 1 + 0.2 * np.asarray(n, dtype=float) ** -0.15

    for seed in range(60):
        law = (falling, slow)[seed % 2]
        found = ask(simulated(law, seed=seed, subsets=3, spread=0.2), resamples=200)
        verdicts.add((found.verdict, found.refusal))
        wide = found.gain.high - found.gain.low > found.gain.value
        both = found.gain.low < found.worthwhile <= found.gain.high
        if found.refusal is None:
            assert not (wide and both)
        if found.refusal == "wide":
            assert wide
            assert both
        if found.refusal is None:
            sides = {
                "likely": found.gain.low >= found.worthwhile,
                "unlikely": found.gain.high < found.worthwhile,
            }
            assert sides.get(found.verdict, both)
    assert verdicts >= {("likely", None), ("unlikely", None), ("unclear", "wide")}


def test_the_order_of_the_sizes_does_not_matter_and_single_precision_is_enough():
    losses = simulated(falling, seed=0)
    order = np.array([3, 0, 7, 1, 2, 6, 5, 4])
    straight = ask(losses, resamples=100)
    mixed = forecast([SIZES[place] for place in order], losses[order], np.full((8, 5), 0.1), resamples=100)
    assert mixed.gain == straight.gain
    single = ask(losses.astype(np.float32), resamples=100)
    assert single.gain.value == pytest.approx(straight.gain.value, rel=1e-4)


def test_the_band_for_drawing_holds_the_law_and_ends_at_the_forecast():
    found = ask(simulated(falling, seed=0), resamples=300)
    band = found.fitted
    assert (band.sizes[0], band.sizes[-1]) == pytest.approx((80, 3200))
    assert (band.low <= band.high).all()
    assert (band.loss[-1], band.low[-1], band.high[-1]) == pytest.approx(
        (found.loss.value, found.loss.low, found.loss.high)
    )
    law = band.a.value * band.sizes**-band.b.value + band.c.value
    np.testing.assert_allclose(law, band.loss)


def test_two_thousand_refits_take_a_second_or_so():
    losses = simulated(falling, seed=0, rows=600)
    start = time.process_time()
    ask(losses)
    assert time.process_time() - start < 6  # 0.6 s on an idle core


def test_subsets_spread_as_students_t_and_rows_as_their_bootstrap():
    losses = np.random.default_rng(0).normal(1, 0.1, (2, 4, 1)) + np.zeros((2, 4, 30))
    drawn = joint_draws(losses, resamples=40_000)  # all rows alike: subsets alone
    means = losses[:, :, 0].mean(axis=1)
    errors = stats.sem(losses[:, :, 0], axis=1)
    for level in (0.025, 0.25, 0.9):
        expected = means + stats.t.ppf(level, 3) * errors
        assert np.quantile(drawn, level, axis=0) == pytest.approx(expected, abs=0.05 * errors.max())
    rows = np.zeros((2, 4, 1)) + np.random.default_rng(1).chisquare(1, 200)  # all subsets alike: rows alone
    assert joint_draws(rows, resamples=20_000).std(axis=0) == pytest.approx(
        rows[:, 0].std(axis=1) / np.sqrt(200), rel=0.03
    )


def test_rows_of_a_block_are_drawn_together():
    rows = np.repeat(np.random.default_rng(1).chisquare(1, 50), 4) * np.ones((2, 3, 1))
    blocks = np.repeat(np.arange(50), 4)
    whole, single = (joint_draws(rows, each).std(axis=0)[0] for each in (blocks, None))
    assert whole / single == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize(
    ("sizes", "rows", "train"),
    [
        ((1, 2), (3, 2, 4), (3, 2)),
        ((1, 2, 3), (3, 2, 4), (3, 3)),
        ((1, 1, 3), (3, 2, 4), (3, 2)),
        ((1,), (1, 2), (1, 2)),
    ],
)
def test_shapes_that_disagree_and_a_size_twice_are_a_bug(sizes, rows, train):
    with pytest.raises(ValueError, match="expected"):
        forecast(sizes, np.ones(rows), np.ones(train))
    with pytest.raises(ValueError, match="subsets"):
        joint_draws(np.ones((3, 1, 4)))
