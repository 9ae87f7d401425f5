"""Which setting is singled out along each axis, and where two cross."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regctl.analysis.selection import best_at_each, select
from regctl.types import CurvePoint


def point(value, loss, se=0.1, other=None):
    return CurvePoint(value, 3, 0.1, None, loss, se, None, None, other=other)


def test_the_lower_degree_is_the_more_regularized():
    points = [point(1, 0.95), point(2, 0.58), point(3, 0.52), point(4, 0.5), point(8, 0.55)]
    found = select(points, "one_standard_error", larger_is_stronger=False)
    assert (found.minimum.value, found.one_standard_error.value, found.selected.value) == (4, 2, 2)


def test_between_equal_losses_the_lower_degree_is_the_minimum():
    assert select([point(2, 0.5), point(5, 0.5)], "minimum", False).minimum.value == 2


def test_crossed_axes_are_compared_along_the_own_one_at_the_others_minimum():
    points = [point(0.1, 0.5, other=0.0), point(1, 0.55, other=0.0), point(0.1, 0.51, other=0.3)]
    points += [point(10, 0.52, other=0.3), point(10, 0.9, other=0.0)]
    found = select(points, "minimum")
    assert (found.minimum.value, found.minimum.other) == (0.1, 0.0)
    assert (found.one_standard_error.value, found.one_standard_error.other) == (1, 0.0)


def test_along_samples_the_largest_share_is_selected_with_its_best_lambda():
    points = [point(share, loss, other=lam) for share, lam, loss in [(0.5, 0, 0.1), (1, 0, 0.4), (1, 1, 0.3)]]
    found = select(points, "one_standard_error", larger_is_stronger=None)
    assert (found.minimum.value, found.minimum.other) == (1, 1)
    assert found.one_standard_error is None
    assert found.selected == found.minimum


def test_nothing_is_selected_where_the_largest_share_diverged():
    assert select([point(0.5, 0.1), point(1, math.nan)], "minimum", None) is None


CELLS = [(own, by) for own in (1.0, 2.0, 3.0, 4.0) for by in (1.0, 2.0, 3.0)]
losses = st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.5, math.nan])
errors = st.sampled_from([None, 0.0, 0.05, 0.1, 1.0])


def family(pairs):
    return [point(own, loss, se, other=by) for (own, by), (loss, se) in zip(CELLS, pairs, strict=True)]


@pytest.mark.parametrize("larger", [True, False])
@given(pairs=st.lists(st.tuples(losses, errors), min_size=12, max_size=12))
def test_over_two_axes_the_choices_agree_with_brute_force(larger, pairs):
    points = family(pairs)
    found = select(points, "one_standard_error", larger)
    finished = [each for each in points if not math.isnan(each.validation_loss)]
    if not finished:
        assert found is None
        return
    lowest, sign = min(each.validation_loss for each in finished), 1 if larger else -1
    most = max(sign * each.value for each in finished if each.validation_loss == lowest)
    minimum = found.minimum
    assert (minimum.validation_loss, sign * minimum.value) == (lowest, most)
    limit = lowest + (minimum.validation_se or 0.0)
    line = [p for p in finished if p.other == minimum.other and p.validation_loss <= limit]
    assert found.selected is max(line, key=lambda p: sign * p.value)


@given(pairs=st.lists(st.tuples(losses, errors), min_size=12, max_size=12))
def test_each_value_of_an_axis_has_its_own_best_on_the_other(pairs):
    points = family(pairs)
    found = {each.value: each for each in best_at_each(points)}
    for value in (1.0, 2.0, 3.0, 4.0):
        line = [each for each in points if each.value == value and not math.isnan(each.validation_loss)]
        if not line:
            assert value not in found
            continue
        lowest = min(each.validation_loss for each in line)
        assert found[value].validation_loss == lowest
        assert found[value].other == max(each.other for each in line if each.validation_loss == lowest)
    assert list(found) == sorted(found)
