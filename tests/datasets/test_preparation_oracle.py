"""The preparation against scikit-learn, which computes the same in its own way."""

import numpy as np
import pytest
from data_makers import source_of, spec_for, table_of
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from regctl.datasets.dividing import divide
from regctl.datasets.preparation import (
    design_matrix,
    design_names,
    fit_preparation,
    rare_below,
    scale_target,
    unscale_target,
)
from regctl.errors import DataError
from regctl.types import NumberPreparation, TextPreparation

SPEC = spec_for()


def table(y=None, **columns):
    return table_of(columns, np.arange(len(next(iter(columns.values())))) if y is None else y)


def as32(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def random_numbers(rows, seed, missing):
    random = np.random.default_rng(seed)
    values = random.lognormal(3, 2, rows)
    return np.where(random.random(rows) < missing, np.nan, values)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_numbers_are_imputed_flagged_and_standardised_as_in_scikit_learn(missing):
    train, other = random_numbers(300, 1, missing), random_numbers(100, 2, 0.2)
    imputer = SimpleImputer(strategy="median").fit(as32(train)[:, None])
    scaler = StandardScaler().fit(imputer.transform(as32(train)[:, None]))
    oracle = make_pipeline(imputer, scaler)
    preparation = fit_preparation(table(x=train), SPEC)
    for values in (train, other):
        found = design_matrix(preparation, table(x=values))
        np.testing.assert_allclose(
            found[:, 0], oracle.transform(as32(values)[:, None])[:, 0], rtol=1e-5, atol=1e-6
        )
        if missing:
            np.testing.assert_array_equal(found[:, 1], np.isnan(values))
    assert design_names(preparation) == (("x", "x (missing)") if missing else ("x",))
    assert found.dtype == np.float32


def texts(rows):
    levels = ["", "a", "b", "c", *[f"rare {i}" for i in range(8)]]
    weights = np.array([0.1, 0.4, 0.25, 0.15, *[0.1 / 8] * 8])  # a rare level: 5 of 400 rows
    return np.repeat(np.array(levels, dtype=object), np.round(weights * rows).astype(int))


def test_texts_are_encoded_as_in_scikit_learn():
    train, other = texts(400), np.array(["a", "rare 3", "", "unknown", "c"], dtype=object)
    oracle = OneHotEncoder(
        min_frequency=int(np.ceil(rare_below(400))), handle_unknown="ignore", sparse_output=False
    )
    oracle.fit(train[:, None])
    preparation = fit_preparation(table(t=train), SPEC)
    (column,) = preparation.columns
    assert column.levels == ("", "a", "b", "c")
    assert sorted(column.pooled) == sorted(oracle.infrequent_categories_[0])
    for values in (train, other):
        np.testing.assert_array_equal(
            design_matrix(preparation, table(t=values)), oracle.transform(np.asarray(values)[:, None])
        )
    assert design_names(preparation) == ("t=(missing)", "t=a", "t=b", "t=c", "t=(rare)")


def test_an_unknown_level_is_zero_everywhere():
    preparation = fit_preparation(table(t=["a", "b"] * 20), SPEC)
    assert design_matrix(preparation, table(t=["zebra", ""])).tolist() == [[0, 0], [0, 0]]


def test_one_rare_level_alone_keeps_its_column():
    (column,) = fit_preparation(table(t=["a"] * 60 + ["b"] * 39 + ["c"]), SPEC).columns
    assert column == TextPreparation("t", ("a", "b", "c"))


def test_levels_that_are_all_rare_are_not_pooled_into_a_constant():
    (column,) = fit_preparation(table(t=[f"level {i % 30:02}" for i in range(90)]), SPEC).columns
    assert (len(column.levels), column.pooled) == (30, ())


@pytest.mark.parametrize(("rows", "fewest"), [(20, 1), (100, 5), (200, 10), (1000, 10), (1758, 17.58)])
def test_rare_is_one_percent_but_at_least_ten_but_at_most_five_percent(rows, fewest):
    assert rare_below(rows) == pytest.approx(fewest)


def test_constant_columns_are_left_out_with_a_note():
    columns = {
        "same": np.full(40, 0.1),
        "rounding": 1e8 + np.arange(40) * 1e-3,
        "flag": [1.0, np.nan] * 20,
        "word": ["x"] * 40,
        "blank": [""] * 40,
        "good": np.arange(40) * 0.5,
    }
    preparation = fit_preparation(table(**columns), SPEC)
    assert [column.name for column in preparation.columns] == ["good"]
    assert preparation.notes == (
        "Column 'same' is left out: it is 0.1 in every training row.",
        "Column 'rounding' is left out: it is 1e+08 in every training row.",
        "Column 'flag' is left out: it is 1 or blank in every training row "
        "(to use it, write a number for blank).",
        "Column 'word' is left out: it is 'x' in every training row.",
        "Column 'blank' is left out: it is '' in every training row.",
    )


def test_features_that_are_all_constant_are_refused():
    with pytest.raises(DataError, match="every feature is constant in the 40 training rows"):
        fit_preparation(table(a=np.ones(40), b=["x"] * 40), SPEC)


def test_a_target_that_is_constant_in_training_rows_is_refused():
    with pytest.raises(DataError, match="target 'y' is 2 in every training row"):
        fit_preparation(table(y=np.full(40, 2.0), a=np.arange(40.0)), SPEC)


@pytest.mark.parametrize("spread", [1e4, 1e6])
def test_numbers_far_from_zero_survive_float32(spread):
    times = 1.6e9 + spread * np.random.default_rng(0).normal(size=500)
    design = design_matrix(fit_preparation(table(t=times), SPEC), table(t=times))[:, 0]
    exact = (times - times.mean()) / times.std()
    assert abs(design.mean()) < 1e-6
    assert design.std() == pytest.approx(1, abs=1e-6)
    half_a_step = np.spacing(np.float32(1.6e9)) / 2
    assert np.abs(design - exact).max() <= 1.2 * half_a_step / spread  # the mean is rounded a little too


def test_very_small_and_very_large_numbers_are_standardised_too():
    for scale in (1e-36, 1e36):
        values = scale * np.random.default_rng(0).normal(size=200)
        design = design_matrix(fit_preparation(table(x=values), SPEC), table(x=values))
        assert design.std() == pytest.approx(1, rel=1e-4)


def test_the_median_is_what_a_float32_model_would_impute():
    values = [1e9 + 1, 1e9 + 65, 1e9 + 129, np.nan, 2e9, 3e9, np.nan, 5e9]
    (column,) = fit_preparation(table(x=values), SPEC).columns
    assert column.indicator
    assert column.median == float(np.float32(column.median))


@pytest.mark.parametrize("transform", ["none", "log", "log10"])
@pytest.mark.parametrize("scale", ["standardize", "none"])
def test_the_target_scales_as_its_formula_says_and_back(transform, scale):
    spec = spec_for(target_transform=transform, target_scale=scale, units={"y": "dollars"})
    y = np.random.default_rng(0).lognormal(2, 1, 100)
    target = fit_preparation(table(y=y, a=np.arange(100.0)), spec).target
    transformed = {"none": y, "log": np.log(y), "log10": np.log(y) / np.log(10)}[transform]
    standard = StandardScaler().fit_transform(transformed[:, None])[:, 0]
    scaled = scale_target(target, y)
    back = unscale_target(target, scaled)
    oracle = standard if scale == "standardize" else transformed
    np.testing.assert_allclose(scaled, oracle, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(back, y, rtol=1e-5)
    assert (scaled.dtype, back.dtype, target.unit) == (np.float32, np.float64, "dollars")
    if scale == "none":
        assert (target.mean, target.sd) == (0.0, 1.0)


def test_a_target_too_large_for_float32_is_refused():
    huge = np.linspace(1, 2, 40) * 1e300
    with pytest.raises(DataError, match=r"target 'y': expected values below 3\.4e38"):
        fit_preparation(table(y=huge, a=np.arange(40.0)), spec_for(target_scale="none"))
    with pytest.raises(DataError, match=r"target 'y': expected values below 3\.4e38"):
        fit_preparation(table(y=huge, a=np.arange(40.0)), spec_for())


def test_a_prediction_beyond_float64_is_infinite_and_warns_nobody():
    spec = spec_for(target_transform="log10")
    target = fit_preparation(table(y=np.arange(1.0, 41), a=np.arange(40.0)), spec).target
    assert unscale_target(target, np.array([1e6, np.nan])).tolist()[0] == np.inf


def test_design_names_are_all_different():
    rows = 40
    columns = {
        "x": [np.nan, 1.0, 2.0, 3.0] * 10,
        "x (missing)": np.arange(rows) * 1.5,
        "t": ["a", "(rare)", "a=b", ""] * 10,
        "t=a": ["b", "c"] * 20,
    }
    names = design_names(fit_preparation(table(**columns), SPEC))
    assert len(set(names)) == len(names) == 2 + 1 + 4 + 2
    assert "x (missing) #2" in names


def test_columns_keep_their_order_kind_and_unit():
    spec = spec_for(units={"a": "m", "c": "colour"})
    source = source_of({"c": ["x", "y"] * 50, "a": [i / 2 for i in range(100)], "y": range(100)})
    divided = divide(source, spec)
    first, second = fit_preparation(divided.table, spec).columns
    assert (type(first), first.unit) == (TextPreparation, "colour")
    assert (type(second), second.unit) == (NumberPreparation, "m")
