import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from regctl.analysis.confusion import class_report, confusion_matrix, wilson


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_counts_and_shares_are_those_of_scikit_learn(classes):
    generator = np.random.default_rng(classes)
    truth = generator.integers(0, classes, 200)
    probabilities = generator.dirichlet(np.ones(classes), 200) + 0.5 * np.eye(classes)[truth]
    predicted = probabilities.argmax(axis=1)
    counts = confusion_matrix(probabilities, truth.astype(float))
    found = class_report(counts)
    np.testing.assert_array_equal(counts, metrics.confusion_matrix(truth, predicted))
    assert found.accuracy.value == metrics.accuracy_score(truth, predicted)
    np.testing.assert_allclose(found.recall, metrics.recall_score(truth, predicted, average=None))
    np.testing.assert_allclose(found.precision, metrics.precision_score(truth, predicted, average=None))
    np.testing.assert_array_equal(found.support, np.bincount(truth, minlength=classes))


def test_a_class_without_rows_or_predictions_has_no_share_and_still_a_place():
    counts = confusion_matrix(np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]), np.array([0, 0]))
    found = class_report(counts)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [0, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(found.recall, [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(found.precision, [1.0, 0.0, np.nan])


def test_of_equal_probabilities_the_first_class_is_predicted():
    assert confusion_matrix(np.array([[0.5, 0.5]]), np.array([1]))[1, 0] == 1


@pytest.mark.parametrize(("successes", "rows"), [(0, 10), (10, 10), (7, 10), (349, 360), (1, 1)])
def test_the_interval_is_scipys_wilson(successes, rows):
    expected = binomtest(successes, rows).proportion_ci(method="wilson")
    found = wilson(successes, rows)
    assert (found.value, found.low, found.high) == pytest.approx((successes / rows, *expected))


@pytest.mark.parametrize(("successes", "rows"), [(0, 0), (3, 2), (-1, 2)])
def test_impossible_counts_are_a_bug(successes, rows):
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, rows)


@pytest.mark.parametrize(
    ("shape", "numbers"), [((3, 2), [0, 1]), ((0, 2), []), ((2, 2), [0, 2]), ((2, 2), [0, 0.5])]
)
def test_rows_that_do_not_fit_are_a_bug(shape, numbers):
    with pytest.raises(ValueError, match="expected"):
        confusion_matrix(np.full(shape, 0.5), np.array(numbers))
