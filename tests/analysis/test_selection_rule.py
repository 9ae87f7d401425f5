import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regctl.analysis.selection import along, lowest_at_each, one_standard_error, select
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


crossed = st.lists(st.tuples(losses, errors), min_size=12, max_size=12)


@pytest.mark.parametrize("axis", ["lambda", "dropout", "degree"])
@pytest.mark.parametrize("other", ["lambda", "l1_ratio", "degree"])
@given(pairs=crossed)
def test_over_two_axes_the_choices_agree_with_brute_force(axis, other, pairs):
    cells = [(own, by) for own in (1.0, 2.0, 3.0, 4.0) for by in (1.0, 2.0, 3.0)]
    points = [point(own, *pair) for (own, _), pair in zip(cells, pairs, strict=True)]
    found = select(points, "one_standard_error", axis, (other, [by for _, by in cells]))
    finished = [
        (each, by) for each, (_, by) in zip(points, cells, strict=True) if math.isfinite(each.validation_loss)
    ]
    if not finished:
        assert found is None
        return
    sign, other_sign = (-1 if name == "degree" else 1 for name in (axis, other))
    best, by = min(
        finished, key=lambda cell: (cell[0].validation_loss, -sign * cell[0].value, -other_sign * cell[1])
    )
    limit = best.validation_loss + (best.validation_se or 0.0)
    line = [each for each, value in finished if value == by and each.validation_loss <= limit]
    assert found.minimum is best
    assert found.selected is max(line, key=lambda each: sign * each.value)


def test_the_lower_degree_is_the_more_regularized():
    points = [point(degree, loss, 0.1) for degree, loss in ((1, 0.5), (2, 0.25), (4, 0.2), (8, 0.25))]
    assert select(points, "one_standard_error", "degree").selected.value == 2


def test_along_samples_nothing_is_selected_but_each_size_has_its_own_choice():
    with pytest.raises(ValueError, match="each size"):
        select([point(10, 0.1)], "minimum", "samples")
    mean, lambdas = np.array([0.3, 0.2, 0.1, 0.1, math.nan, math.nan]), np.array([0.0, 1.0] * 3)
    assert lowest_at_each([10, 10, 20, 20, 40, 40], mean, lambdas) == {10: 1, 20: 3, 40: None}


def test_the_line_through_a_point_holds_those_that_share_its_value():
    assert along([1, 2, 1, 3], 0).tolist() == [0, 2]


def test_without_a_candidate_there_is_no_choice():
    with pytest.raises(ValueError, match="replicates"):
        one_standard_error(np.arange(2.0), np.array([math.nan, 1.0]), 0.1, np.array([True, False]))
