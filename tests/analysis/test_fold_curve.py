"""The curve under k-fold."""

import numpy as np
import pytest

from regctl.analysis.curve import fold_curve
from regctl.analysis.uncertainty import se_folds


def test_the_standard_error_is_the_folds_sd_over_root_k():
    losses = np.array([[1.0, 2.0, 3.0, 6.0], [3.0, 4.0, 5.0, 8.0]])  # two seeds, four folds
    means = [2.0, 3.0, 4.0, 7.0]
    assert se_folds(losses) == pytest.approx(np.std(means, ddof=1) / 2, rel=1e-15)


def test_repeats_make_the_standard_error_steadier_but_no_smaller():
    generator = np.random.default_rng(0)
    once = generator.normal(size=(400, 1, 5))
    many = generator.normal(size=(400, 1, 50))
    single, repeated = se_folds(once), se_folds(many, repeats=10)
    assert np.sqrt(np.mean(repeated**2)) == pytest.approx(np.sqrt(1 / 5), rel=0.03)
    assert np.sqrt(np.mean(single**2)) == pytest.approx(np.sqrt(1 / 5), rel=0.1)
    assert repeated.std() < single.std() / 2


def test_points_are_means_over_seeds_and_folds():
    generator = np.random.default_rng(1)
    train, validation = generator.uniform(1, 2, (2, 3, 2, 6))
    points = fold_curve([0.0, 0.1, 1.0], train, validation, repeats=2)
    for index, point in enumerate(points):
        assert point.n == 12
        assert point.train_loss == pytest.approx(train[index].mean(), rel=1e-12)
        assert point.validation_loss == pytest.approx(validation[index].mean(), rel=1e-12)
        assert point.validation_se == pytest.approx(float(se_folds(validation[index], 2)), rel=1e-12)
        assert (point.se_rows, point.se_seeds) == (None, None)


def test_a_setting_that_diverged_in_one_fold_has_no_loss():
    losses = np.ones((2, 1, 3))
    losses[0, 0, 1] = np.nan
    lost, whole = fold_curve([0.0, 1.0], losses, losses)
    assert (lost.n, whole.n) == (2, 3)
    assert np.isnan(lost.validation_loss)
    assert lost.validation_se is None
    assert whole.validation_loss == 1.0


def test_shapes_that_disagree_are_refused():
    with pytest.raises(ValueError, match=r"expected \[settings, seeds, folds\] to agree"):
        fold_curve([0.0], np.ones((1, 1, 3)), np.ones((1, 1, 4)))
