"""Findings about training, noise, columns and tails, each on arrays that show it and on such that do not."""

import numpy as np
import pytest

from regctl.analysis.collinearity import arbitrary_choice
from regctl.analysis.learning_findings import no_learning_curve
from regctl.analysis.rate_findings import dropout_on_few_rows, unusual_rates
from regctl.analysis.settling import not_converged, still_falling
from regctl.analysis.tails import doubtful_interval
from regctl.datasets.findings import class_imbalance


def course(last: float, epochs: int = 40) -> np.ndarray:
    """A loss that falls to 1, and over its last quarter along a line by so much of its mean there."""
    line = 1 - last * (np.arange(10) - 4.5) / 10
    return np.concatenate([np.linspace(2, line[0], epochs - 10), line])


def test_the_fall_is_that_of_the_line_through_the_last_quarter():
    fall, error = still_falling([course(0.05), course(0.07)], 40)
    assert fall == pytest.approx(0.06)
    assert error == pytest.approx(0.01)
    assert still_falling([course(0.05)], 40) == (pytest.approx(0.05), None)


def test_a_loss_that_still_falls_is_told_and_one_that_has_settled_is_not():
    found = not_converged([course(0.05)], 40, "reference")
    assert (found.code, found.severity) == ("REG205", "warning")
    assert "Training of the reference had not converged" in found.message
    assert "still fell by 5.0 %" in found.message
    assert not_converged([course(0.019)], 40, "reference") is None
    assert not_converged([course(0.021)], 40, "reference") is not None
    assert not_converged([course(-0.3)], 40, "reference") is None


def test_a_fall_within_chance_over_seeds_is_not_told():
    assert not_converged([course(0.3), course(-0.2)], 40, "reference") is None
    assert not_converged([course(0.06), course(0.04), course(0.05)], 40, "reference") is not None


def test_what_early_stopping_ended_has_arrived_and_few_epochs_say_nothing():
    assert not_converged([course(0.5)[:39]], 40, "reference") is None
    assert not_converged([np.linspace(2, 1, 7)], 7, "reference") is None
    assert not_converged([np.array([2.0, np.nan] * 20)], 40, "reference") is None


def test_dropout_on_few_rows():
    found = dropout_on_few_rows(499, 0.2)
    assert (found.code, found.severity) == ("REG603", "note")
    assert dropout_on_few_rows(500, 0.2) is None
    assert dropout_on_few_rows(10, 0.0) is None


def test_rates_outside_the_usual_range_of_their_layer():
    found = unusual_rates({1: 0.2, 2: 0.7}, 0.5)
    assert found.code == "REG604"
    assert found.message.endswith("0.7 after hidden layer 2, 0.5 of the columns.")
    assert unusual_rates({1: 0.1, 2: 0.5}, 0.2) is None
    assert unusual_rates({1: 0.0}, 0.0) is None
    assert "0.05 after hidden layer 1" in unusual_rates({1: 0.05}, 0.0).message


def test_columns_that_correlate_are_named_unless_they_come_from_one():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 300))
    near = -a + 0.1 * generator.normal(size=300)
    design = np.stack([a, b, near, np.zeros(300)], axis=1).astype(np.float32)
    found = arbitrary_choice(["area", "age", "land", "zero"], design, np.arange(4))
    assert (found.code, found.severity) == ("REG605", "note")
    expected = float(np.corrcoef(a, near)[0, 1])
    (pair,) = found.evidence["closest"]
    assert pair[:2] == ["area", "land"]
    assert pair[2] == pytest.approx(expected, abs=1e-5)
    assert "1 pair of columns" in found.message
    assert arbitrary_choice(["area", "age", "land", "zero"], design, np.array([0, 1, 0, 2])) is None
    assert arbitrary_choice(["area", "age"], design[:, :2], np.arange(2)) is None


def test_tails_are_told_with_what_the_largest_losses_make_up():
    losses = np.ones(200)
    assert doubtful_interval(losses) is None
    losses[7] = 200.0
    found = doubtful_interval(losses)
    assert (found.code, found.severity) == ("REG403", "warning")
    assert "2 rows of 200 make up 50 % of the loss" in found.message
    assert found.evidence["independent"] == 200
    assert "standard error is likely too small" in doubtful_interval(losses, part="validation").message


def test_groups_are_what_is_counted():
    losses, groups = np.random.default_rng(1).chisquare(1, 1_000), np.repeat(np.arange(50), 20)
    assert doubtful_interval(losses) is None
    assert "there are 50 groups of test rows" in doubtful_interval(losses, groups).message


def test_a_class_with_less_than_a_fifth_of_an_even_share_is_told():
    (found,) = class_imbalance(np.repeat([0, 1], [91, 9]), ("no", "yes"), balanced=False)
    assert (found.code, found.severity) == ("REG503", "note")
    assert "'yes' is 9 % of the training rows, 'no' 91 %" in found.message
    assert "class_weight: balanced" in found.suggestion
    assert class_imbalance(np.repeat([0, 1], [90, 10]), ("no", "yes"), balanced=False) == ()
    (weighed,) = class_imbalance(np.repeat([0, 1], [91, 9]), ("no", "yes"), balanced=True)
    assert "class_weight" not in weighed.suggestion
    assert class_imbalance(np.repeat(np.arange(10), 5), tuple("abcdefghij"), balanced=False) == ()


def test_a_run_without_a_learning_curve_says_so():
    assert no_learning_curve().code == "REG304"
