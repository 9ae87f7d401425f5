import numpy as np
import pytest
from data_makers import spec_for

from regctl import catalog
from regctl.datasets import quadratic
from regctl.datasets.describing import cards, describe
from regctl.datasets.opening import open_rows
from regctl.datasets.registered import registered
from regctl.datasets.sources import read_source
from regctl.errors import DataError

TRAVELLING = [name for name in catalog.DATASETS if not registered(name).downloads]


def read(name, **options):
    return read_source(spec_for(name, options=options).dataset)


@pytest.mark.parametrize("name", catalog.DATASETS)
def test_every_data_set_has_a_whole_card(name):
    card = dict(cards())[name]
    assert all((card.title, card.target, card.good_for, card.rows, card.columns, card.source, card.licence))


@pytest.mark.parametrize("name", TRAVELLING)
def test_a_card_says_what_is_there(name):
    card, source, known = registered(name).card, read(name), registered(name)
    assert card.columns == len(source.columns)
    assert card.rows in (source.rows, f"n ({source.rows})")
    assert card.target in source.columns
    assert set(known.units) <= set(source.columns)
    assert card.sha256 in (None, source.sha256)
    assert describe(name).rows == source.rows


@pytest.mark.parametrize("name", TRAVELLING)
def test_the_same_data_are_read_twice(name):
    assert read(name).sha256 == read(name).sha256


def test_the_price_of_a_house_is_the_quadratic_plus_noise_of_the_size_asked_for():
    columns = read("quadratic", n=200_000, noise=30).columns
    area, price = columns["area"].values, columns["price"].values
    fitted = np.polynomial.polynomial.polyfit(area, price, 2)
    np.testing.assert_allclose(fitted, quadratic.COEFFICIENTS, rtol=0.02, atol=0.02)
    residuals = price - np.polynomial.polynomial.polyval(area, quadratic.COEFFICIENTS)
    assert abs(residuals.mean()) < 0.3
    assert residuals.std() == pytest.approx(30, rel=0.01)
    assert (area.min(), area.max()) == pytest.approx((40, 240), abs=0.1)


def test_without_noise_prices_are_exact_and_seeds_draw_others():
    columns = read("quadratic", noise=0).columns
    exact = np.polynomial.polynomial.polyval(columns["area"].values, quadratic.COEFFICIENTS)
    np.testing.assert_allclose(columns["price"].values, exact, atol=0.0051)
    first, second = (read("quadratic", seed=seed).columns["area"].values for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_more_houses_keep_the_first_and_more_noise_keeps_the_areas():
    small, large, loud = read("quadratic"), read("quadratic", n=50), read("quadratic", noise=100)
    for name in ("area", "price"):
        np.testing.assert_array_equal(small.columns[name].values, large.columns[name].values[:40])
    np.testing.assert_array_equal(small.columns["area"].values, loud.columns["area"].values)


def test_the_hash_depends_on_options_and_content():
    hashes = {read("quadratic", **options).sha256 for options in ({}, {"n": 41}, {"noise": 61}, {"seed": 1})}
    assert len(hashes) == 4
    assert read("quadratic", n=40, noise=60, seed=quadratic.CLEAR_SEED).sha256 == read("quadratic").sha256


@pytest.mark.parametrize("split", range(5))
def test_degree_12_explodes_where_degree_2_does_not(split):
    """Least squares on the rows that a spec's split gives, by NumPy."""
    data = open_rows(spec_for("quadratic", "price", split={"seed": split}))
    losses = {}
    (x, y), (held_x, held_y) = (
        (table.values["area"], table.target) for table in (data.train.table, data.validation.table)
    )
    for degree in range(1, 13):
        fit = np.polynomial.Polynomial.fit(x, y, degree)
        losses[degree] = [np.mean((fit(a) - b) ** 2) / y.var() for a, b in ((x, y), (held_x, held_y))]
    train, held_out = zip(*losses.values(), strict=True)
    assert list(train) == sorted(train, reverse=True)
    assert np.argmin(held_out) + 1 in (2, 3)
    assert held_out[11] > 10 * min(held_out)


def test_diabetes_is_the_table_of_scikit_learn_in_its_own_units():
    from sklearn.datasets import load_diabetes

    found, source = load_diabetes(scaled=False), read("diabetes")
    assert list(source.columns) == [*found.feature_names, "progression"]
    held = np.stack([column.values for column in source.columns.values()], axis=1)
    np.testing.assert_array_equal(held, np.column_stack([found.data, found.target]))
    first = {"age": 59, "sex": 2, "bmi": 32.1, "bp": 101, "s1": 157, "progression": 151}
    assert {name: source.columns[name].values[0] for name in first} == first


def test_digits_are_the_images_of_scikit_learn():
    from sklearn.datasets import load_digits

    found, source = load_digits(), read("digits")
    assert source.image_shape == (8, 8, 1)
    np.testing.assert_array_equal(source.columns["pixel_2_5"].values, found.images[:, 2, 5])
    np.testing.assert_array_equal(source.columns["digit"].values, found.target)


def test_a_wrong_option_of_a_spec_made_in_python_is_refused():
    with pytest.raises(DataError, match=r"dataset.options.nois: unknown option .* Did you mean 'noise'\?"):
        read("quadratic", nois=3)


def test_a_sample_with_too_few_rows_is_refused():
    with pytest.raises(DataError, match=r"quadratic: .*10"):
        open_rows(spec_for("quadratic", "price", options={"n": 12}))


def test_data_of_another_numpy_would_be_noticed():
    right = read("quadratic").sha256
    assert read_source(spec_for("quadratic", sha256=right).dataset).sha256 == right
    with pytest.raises(DataError, match=r"quadratic: expected sha256 0000.*dataset\.sha256 of the spec"):
        read_source(spec_for("quadratic", sha256="0" * 64).dataset)
