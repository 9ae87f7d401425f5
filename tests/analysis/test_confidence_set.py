"""The Model Confidence Set: its size in simulations, its agreement with brute force, and what it is asked to bear.

Pure noise: every setting's rows are squared normal errors of their own (χ²₁), n = 600, 300 runs of 9 settings and 300
of 26. All settings are then truly best, so that a run that leaves any out is an error: at most 7 % of runs. (Over 1,500
runs of 9 it was 4.7 %, over 1,000 runs of 26 it was 5.0 %.)
"""

import time

import numpy as np
import pytest

from regctl.analysis.confidence_findings import cannot_choose, flat_curve
from regctl.analysis.model_confidence_set import Replicates, model_confidence_set
from regctl.types import CurvePoint


def points(losses: np.ndarray) -> list[CurvePoint]:
    return [CurvePoint(place, 1, 0.0, None, each, 0.1, 0.1, None) for place, each in enumerate(losses)]


@pytest.mark.parametrize(("settings", "runs"), [(9, 300), (26, 300)])
def test_under_pure_noise_the_truly_best_stays_and_the_curve_is_flat(settings, runs):
    generator, whole, flat = np.random.default_rng([settings, 1]), 0, 0
    for run in range(runs):
        losses = generator.chisquare(1, (settings, 600))
        members = model_confidence_set(losses, seed=run)
        whole += members.all()
        flat += flat_curve(points(losses.mean(axis=1)), members, "λ") is not None
    assert whole / runs >= 0.93
    assert flat / runs >= 0.90


def test_the_best_of_settings_that_differ_stays():
    """χ²₁ rows, half of which settings share; the best is 10 % better than the next: 26 settings, 100 runs."""
    generator, kept, sizes = np.random.default_rng(0), 0, []
    levels = 1 + 0.1 * np.arange(26)
    for run in range(100):
        common = generator.normal(size=600)
        errors = np.sqrt(0.5) * common + np.sqrt(0.5) * generator.normal(size=(26, 600))
        members = model_confidence_set(levels[:, None] * errors**2, seed=run)
        kept += members[0]
        sizes.append(members.sum())
    assert kept / 100 >= 0.93
    assert np.mean(sizes) < 8


def one_at_a_time(losses: np.ndarray, resamples: int = 2_000) -> set[int]:
    """The paper's own algorithm with T_R, pair by pair: the worst leaves, until equality is not rejected."""
    generator, left = np.random.default_rng(99), list(range(len(losses)))
    draws = generator.integers(0, losses.shape[1], (resamples, losses.shape[1]))
    means, drawn = losses.mean(axis=1), losses[:, draws].mean(axis=2)
    while len(left) > 1:
        t, largest = np.zeros((len(left), len(left))), np.zeros(resamples)
        for a, i in enumerate(left):
            for b, j in enumerate(left):
                if i != j:
                    away = drawn[i] - drawn[j] - (means[i] - means[j])
                    error = away.std()
                    t[a, b] = (means[i] - means[j]) / error
                    largest = np.maximum(largest, np.abs(away) / error)
        if (largest >= t.max()).mean() >= 0.05:
            return set(left)
        left.pop(int(t.max(axis=1).argmax()))
    return set(left)


def test_taking_many_away_at_once_agrees_with_one_at_a_time():
    generator, agreed = np.random.default_rng(3), 0
    for run in range(12):
        common = generator.normal(size=200)
        errors = common + generator.normal(size=(7, 200))
        losses = (1 + 0.15 * np.arange(7))[:, None] * errors**2
        mine = set(np.flatnonzero(model_confidence_set(losses, seed=run)).tolist())
        agreed += mine == one_at_a_time(losses)
    assert agreed >= 11  # a p-value may lie at 5 % itself


def test_the_lowest_is_always_in_and_a_diverged_one_never():
    generator = np.random.default_rng(5)
    losses = generator.chisquare(1, (12, 80)) * np.linspace(1, 9, 12)[:, None]
    losses[3, 7] = np.nan
    members = model_confidence_set(losses)
    assert members[np.nanargmin(losses.mean(axis=1))]
    assert not members[3]


def test_one_setting_that_exploded_hides_nothing():
    generator = np.random.default_rng(6)
    losses = generator.chisquare(1, (3, 400)) * np.array([1.0, 2.0, 1.0])[:, None]
    losses[2, 0] = 1e5
    assert model_confidence_set(losses).tolist() == [True, False, True]  # of the third nothing can be told


def test_equal_settings_stay_together():
    row = np.random.default_rng(7).chisquare(1, 100)
    assert model_confidence_set(np.stack([row, row, 3 * row])).tolist() == [True, True, False]


def test_rows_that_belong_together_are_drawn_together():
    """20 groups of 30 rows that agree: by rows a difference is shown, by groups it is chance."""
    generator = np.random.default_rng(8)
    groups = np.repeat(np.arange(20), 30)
    effect = np.repeat(generator.normal(0, 1, (2, 20)), 30, axis=1)
    losses = 5 + effect + 0.01 * generator.normal(size=(2, 600))
    losses[1] += 0.15 - (losses[1] - losses[0]).mean()
    assert model_confidence_set(losses).sum() == 1
    assert model_confidence_set(losses, groups).all()
    assert model_confidence_set(losses, np.zeros(600, np.int64)).all()  # one block tells nothing


def test_what_seeds_and_folds_vary_counts():
    """A difference beyond what rows vary, and not beyond what seeds or folds do."""
    generator = np.random.default_rng(9)
    common = generator.chisquare(1, 400)
    losses = np.stack([common, common + 0.01 + 0.05 * generator.normal(size=400)])
    assert model_confidence_set(losses).sum() == 1
    seeds = losses.mean(axis=1)[:, None] + np.array([[0.05, -0.05, 0.0], [-0.05, 0.05, 0.0]])
    assert model_confidence_set(losses, replicates=Replicates(by_seed=seeds)).all()
    folds = losses.mean(axis=1)[:, None, None] + np.array([[[0.1, -0.1, 0, 0, 0]], [[-0.1, 0.1, 0, 0, 0]]])
    assert model_confidence_set(losses, replicates=Replicates(by_fold=folds)).all()
    quiet = losses.mean(axis=1)[:, None] + np.array([[1e-4, -1e-4, 0.0]] * 2)
    assert model_confidence_set(losses, replicates=Replicates(by_seed=quiet)).sum() == 1


def test_ten_thousand_settings_take_seconds():
    """Bounded work: 10,000 settings × 600 rows, and 3,000 rows of 400 settings, which are drawn in groups."""
    generator = np.random.default_rng(10)
    level = 0.5 + (np.linspace(0, 1, 10_000)[:, None] - 0.3) ** 2
    losses = level * generator.chisquare(1, 600) + 0.05 * generator.normal(size=(10_000, 600))
    began = time.perf_counter()
    members = model_confidence_set(losses)
    assert time.perf_counter() - began < 20  # about 1 s; a machine may be busy
    assert members[3_000]
    assert not members[[0, 9_999]].any()
    many = (0.5 + (np.linspace(0, 1, 400)[:, None] - 0.3) ** 2) * generator.chisquare(1, 3_000)
    assert model_confidence_set(many)[120]


def test_a_set_whose_losses_lie_apart_says_that_rows_are_few():
    near, far = points(np.array([1.0, 1.04, 2.0])), points(np.array([1.0, 1.2, 2.0]))
    members = np.array([True, True, False])
    assert cannot_choose(near, members, 80) is None
    found = cannot_choose(far, members, 80)
    assert (found.code, found.severity) == ("REG105", "warning")
    assert "80 validation rows are too few to choose between 2 of 3 settings" in found.message
    assert found.evidence["apart"] == pytest.approx(0.2)


def test_tiny_penalties_whose_differences_are_shown_are_flat_all_the_same():
    """Ridge on noise, λ from 1e-5 to 1e-3: losses move together, and differ by less than a thousandth."""
    generator, lambdas, told = np.random.default_rng(3), np.logspace(-5, -3, 9), 0
    for run in range(40):
        x, y = generator.normal(size=(400, 8)), generator.normal(size=400)
        kernels = [
            np.linalg.solve(x[:200].T @ x[:200] / 200 + lam * np.eye(8), x[:200].T @ y[:200] / 200)
            for lam in lambdas
        ]
        losses = np.array([(y[200:] - x[200:] @ kernel) ** 2 for kernel in kernels])
        members = model_confidence_set(losses, seed=run)
        told += not members.all()
        assert flat_curve(points(losses.mean(axis=1)), members, "λ") is not None
    assert told > 0  # the set alone would have called some of them not flat


def test_a_flat_curve_needs_all_of_its_settings_close_together():
    every = np.array([True, True])
    found = flat_curve(points(np.array([1.0, 1.1])), every, "the degree")
    assert (found.code, found.severity) == ("REG104", "note")
    assert "the degree is not shown" in found.message
    assert flat_curve(points(np.array([1.0, 1.1])), np.array([True, False]), "λ") is None
    assert flat_curve(points(np.array([1.0, 1.011])), np.array([True, False]), "λ") is None
    apart = flat_curve(points(np.array([1.0, 1.009])), np.array([True, False]), "λ")
    assert "no more than 1 % below the worst, so λ hardly does anything" in apart.message
    assert flat_curve(points(np.array([1.0, 1.6])), every, "λ") is None
    assert flat_curve(points(np.array([1.0, np.nan])), np.array([True, False]), "λ") is None
