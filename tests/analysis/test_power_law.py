import numpy as np
import pytest
from scipy.optimize import least_squares

from regctl.analysis.power_law import fit_power_law

SIZES = np.array([50, 100, 150, 250, 400, 600, 800, 1000.0])
WEIGHTS = SIZES / 1000


def misfit(losses: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    return ((fitted - losses) ** 2) @ WEIGHTS


@pytest.mark.parametrize(
    ("a", "b", "c"), [(2.0, 0.5, 0.1), (40.0, 1.0, 0.0), (1.0, 0.1, 0.3), (9.0, 2.5, 1.0)]
)
def test_a_curve_without_noise_gives_its_own_law_back(a, b, c):
    law = fit_power_law(SIZES, (a * SIZES**-b + c)[None], WEIGHTS)
    assert (law.b[0], law.a[0]) == pytest.approx((b, a), rel=0.02)
    assert law.c[0] == pytest.approx(c, abs=0.01)
    assert law.at(np.array([2000.0]))[0, 0] == pytest.approx(a * 2000.0**-b + c, rel=1e-3)


def test_no_general_optimizer_finds_a_better_law_from_any_start():
    noise = np.random.default_rng(0).normal(0, 0.01, (12, 8))
    bent = np.array([0.3, 0.28, 0.26, 0.22, 0.16, 0.1, 0.05, 0.02])  # its best law ends at 0
    losses = np.vstack([2 * SIZES**-0.5 + 0.1 + noise, bent + noise[:4] / 10])
    mine = misfit(losses, fit_power_law(SIZES, losses, WEIGHTS).at(SIZES))
    for curve, found in zip(losses, mine, strict=True):

        def residual(p, curve=curve):
            return np.sqrt(WEIGHTS) * (p[0] * (SIZES / 1000) ** -p[1] + p[2] - curve)

        best = min(
            2 * least_squares(residual, [0.05, b, 0.05], bounds=([0, 0.01, 0], [np.inf, 3, np.inf])).cost
            for b in (0.1, 0.5, 1.0, 2.0)
        )
        assert found <= best * 1.0001


def test_a_rising_curve_is_taken_as_flat_at_its_weighted_mean():
    losses = np.linspace(0.1, 0.2, 8)
    law = fit_power_law(SIZES, losses[None], WEIGHTS)
    assert law.excess[0] == 0
    assert law.c[0] == pytest.approx(np.average(losses, weights=WEIGHTS))


def test_a_curve_that_would_end_below_zero_ends_at_zero():
    losses = np.exp(-SIZES / 200)
    law = fit_power_law(SIZES, losses[None], WEIGHTS)
    assert law.c[0] == 0
    assert (law.at(SIZES * 1000) >= 0).all()


def test_a_curve_is_fitted_the_same_in_any_company():
    losses = 2 * SIZES**-0.5 + np.random.default_rng(1).normal(0, 0.02, (30, 8)) + 0.1
    together, alone = fit_power_law(SIZES, losses, WEIGHTS), fit_power_law(SIZES, losses[7:8], WEIGHTS)
    assert (together.b[7], together.c[7]) == pytest.approx((alone.b[0], alone.c[0]), rel=1e-9)


@pytest.mark.parametrize(
    ("sizes", "shape"),
    [([1.0, 2.0], (1, 2)), ([1.0, 1.0, 2.0], (1, 3)), ([1.0, 2.0, 3.0], (1, 2)), ([1.0, 2.0, 3.0], (3,))],
)
def test_too_few_sizes_or_other_shapes_are_a_bug(sizes, shape):
    with pytest.raises(ValueError, match="expected"):
        fit_power_law(np.array(sizes), np.zeros(shape), np.ones(len(sizes)))
