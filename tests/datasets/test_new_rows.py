import numpy as np
import pytest
from data_makers import write_csv, write_parquet

from regctl.datasets.new_rows import read_new_rows
from regctl.errors import DataError

COLUMNS = (("b", "text"), ("a", "number"))
TABLE = {"extra": [1, 2, 3], "a": [1.5, None, -2.0], "b": ["x", None, "TRUE"]}


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_columns_are_matched_by_name_and_the_rest_is_noted(tmp_path, write):
    found = read_new_rows(write(tmp_path / f"x.{write.__name__[6:]}", TABLE), COLUMNS)
    assert list(found) == ["b", "a"]
    assert found["a"].dtype == np.float32
    np.testing.assert_array_equal(found["a"], np.array([1.5, np.nan, -2.0], dtype=np.float32))
    assert found["b"].tolist() == ["x", "", "true"]
    assert found["b"].dtype == object
    assert found.notes[0].endswith("columns that the model does not use are ignored: 'extra'.")


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_a_text_column_that_happens_to_hold_numbers_is_still_text(tmp_path, write):
    found = read_new_rows(
        write(tmp_path / f"x.{write.__name__[6:]}", {"b": [1, 20], "a": [None, None]}), COLUMNS
    )
    assert found["b"].tolist() == ["1", "20"]
    assert np.isnan(found["a"]).all()
    assert found.notes == ()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"A": [1], "b": ["x"]}, "no column 'a', which the model needs. Did you mean 'A'?"),
        ({"a": [1, "many"], "b": ["x", "y"]}, "column 'a': expected numbers, received text ('many' at "),
        ({"a": [1, "inf"], "b": ["x", "y"]}, "x.csv:3: column 'a': expected a finite number"),
        ({"a": [1, "1e39"], "b": ["x", "y"]}, "x.csv:3: column 'a': expected a finite number"),
        ({"a": [], "b": []}, "a header but no rows"),
    ],
)
def test_rows_that_do_not_fit_the_model_are_refused(tmp_path, table, words):
    with pytest.raises(DataError) as caught:
        read_new_rows(write_csv(tmp_path / "x.csv", table), COLUMNS)
    assert words in str(caught.value)


def test_a_column_of_dates_is_no_text(tmp_path):
    from datetime import date

    path = write_parquet(tmp_path / "x.parquet", {"a": [1.0], "b": [date(2026, 1, 1)]})
    with pytest.raises(DataError, match="column 'b': expected text, received Date"):
        read_new_rows(path, COLUMNS)


def test_images_without_targets_are_read_from_an_npz_file(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 2, 3), dtype=np.uint8)
    np.savez(tmp_path / "new.npz", x=images)
    rows = read_new_rows(tmp_path / "new.npz", [("pixel_1_2", "number"), ("pixel_0_0", "number")])
    np.testing.assert_array_equal(rows["pixel_1_2"], images[:, 1, 2])
