"""A polynomial multiplied out in raw columns, evaluated in exact arithmetic, predicts what the model predicts."""

from fractions import Fraction
from math import prod

import numpy as np
import pytest

from regctl.datasets.preparation import design_matrix, design_names, fit_preparation
from regctl.engine.exact.coefficients import coefficients
from regctl.engine.exact.multiplied_out import multiplied_out
from regctl.engine.exact.ridge import ridge
from regctl.spec.schema import Spec
from regctl.types import Column, Table

ROWS = 120


def table_of(columns, target):
    kinds = {name: "text" if values.dtype == object else "number" for name, values in columns.items()}
    return Table(tuple(Column(name, kind) for name, kind in kinds.items()), columns, target)


def fitted(columns, lambdas, degree, **dataset):
    """Preparation, training rows, and the ridge solutions."""
    random = np.random.default_rng(9)
    first = np.nan_to_num(next(iter(columns.values())))
    table = table_of(columns, 50.0 + first / 100 + random.normal(size=len(first)) ** 2)
    described = {"source": "ames", "target": "price", **dataset}
    model = {"name": "polynomial", "degree": degree}
    spec = Spec.model_validate({"name": "test", "dataset": described, "model": model})
    preparation = fit_preparation(table, spec)
    design = design_matrix(preparation, table)
    y = (np.log10(table.target) if dataset else table.target) - preparation.target.mean
    return preparation, table, design, ridge(design, y / preparation.target.sd, lambdas)


def raw_value(feature, table, row, known):
    """A feature's raw value in a row, read off its name, exactly."""
    if feature == "(intercept)":
        return Fraction(1)
    if "=" in feature:
        name, level = feature.split("=")
        return Fraction(table.values[name][row] == level)
    if feature.endswith(" (missing)"):
        return Fraction(bool(np.isnan(table.values[feature.removesuffix(" (missing)")][row])))
    factors = [part.partition("^") for part in feature.split(" ")]
    return prod(Fraction(known[name][row]) ** int(power or 1) for name, _, power in factors)


def known_numbers(preparation, table):
    """Values of number columns as float32 holds them, missing ones replaced."""
    medians = {column.name: column.median for column in preparation.columns if hasattr(column, "median")}
    rounded = {name: table.values[name].astype(np.float32).astype(float) for name in medians}
    return {
        name: np.where(np.isnan(rounded[name]), medians[name], rounded[name]).tolist() for name in medians
    }


def areas():
    return np.random.default_rng(1).lognormal(7.2, 0.35, ROWS).round()


@pytest.mark.parametrize("transform", [{}, {"target_transform": "log10"}], ids=["dollars", "log10"])
def test_degree_twelve_multiplied_out_predicts_what_the_model_does(transform):
    preparation, table, design, fits = fitted({"area": areas()}, [0.0, 1e-9, 0.01], 12, **transform)
    found = coefficients(preparation, design_names(preparation), fits.kernels, fits.intercepts)
    assert found.features == ("(intercept)", "area", *(f"area^{power}" for power in range(2, 13)))
    np.testing.assert_array_equal(found.standardized, np.column_stack([fits.intercepts, fits.kernels]))
    known = known_numbers(preparation, table)
    target = preparation.target
    for model in range(3):
        weights = [Fraction(weight) for weight in found.original[model].tolist()]
        for row in range(0, ROWS, 7):
            values = [raw_value(feature, table, row, known) for feature in found.features]
            by_hand = float(sum(w * value for w, value in zip(weights, values, strict=True)))
            scaled = design[row] @ fits.kernels[model] + fits.intercepts[model]
            # The coefficients are rounded to float64 at the end: half a unit of each, times what it multiplies.
            size = float(sum(abs(w * value) for w, value in zip(weights, values, strict=True)))
            allowed = 1e-16 * size + 1e-12 * target.sd * (np.abs(design[row] * fits.kernels[model]).sum() + 1)
            assert abs(by_hand - (scaled * target.sd + target.mean)) <= allowed


def test_several_columns_levels_missing_values_and_a_product_left_out():
    random = np.random.default_rng(3)
    columns = {
        "area": np.where(random.random(ROWS) < 0.1, np.nan, areas()),
        "zone": random.choice(np.array(["a", "b", "c"], object), ROWS),
        "half": np.arange(ROWS) % 2.0,
        "year": random.normal(1970, 25, ROWS).round(),
    }
    preparation, table, design, fits = fitted(columns, [1e-3, 1.0], 3)
    names = design_names(preparation)
    found = coefficients(preparation, names, fits.kernels, fits.intercepts)
    assert "half^2" not in names
    assert found.features[-1] == "half^2"
    assert not found.standardized[:, -1].any()
    assert found.original[:, -1].all()
    known = known_numbers(preparation, table)
    for model in range(2):
        expected = (design @ fits.kernels[model] + fits.intercepts[model]) * preparation.target.sd
        for row in range(ROWS):
            values = [raw_value(feature, table, row, known) for feature in found.features]
            total = sum(
                Fraction(weight) * value
                for weight, value in zip(found.original[model].tolist(), values, strict=True)
            )
            assert float(total) == pytest.approx(expected[row] + preparation.target.mean, rel=1e-6)


def test_multiplying_out_is_exact_and_rounds_once():
    """(x − 0.1)² (y − 3)/7 + 2, in rationals: 0.1 is the float64 nearest to it."""
    tenth = Fraction(0.1)
    found = multiplied_out(
        np.array([[1.0, 2.0], [1e-300, 0.0]]),
        [((0, 2), (1, 1)), ()],
        [Fraction(1, 7), Fraction(1)],
        [0.1, 3.0],
    )
    expected = {
        ((0, 2), (1, 1)): Fraction(1, 7),
        ((0, 1), (1, 1)): -2 * tenth / 7,
        ((1, 1),): tenth**2 / 7,
        ((0, 2),): Fraction(-3, 7),
        ((0, 1),): 6 * tenth / 7,
        (): -3 * tenth**2 / 7 + 2,
    }
    assert found.keys() == expected.keys()
    for product, value in expected.items():
        assert found[product][0] == float(value)
        without = value - 2 if product == () else value
        assert found[product][1] == float(without * Fraction(1e-300))


def test_a_coefficient_beyond_float64_is_infinite():
    found = multiplied_out(np.array([[-1.0]]), [((0, 1),)], [Fraction(10) ** 400], [0.0])
    assert found[((0, 1),)].tolist() == [float("-inf")]
