"""The rows along which a fit on one input is drawn, against NumPy's own polynomial fit."""

import numpy as np
import pytest
from data_makers import spec_for, table_of

from regctl.datasets.design import design_matrix
from regctl.datasets.fit_grid import fit_curve, fit_grid
from regctl.datasets.preparation import fit_preparation, scale_target
from regctl.spec.model import Model

AREA = np.random.default_rng(0).uniform(40, 200, 60).round(1)
PRICE = 1000 + 3 * AREA + 0.02 * AREA**2 + np.random.default_rng(1).normal(0, 20, 60)


def prepared(table, degree):
    model = Model(name="polynomial", degree=degree)
    return fit_preparation(table, spec_for(units={"area": "m²"}).model_copy(update={"model": model}))


@pytest.mark.parametrize("degree", [1, 3])
def test_a_curve_in_the_targets_own_unit_is_that_of_polyfit(degree):
    table = table_of({"area": AREA.astype(np.float32)}, PRICE)
    preparation = prepared(table, degree)
    grid = fit_grid(preparation, table)
    design = np.column_stack([design_matrix(preparation, table), np.ones(60)]).astype(float)
    *kernel, bias = np.linalg.lstsq(design, scale_target(preparation.target, PRICE), rcond=None)[0]
    found = fit_curve(preparation, grid, np.array(kernel)[:, None], np.array([bias]))
    expected = np.polyval(np.polyfit(AREA, PRICE, degree), grid.x)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_grid_goes_a_little_beyond_the_training_rows_and_misses_nothing():
    area = np.where(np.arange(60) % 7 == 0, np.nan, AREA)
    table = table_of({"area": area}, PRICE)
    grid = fit_grid(prepared(table, 12), table)
    low, high = np.nanmin(area), np.nanmax(area)
    assert len(grid.x) == len(grid.table) == 200
    np.testing.assert_allclose(
        grid.x[[0, -1]], [low - 0.02 * (high - low), high + 0.02 * (high - low)], rtol=1e-6
    )
    assert (np.diff(grid.x) > 0).all()
    assert np.isnan(grid.table.target).all()
    again = fit_grid(prepared(table, 1), table)
    np.testing.assert_array_equal(again.x, grid.x)


def test_there_is_none_for_several_inputs_or_for_text():
    two = table_of({"area": AREA, "rooms": np.arange(60.0)}, PRICE)
    assert fit_grid(prepared(two, 2), two) is None
    text = table_of({"zone": ["a", "b"] * 30}, PRICE)
    assert fit_grid(prepared(text, 1), text) is None
    constant = table_of({"area": AREA, "same": np.ones(60)}, PRICE)
    assert fit_grid(prepared(constant, 2), constant) is not None
