"""Degree 12, whose normal equations have a condition number beyond 1e11: solved in float64, from a float64 design."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import Chebyshev

from problems import grid
from regctl.datasets.preparation import design_matrix, design_names, fit_preparation, scale_target
from regctl.engine.choice import choose_engine
from regctl.engine.exact.engine import ExactEngine
from regctl.engine.exact.plan import exact_plan
from regctl.engine.exact.ridge import ridge
from regctl.engine.plan import Shape
from regctl.models.presets import linear
from regctl.spec.schema import Spec
from regctl.types import Column, Prepared, Table, Trial

ROWS = 300


def spec_of(**sections):
    dataset = {"source": "ames", "target": "price"}
    model = {"name": "polynomial", "degree": 12}
    return Spec.model_validate({"name": "test", "dataset": dataset, "model": model} | sections)


def rows_of(seed, rows=ROWS):
    random = np.random.default_rng(seed)
    area = random.uniform(300, 5000, rows).round()
    price = np.sin(area / 500) + area / 2000 + random.normal(0, 0.3, rows)
    return Table((Column("area", "number"),), {"area": area}, price)


def problem(rows=ROWS):
    train, held_out = rows_of(0, rows), rows_of(1)
    preparation = fit_preparation(train, spec_of())
    x, target = [design_matrix(preparation, each) for each in (train, held_out)], preparation.target
    y = [scale_target(target, each.target) for each in (train, held_out)]
    return train, held_out, Prepared(design_names(preparation), x[0], y[0], x[1], y[1])


def solve(data, settings):
    trials = [Trial(number, setting, 0) for number, setting in enumerate(settings)]
    spec = spec_of()
    (cohort,) = exact_plan(linear(spec.model), trials, Shape.of({None: data}), spec.training).cohorts
    return [result for batch in ExactEngine().train(cohort, {None: data}) for result in batch]


def test_without_a_penalty_it_is_the_least_squares_polynomial():
    """Oracle: the fit in Chebyshev's polynomials, whose columns are nearly orthogonal."""
    train, held_out, data = problem()
    (result,) = solve(data, grid([0.0]))
    fit = Chebyshev.fit(train.values["area"], data.y_train.astype(float), 12)
    np.testing.assert_allclose(result.train_prediction, fit(train.values["area"]), atol=1e-6)
    np.testing.assert_allclose(
        result.validation_prediction, fit(held_out.values["area"]), rtol=1e-6, atol=1e-6
    )
    assert result.degrees_of_freedom == pytest.approx(12)


def test_a_skewed_input_is_as_exact_and_a_float32_design_would_not_be():
    """Areas as houses have them: columns so alike that float32 rounds away much of what tells them apart."""
    random = np.random.default_rng(5)
    area = np.sort(random.lognormal(7.2, 0.5, ROWS).round())
    train = Table((Column("area", "number"),), {"area": area}, area / 1000 + random.normal(0, 0.3, ROWS))
    preparation = fit_preparation(train, spec_of())
    x, y = design_matrix(preparation, train), scale_target(preparation.target, train.target).astype(float)
    values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    assert (values[0] / values[-1]) ** 2 > 1e12
    fit = Chebyshev.fit(area, y, 12)(area)
    found = [ridge(design, y, [0.0]) for design in (x, x.astype(np.float32).astype(float))]
    errors = [np.abs(x @ each.kernels[0] + each.intercepts[0] - fit).max() for each in found]
    assert errors[0] < 1e-9
    assert errors[1] > 1e-3


@pytest.mark.parametrize("lambda_", [1e-10, 1e-4, 1.0])
def test_ridge_is_the_closed_form_in_stacked_least_squares(lambda_):
    _, _, data = problem()
    (result,) = solve(data, grid([lambda_]))
    centred = data.x_train - data.x_train.mean(axis=0)
    stacked = np.vstack([centred, np.sqrt(ROWS * lambda_) * np.eye(12)])
    y = np.concatenate([data.y_train - data.y_train.mean(dtype=float), np.zeros(12)])
    kernel = np.linalg.lstsq(stacked, y, rcond=None)[0]
    fitted = centred @ kernel + data.y_train.mean(dtype=float)
    np.testing.assert_allclose(result.train_prediction, fitted, atol=1e-5)


def test_lasso_and_ridge_meet_least_squares_as_lambda_goes_to_zero():
    _, _, data = problem()
    settings = [replace(each, l1_ratio=ratio) for ratio in (0.0, 1.0) for each in grid([0.0, 1e-13])]
    losses = [np.square(result.train_prediction - data.y_train).mean() for result in solve(data, settings)]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


def test_fewer_rows_than_columns_have_the_solution_of_smallest_norm():
    _, _, data = problem(rows=8)
    assert len(data.names) == 12 > len(data.x_train)
    (result, strong) = solve(data, grid([0.0, 0.1]))
    np.testing.assert_allclose(result.train_prediction, data.y_train, atol=1e-4)
    centred = data.x_train - data.x_train.mean(axis=0)
    smallest = np.linalg.pinv(centred) @ (data.y_train - data.y_train.mean())
    np.testing.assert_allclose(result.weights[0][:, 0], smallest, rtol=1e-3, atol=1e-4)
    assert np.isfinite(strong.validation_prediction).all()


def test_the_exact_engine_is_the_polynomials_own():
    choice = choose_engine(spec_of())
    assert (choice.engine, choice.why) == ("exact", "exact solution: a polynomial model with squared loss")
    assert choose_engine(spec_of(training={"solver": "gradient"})).engine == "fused"
    assert choose_engine(spec_of(regularization={"input_dropout": 0.1})).engine == "fused"
