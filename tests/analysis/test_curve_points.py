import math

import numpy as np
import pytest
from scipy import stats

from regctl.analysis.curve import curve
from regctl.analysis.uncertainty import standard_errors

GENERATOR = np.random.default_rng(0)
ROWS = GENERATOR.chisquare(1, (3, 4, 90))
TRAIN = GENERATOR.normal(1, 0.1, (3, 4))
VALUES = (0.0, 0.01, 1.0)


def test_a_point_holds_the_means_over_replicates_and_their_errors():
    for index, point in enumerate(curve(VALUES, TRAIN, ROWS)):
        assert (point.value, point.n) == (VALUES[index], 4)
        assert point.train_loss == pytest.approx(TRAIN[index].mean())
        assert point.validation_loss == pytest.approx(ROWS[index].mean())
        assert point.train_se == pytest.approx(stats.sem(TRAIN[index]))
        errors = standard_errors(ROWS)[index]
        assert (point.se_rows, point.se_seeds) == (errors.rows, errors.seeds)
        assert point.validation_se == pytest.approx(math.hypot(errors.rows, errors.seeds))


def test_one_seed_has_no_spread_over_seeds():
    point = curve(VALUES, TRAIN[:, :1], ROWS[:, :1])[0]
    assert point.train_se is None
    assert point.se_seeds is None
    assert point.validation_se == point.se_rows


@pytest.mark.parametrize("where", ["training", "validation"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_setting_with_a_diverged_replicate_stays_without_a_loss(where, value):
    train, rows = TRAIN.copy(), ROWS.copy()
    if where == "training":
        train[1, 2] = value
    else:
        rows[1, 2, 5] = value
    whole, found = curve(VALUES, TRAIN, ROWS), curve(VALUES, train, rows)
    assert found[1].n == 3
    assert math.isnan(found[1].validation_loss)
    assert math.isnan(found[1].train_loss)
    assert found[1].validation_se is found[1].train_se is None
    assert (found[0], found[2]) == (whole[0], whole[2])


def test_single_precision_losses_are_averaged_in_double():
    rows = np.full((1, 1, 3_000), 0.1, dtype=np.float32)
    (point,) = curve([0.0], np.zeros((1, 1)), rows)
    assert point.validation_loss == pytest.approx(float(np.float32(0.1)), rel=1e-12)


@pytest.mark.parametrize(("train", "rows"), [((3, 3), (3, 4, 9)), ((4, 4), (3, 4, 9)), ((2, 4), (2, 4, 9))])
def test_shapes_that_disagree_are_a_bug(train, rows):
    with pytest.raises(ValueError, match="to agree"):
        curve(VALUES, np.zeros(train), np.zeros(rows))


def test_what_it_is_given_is_not_changed():
    train, rows = TRAIN.copy(), ROWS.copy()
    rows[0, 0, 0] = np.nan
    before = rows.copy()
    curve(VALUES, train, rows)
    np.testing.assert_array_equal(rows, before)
    np.testing.assert_array_equal(train, TRAIN)
