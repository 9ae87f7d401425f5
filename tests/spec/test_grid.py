from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from spec_makers import calmly, list_grids, log_grids, step_grids

from regctl.spec.grid import LogGrid, StepGrid, values


def test_the_grid_of_the_housing_spec_is_25_values_and_zero():
    grid = LogGrid(log=[1e-6, 1.0], points=25, zero=True)
    assert len(values(grid)) == 26
    assert values(grid)[:2] == (0.0, 1e-6)
    assert values(grid)[-1] == 1.0
    assert {1e-5, 1e-4, 1e-3, 1e-2, 1e-1} < set(values(grid))


@calmly
@given(log_grids())
def test_a_log_grid_has_exact_ends_and_equal_ratios(data):
    grid = LogGrid.model_validate(data)
    positive = [value for value in values(grid) if value > 0]
    assert positive == pytest.approx(np.geomspace(*grid.log, grid.points), rel=1e-11)
    assert (positive[0], positive[-1]) == tuple(grid.log)
    assert len(positive) == grid.points
    assert (values(grid)[0] == 0) == grid.zero
    assert list(values(grid)) == sorted(set(values(grid)))


@calmly
@given(step_grids())
def test_a_step_grid_is_exact_decimal_arithmetic(data):
    first, last, step = (Fraction(str(data[key])) for key in ("from", "to", "step"))
    expected = [float(first + i * step) for i in range(int((last - first) / step) + 1)]
    assert list(values(StepGrid.model_validate(data))) == expected


def test_steps_of_a_tenth_print_as_tenths():
    grid = StepGrid.model_validate({"from": 0.0, "to": 0.8, "step": 0.1})
    assert str(values(grid)) == "(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)"


@calmly
@given(list_grids)
def test_a_list_grid_is_ascending(data):
    assert list(values(data)) == sorted(map(float, data))


def test_minus_zero_is_zero():
    assert str(values([0.1, -0.0])) == "(0.0, 0.1)"


@pytest.mark.parametrize(
    "data",
    [
        {"log": [1.0, 1.0]},
        {"log": [1.0, 1e-3]},
        {"log": [0.0, 1.0]},
        {"log": [1.0]},
        {"log": [1e-3, 1.0, 2.0]},
        {"log": [1.0, 1.0 + 1e-13]},
        {"log": [5e-324, 1e-323]},
        {"log": [1e-3, 1.0], "points": 1},
        {"log": [1e-3, 1.0], "points": 100_001},
        {"log": [1e-3, 1.0], "zero": 1},
    ],
)
def test_a_log_grid_that_makes_no_sense_is_refused(data):
    with pytest.raises(ValidationError):
        LogGrid.model_validate(data)


@pytest.mark.parametrize(
    ("first", "last", "step"),
    [
        (0.0, 0.0, 0.1),
        (0.5, 0.1, 0.1),
        (0.0, 1.0, 0.3),
        (0.0, 1e-7, 1.0),
        (0.0, 1.0, 1e-9),
        (0.0, 1.0, 5e-324),
        (1e16, 1e16 + 10, 1.0),
    ],
)
def test_a_step_grid_that_makes_no_sense_is_refused(first, last, step):
    with pytest.raises(ValidationError):
        StepGrid.model_validate({"from": first, "to": last, "step": step})


@calmly
@given(st.floats(1e-300, 1e30), st.floats(1e-300, 1e30), st.integers(2, 50))
def test_every_accepted_log_grid_is_strictly_ascending(low, high, points):
    try:
        grid = LogGrid(log=[low, high], points=points)
    except ValidationError:
        return
    assert list(values(grid)) == sorted(set(values(grid)))
