import numpy as np
import pytest

from regctl.analysis import evaluation
from regctl.analysis.evaluation import resampled
from regctl.analysis.measures import Scored, metric_values

GENERATOR = np.random.default_rng(0)
TRUTH = GENERATOR.normal(100, 20, 400)
METRICS = ("rmse", "mae", "r2")


def evaluate(rows, blocks=None):
    return evaluation.evaluate(resampled(rows, METRICS, blocks))


def compare(*both):
    return evaluation.compare(*(resampled(each, METRICS) for each in both))


def scored(spread: float, seed: int = 1, truth: np.ndarray = TRUTH) -> Scored:
    prediction = truth + np.random.default_rng(seed).normal(0, spread, len(truth))
    return Scored(((prediction - truth) / 20) ** 2, prediction, truth)


def test_an_evaluation_holds_loss_and_metrics_with_intervals_around_them():
    rows = scored(5)
    found = evaluate(rows)
    assert found.rows == 400
    assert found.loss.value == pytest.approx(rows.loss.mean())
    for name, value in metric_values(rows.prediction, rows.truth, METRICS).items():
        interval = found.metrics[name]
        assert interval.value == pytest.approx(value)
        assert interval.low < value < interval.high


def test_blocks_widen_an_interval_when_their_rows_err_together():
    blocks = np.repeat(np.arange(40), 10)
    error = GENERATOR.normal(0, 5, 40)[blocks]
    rows = Scored(error**2, TRUTH + error, TRUTH)
    by_row, by_block = evaluate(rows).loss, evaluate(rows, blocks).loss
    assert by_block.high - by_block.low > 2 * (by_row.high - by_row.low)


def test_a_difference_is_paired_by_row():
    noise = GENERATOR.standard_t(3, 400) * 20
    both = [Scored((noise + shift) ** 2, TRUTH + noise + shift, TRUTH) for shift in (0.0, 1.0)]
    found = compare(*both)
    assert found.loss.value == pytest.approx(both[0].loss.mean() - both[1].loss.mean())
    apart = [evaluate(each).loss for each in both]
    width = found.loss.high - found.loss.low
    assert width < 0.2 * sum(each.high - each.low for each in apart)


def test_a_clear_difference_is_shown_and_none_is_not():
    clear, none = compare(scored(2), scored(8, 2)), compare(scored(5, 3), scored(5, 4))
    assert clear.loss.high < 0
    assert clear.metrics["rmse"].high < 0
    assert clear.metrics["r2"].low > 0
    assert none.loss.low < 0 < none.loss.high


def test_a_model_against_itself_differs_by_exactly_nothing():
    found = compare(scored(5), scored(5))
    for interval in (found.loss, *found.metrics.values()):
        assert (interval.value, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_models_scored_on_other_rows_cannot_be_compared():
    with pytest.raises(ValueError, match="same rows"):
        compare(scored(5), scored(5, truth=TRUTH[::-1].copy()))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_rows_are_handled_without_warnings(rows):
    found = evaluate(scored(5, truth=TRUTH[:rows]))
    if rows == 1:
        assert found.loss.low is None
        assert np.isnan(found.metrics["r2"].value)


def test_equal_truths_have_no_r2_and_still_a_loss():
    found = evaluate(scored(5, truth=np.full(50, 7.0)))
    assert np.isnan(found.metrics["r2"].value)
    assert found.metrics["r2"].low is None
    assert found.loss.low < found.loss.value < found.loss.high


def test_a_model_that_blew_up_has_its_infinite_loss_and_no_interval():
    rows = scored(5)
    blown = Scored(np.where(np.arange(400) == 3, np.inf, rows.loss), rows.prediction * 1e200, rows.truth)
    found = evaluate(blown)
    assert found.loss.value == np.inf
    assert found.loss.low is None
    assert compare(blown, rows).loss.low is None
