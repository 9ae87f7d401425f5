"""How a grid grows: what is added beyond an edge and around the minimum."""

import pytest

from regctl.steps.growing import between, beyond


@pytest.mark.parametrize(
    ("axis", "grid", "minimum", "added"),
    [
        ("lambda", [0.01, 0.1, 1.0], 1.0, [10.0, 100.0, 1000.0, 1e4, 1e5]),
        ("lambda", [0.01, 0.1, 1.0], 0.01, [1e-7, 1e-6, 1e-5, 1e-4, 1e-3]),
        ("lambda", [0.0, 0.1, 1.0], 0.0, []),
        ("lambda", [0.0, 0.1, 1.0], 0.1, []),
        ("degree", [1, 2, 4], 4, [6, 8, 10, 12, 14]),
        ("degree", [1, 2, 4], 1, []),
        ("degree", [3, 4], 3, [1, 2]),
        ("dropout", [0.0, 0.2, 0.4], 0.4, [0.6, 0.8]),
        ("dropout", [0.0, 0.2], 0.0, []),
        ("l1_ratio", [0.5, 0.9], 0.9, []),
        ("samples", [0.5, 1.0], 1.0, []),
        ("degree", [3], 3, []),
    ],
)
def test_a_grid_continues_in_its_own_steps_inside_what_the_axis_allows(axis, grid, minimum, added):
    assert beyond(axis, grid, minimum) == pytest.approx(added)


@pytest.mark.parametrize(
    ("axis", "grid", "minimum", "low", "high", "count"),
    [
        ("lambda", [0.01, 0.1, 1.0], 0.1, 0.01, 1.0, 8),
        ("lambda", [0.0, 0.1, 1.0], 0.1, 0.01, 1.0, 8),
        ("lambda", [0.0, 0.1], 0.0, 0.01, 0.1, 4),
        ("dropout", [0.0, 0.2, 0.4], 0.2, 0.0, 0.4, 8),
        ("degree", [1, 4, 8], 4, 1, 8, 5),
        ("degree", [1, 2, 3], 2, 1, 3, 0),
        ("samples", [0.5, 1.0], 1.0, 0, 1, 0),
    ],
)
def test_refining_adds_values_between_the_minimum_and_its_neighbours(axis, grid, minimum, low, high, count):
    added = between(axis, grid, minimum)
    assert len(added) == count
    assert all(low < value < high and value not in grid for value in added[1:])
    assert added == sorted(added)
