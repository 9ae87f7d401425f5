"""Which setting is singled out along each axis, and where two cross."""

import math

from regctl.analysis.selection import select
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
