"""The metrics of classes against scikit-learn, and on resamples against scikit-learn on the drawn rows."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn

from regctl.analysis import evaluation, uncertainty
from regctl.analysis.evaluation import resampled
from regctl.analysis.losses import per_row, probabilities
from regctl.analysis.measures import Scored, metric_values
from regctl.analysis.ranking import RANK_METRICS, rank_metrics, rankings
from regctl.analysis.uncertainty import interval, weighted_draws

METRICS = ("accuracy", "balanced_accuracy", "roc_auc", "pr_auc", "log_loss", "calibration_error")
LOSS = {2: "binary_crossentropy", 3: "categorical_crossentropy", 5: "categorical_crossentropy"}


def scored(classes: int, rows: int = 300, seed: int = 0, decimals: int | None = None) -> Scored:
    """A fair model of unbalanced classes; `decimals` makes ties."""
    generator = np.random.default_rng(seed)
    truth = np.minimum(*np.random.default_rng(99).integers(0, classes, (2, rows))).astype(np.float64)
    logits = generator.normal(0, 1, (rows, classes)) + 1.2 * (truth[:, None] == np.arange(classes))
    score = logits[:, 1] - logits[:, 0] if classes == 2 else logits
    score = score if decimals is None else np.round(score, decimals)
    return Scored(per_row(LOSS[classes], score, truth), probabilities(LOSS[classes], score), truth)


def oracle(p: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """scikit-learn's numbers; the calibration error bin by bin, by its definition."""
    best, confidence = p.argmax(axis=1), p.max(axis=1)
    one_hot = y[:, None] == np.arange(p.shape[1])
    of = (one_hot[:, 1], p[:, 1]) if p.shape[1] == 2 else (one_hot, p)
    calibration = 0.0
    for number in range(1, 16):
        inside = (confidence > (number - 1) / 15) & (confidence <= number / 15)
        if inside.any():
            gap = confidence[inside].mean() - (best == y)[inside].mean()
            calibration += inside.mean() * abs(gap)
    return {
        "accuracy": sklearn.accuracy_score(y, best),
        "balanced_accuracy": sklearn.balanced_accuracy_score(y, best),
        "roc_auc": sklearn.roc_auc_score(*of, average="macro"),
        "pr_auc": sklearn.average_precision_score(*of, average="macro"),
        "log_loss": sklearn.log_loss(y, p),
        "calibration_error": calibration,
    }


@pytest.mark.parametrize("decimals", [None, 0], ids=["distinct", "ties"])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_metrics_agree_with_scikit_learn(classes, decimals):
    rows = scored(classes, decimals=decimals)
    found = metric_values(rows.prediction, rows.truth, METRICS)
    assert found == pytest.approx(oracle(rows.prediction, rows.truth), rel=1e-12)
    assert list(found) == list(METRICS)


@pytest.mark.parametrize("classes", [2, 3])
def test_weighted_rows_have_the_metrics_of_rows_repeated_so_often(classes):
    rows = scored(classes, rows=80, decimals=1)
    counts = np.random.default_rng(1).multinomial(80, np.full(80, 1 / 80), 20).astype(np.float64)
    found = rank_metrics(rankings(rows.prediction, rows.truth), counts)
    for drawn, areas in zip(counts, found.T, strict=True):
        repeated = np.repeat(np.arange(80), drawn.astype(int))
        expected = oracle(rows.prediction[repeated], rows.truth[repeated])
        assert dict(zip(RANK_METRICS, areas, strict=True)) == pytest.approx(
            {name: expected[name] for name in RANK_METRICS}, rel=1e-12
        )


def test_every_resample_and_jackknife_is_scikit_learns_metric_of_those_rows(monkeypatch):
    monkeypatch.setattr(uncertainty, "_INTERVAL_RESAMPLES", 30)
    monkeypatch.setattr(uncertainty, "_WEIGHTED_RESAMPLES", (30, 30))
    rows = scored(3, rows=90)
    found = resampled(rows, METRICS, seed=4)
    drawn = np.random.default_rng(4).integers(0, 90, (30, 90))
    left_out = [np.delete(np.arange(90), row) for row in range(90)]
    single = [oracle(rows.prediction[each], rows.truth[each]) for each in left_out]
    expected = [oracle(rows.prediction[each], rows.truth[each]) for each in drawn]
    for name in METRICS:
        np.testing.assert_allclose(
            found.metrics[name].bootstrap, [each[name] for each in expected], rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(
            found.metrics[name].jackknife, [each[name] for each in single], rtol=1e-9, atol=1e-12
        )


def test_blocks_are_drawn_whole_for_areas_too():
    rows = scored(2, rows=120)
    blocks = np.repeat(np.arange(30), 4) * 7 - 3
    ranked = rankings(rows.prediction, rows.truth)
    seen = []

    def statistics(weights):
        seen.append(weights)
        return rank_metrics(ranked, weights)

    weighted_draws(statistics, 120, blocks)
    for weights in seen:
        np.testing.assert_array_equal(weights.reshape(len(weights), 30, 4).std(axis=2), 0)
    assert {float(weights.sum()) for weights in seen[-1:]} == {120.0}


def test_groups_of_blocks_left_out_give_the_acceleration_of_single_ones(monkeypatch):
    """On a mean of skewed numbers, whose acceleration is skewness / (6 √n)."""
    monkeypatch.setattr(uncertainty, "_WEIGHTED_RESAMPLES", (9, 9))
    numbers = np.random.default_rng(0).lognormal(0, 1.2, 4_000)

    def mean(weights):
        return (weights @ numbers / weights.sum(axis=1))[None]

    (found,) = weighted_draws(mean, 4_000)
    assert len(found.jackknife) == 400
    expected = stats.skew(numbers) / (6 * np.sqrt(4_000))
    assert expected > 0.01
    assert uncertainty._acceleration(found.jackknife) == pytest.approx(expected, rel=0.3)


def test_a_model_against_itself_differs_by_exactly_nothing_in_every_metric():
    rows = resampled(scored(3), METRICS)
    found = evaluation.compare(rows, resampled(scored(3), METRICS))
    for each in (found.loss, *found.metrics.values()):
        assert (each.value, each.low, each.high) == (0.0, 0.0, 0.0)


def test_a_difference_of_areas_is_paired_by_row():
    first = scored(2, rows=500)
    nearly = first.prediction.copy()
    nearly[:3] = nearly[:3, ::-1]
    second = Scored(first.loss, nearly, first.truth)
    apart, both = (resampled(each, METRICS) for each in (first, second))
    found = evaluation.compare(apart, both).metrics["roc_auc"]
    single = interval(apart.metrics["roc_auc"])
    assert found.high - found.low < 0.5 * (single.high - single.low)


def test_a_class_without_rows_has_no_areas_and_does_not_count_in_balanced_accuracy():
    rows = scored(3)
    kept = rows.truth < 2
    found = metric_values(rows.prediction[kept], rows.truth[kept], METRICS)
    assert math.isnan(found["roc_auc"])
    assert math.isnan(found["pr_auc"])
    best = rows.prediction[kept].argmax(axis=1)
    recalls = [(best[rows.truth[kept] == number] == number).mean() for number in (0, 1)]
    assert found["balanced_accuracy"] == pytest.approx(np.mean(recalls))


def test_a_diverged_model_has_no_metrics():
    rows = scored(2)
    found = metric_values(np.full_like(rows.prediction, np.nan), rows.truth, METRICS)
    assert all(math.isnan(value) for value in found.values())


def test_a_class_given_no_probability_has_an_infinite_log_loss_and_no_interval():
    rows = scored(2, rows=20)
    certain = np.where(rows.prediction == rows.prediction, [[1.0, 0.0]], 0.0)
    found = evaluation.evaluate(resampled(Scored(rows.loss, certain, rows.truth), METRICS))
    assert found.metrics["log_loss"].value == math.inf
    assert found.metrics["log_loss"].low is None


def test_probabilities_that_do_not_belong_to_the_rows_are_refused():
    rows = scored(2, rows=20)
    with pytest.raises(ValueError, match="classes"):
        metric_values(rows.prediction[:-1], rows.truth, METRICS)
