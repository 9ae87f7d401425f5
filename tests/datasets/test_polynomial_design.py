"""The polynomial's expansion against scikit-learn: standardise, expand, standardise again."""

from math import comb

import numpy as np
import pytest
from data_makers import houses, spec_for, table_of, write_csv
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from regctl.datasets.expansion import column_count
from regctl.datasets.folds import prepare_folds
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import design_matrix, design_names, fit_preparation, prepare
from regctl.errors import DataError
from regctl.spec.model import Model
from regctl.spec.validation import KFold
from regctl.types import Column, Table


def polynomial(degree, spec=None, **keys):
    model = Model(name="polynomial", degree=degree, **keys)
    return (spec or spec_for()).model_copy(update={"model": model})


def numbers(rows, columns, seed):
    """Skewed, discrete and far from zero, a tenth of the first missing; as float32 would hold them."""
    random = np.random.default_rng(seed)
    made = {
        "area": np.where(random.random(rows) < 0.1, np.nan, random.lognormal(7, 0.4, rows)),
        "rooms": random.integers(2, 12, rows).astype(float),
        "year": random.normal(1970, 30, rows).round(),
        "lot": random.gamma(2, 5000, rows),
    }
    return {name: made[name].astype(np.float32).astype(float) for name in list(made)[:columns]}


def table(columns):
    rows = len(next(iter(columns.values())))
    return table_of(columns, np.arange(rows))


@pytest.mark.parametrize(("columns", "degree"), [(1, 12), (2, 5), (3, 3), (4, 2)])
def test_the_design_is_scikit_learns_pipeline(columns, degree):
    train, other = numbers(300, columns, 1), numbers(90, columns, 2)
    scaler, expansion = StandardScaler(), PolynomialFeatures(degree, include_bias=False)
    oracle = make_pipeline(SimpleImputer(strategy="median"), scaler, expansion, StandardScaler())
    oracle.fit(np.column_stack(list(train.values())))
    preparation = fit_preparation(table(train), polynomial(degree))
    names = design_names(preparation)
    ordered = [name for name in names if name != "area (missing)"]
    assert ordered == expansion.get_feature_names_out(list(train)).tolist()
    assert len(ordered) == comb(columns + degree, degree) - 1 == column_count(columns, degree, True)
    for values in (train, other):
        found = design_matrix(preparation, table(values))
        assert found.dtype == np.float64
        expected = oracle.transform(np.column_stack(list(values.values())))
        own = found[:, [names.index(name) for name in ordered]]
        np.testing.assert_allclose(own, expected, rtol=1e-9, atol=1e-9)


def test_without_interactions_there_are_powers_of_each_column_only():
    train = numbers(200, 3, 1)
    names = design_names(fit_preparation(table(train), polynomial(3, interactions=False)))
    assert names == (
        *("area", "area (missing)", "rooms", "year"),
        *("area^2", "rooms^2", "year^2", "area^3", "rooms^3", "year^3"),
    )
    assert column_count(3, 3, False) == 9


def test_levels_and_missing_indicators_are_kept_and_not_expanded():
    columns = {"area": [1.0, 2.0, np.nan, 5.0] * 20, "zone": ["a", "b", "a", "c"] * 20}
    names = design_names(fit_preparation(table(columns), polynomial(2)))
    assert names == ("area", "area (missing)", "zone=a", "zone=b", "zone=c", "area^2")


def test_degree_one_is_the_linear_model_to_the_bit():
    data = table(numbers(100, 3, 1))
    linear, first = fit_preparation(data, spec_for()), fit_preparation(data, polynomial(1))
    assert linear == first
    np.testing.assert_array_equal(design_matrix(first, data), design_matrix(linear, data))
    assert design_matrix(first, data).dtype == np.float32


def test_a_product_that_is_constant_in_training_rows_is_left_out_with_a_note():
    data = table({"half": [0.0, 1.0] * 20, "area": np.arange(40.0) ** 1.5})
    preparation = fit_preparation(data, polynomial(2))
    assert design_names(preparation) == ("half", "area", "half area", "area^2")
    assert preparation.notes == (
        "1 product of number columns is left out, constant in every training row: 'half^2'.",
    )
    assert np.isfinite(design_matrix(preparation, data)).all()


def test_without_number_columns_there_is_nothing_to_expand():
    preparation = fit_preparation(table({"zone": ["a", "b"] * 20}), polynomial(3))
    assert preparation.expansion is None
    assert preparation.notes == ("There is no number column to expand to degree 3.",)


def wide(columns, rows=40):
    random = np.random.default_rng(0)
    return table({f"x{number}": random.normal(size=rows) for number in range(columns)})


@pytest.mark.parametrize(
    ("columns", "degree", "keys", "message"),
    [
        (
            30,
            50,
            {},
            r"degree 50 on 30 number columns would make 8,871,412,534,840,453,463,007 columns; expected at most 10,000",
        ),
        (300, 100, {}, r"would make more than 10\^96 columns; expected at most 10,000\."),
        (120, 100, {"interactions": False}, "degree 100 on 120 number columns would make 12,000 columns"),
    ],
    ids=["many", "beyond counting", "powers"],
)
def test_an_unreasonable_degree_is_refused_with_the_number_of_columns(columns, degree, keys, message):
    with pytest.raises(DataError, match=message):
        fit_preparation(wide(columns), polynomial(degree, **keys))


def test_a_power_beyond_float64_is_refused():
    far = table({"x": np.where(np.arange(3000) == 5, 1.0, 0.0), "z": np.arange(3000.0)})
    with pytest.raises(
        DataError, match=r"training rows, 'x\^\d+' is beyond float64. Received: 100. Lower it."
    ):
        fit_preparation(far, polynomial(100, interactions=False))


def test_an_expansion_beyond_a_gibibyte_is_refused():
    names = [f"x{number}" for number in range(130)]
    column = np.arange(20_000.0)
    data = Table(tuple(Column(name, "number") for name in names), dict.fromkeys(names, column), column)
    expected = (
        r"would make 8,645 columns, which take 1\.3 GiB for 20,000 training rows; expected at most 1 GiB"
    )
    with pytest.raises(DataError, match=expected):
        fit_preparation(data, polynomial(2))


def test_each_fold_has_its_own_expansion_in_one_layout(tmp_path):
    rows = 60
    columns = {**houses(rows), "n": [1.5 if row == 7 else 0.5 for row in range(rows)]}
    path = write_csv(tmp_path / "x.csv", columns)
    spec = polynomial(3, spec_for(path, features=["a", "n"]))
    spec = spec.model_copy(update={"validation": KFold(folds=4)})
    data = open_rows(spec)
    found = prepare_folds(data, spec)
    for number in range(4):
        own, (preparation, alone) = found.folds[number], prepare(data, spec, number)
        assert preparation == found.preparations[number]
        places = [own.names.index(name) for name in alone.names]
        np.testing.assert_array_equal(own.x_validation[:, places], alone.x_validation)
        others = np.delete(np.arange(len(own.names)), places)
        assert not own.x_train[:, others].any()
        assert own.x_train.dtype == np.float64
    assert any("products" in note and "have no effect in 1 of 4 folds" in note for note in found.notes)
