import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regctl.analysis.selection import select
from regctl.types import CurvePoint


def point(value: float, loss: float, error: float | None = 0.0) -> CurvePoint:
    return CurvePoint(value, 3, loss, None, loss, error, error, None)


losses = st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.5, math.nan])
errors = st.sampled_from([None, 0.0, 0.05, 0.1, 1.0])
curves = st.lists(st.tuples(losses, errors), min_size=1, max_size=8).map(
    lambda pairs: [point(0.01 * index, *pair) for index, pair in enumerate(pairs)]
)


@given(curves, st.randoms(use_true_random=False))
def test_the_choices_agree_with_brute_force_in_any_order(points, shuffler):
    shuffler.shuffle(points)
    found = select(points, "minimum")
    finished = [each for each in points if not math.isnan(each.validation_loss)]
    if not finished:
        assert found is None
        return
    lowest = min(each.validation_loss for each in finished)
    best = max(each.value for each in finished if each.validation_loss == lowest)
    error = next(each.validation_se for each in points if each.value == best) or 0.0
    strongest = max(each.value for each in finished if each.validation_loss <= lowest + error)
    assert found.minimum.value == best
    assert found.one_standard_error.value == strongest
    assert found.selected == found.minimum
    assert select(points, "one_standard_error").selected == found.one_standard_error


def test_ties_go_to_the_more_regularized():
    found = select([point(0.0, 0.2), point(0.1, 0.2), point(0.2, 0.3)], "minimum")
    assert found.minimum.value == 0.1


def test_the_error_at_the_minimum_counts_not_the_candidates():
    points = [point(0.0, 0.2, 0.01), point(0.1, 0.25, 0.5)]
    assert select(points, "one_standard_error").selected.value == 0.0


@pytest.mark.parametrize("rule", ["minimum", "one_standard_error"])
def test_a_diverged_setting_is_never_selected(rule):
    points = [point(0.0, 0.3, 1.0), point(1.0, math.nan, None)]
    assert select(points, rule).selected.value == 0.0
