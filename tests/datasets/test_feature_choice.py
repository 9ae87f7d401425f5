from datetime import date

import polars as pl
import pytest
from data_makers import houses, source_of, spec_for, write_parquet

from regctl.datasets.dividing import divide
from regctl.datasets.sources import read_file
from regctl.errors import DataError


def used(columns, target="y", split=None, **dataset):
    divided = divide(source_of(columns), spec_for(target=target, split=split, **dataset))
    return [column.name for column in divided.table.columns], " ".join(divided.notes)


ROWS = 200
DAYS = [f"2026-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(ROWS)]
UNFIT = {
    "dates": (DAYS, "dates or times"),
    "us_dates": ([f"{1 + i % 12}/{1 + i % 28}/2026" for i in range(ROWS)], "dates or times"),
    "clock": ([f"{i % 24:02}:30" for i in range(ROWS)], "dates or times"),
    "names": ([f"house {i}" for i in range(ROWS)], "it names rows"),
    "many": ([f"level {i % 110}" for i in range(ROWS)], "different texts"),
    "id": (list(range(1, ROWS + 1)), "it counts the rows"),
    "down": (list(range(ROWS, 0, -1)), "it counts the rows"),
    "gaps": (sorted({i + i // 3 for i in range(ROWS)}), "it counts the rows"),
    "empty": ([None] * ROWS, "no value in the training rows"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_column_that_is_no_feature_is_left_out_with_a_note(name):
    cells, reason = UNFIT[name]
    names, notes = used({**houses(ROWS), name: cells})
    assert names == ["a", "b", "c"]
    assert f"Column {name!r} is left out" in notes
    assert reason in notes


@pytest.mark.parametrize("name", UNFIT)
def test_a_listed_column_that_is_no_feature_is_an_error_with_a_remedy(name):
    cells, reason = UNFIT[name]
    with pytest.raises(DataError) as caught:
        used({**houses(ROWS), name: cells}, features=["a", name])
    assert f"column {name!r} cannot be a feature" in caught.value.message
    assert reason in caught.value.message
    assert caught.value.hint


MEASURES = {
    "price": [100 + 0.5 * i for i in range(ROWS)],
    "sorted_area": [1000 + 17 * i for i in range(ROWS)],
    "decimal_year": [f"{1800 + i}.0" for i in range(ROWS)],
    "shuffled": [(i * 77) % ROWS for i in range(ROWS)],
    "repeated": [i // 2 for i in range(ROWS)],
    "with_gap": [None if i % 50 == 0 else i for i in range(ROWS)],
    "twenty": [f"level {i % 20}" for i in range(ROWS)],
    "almost_dates": ["unknown", *DAYS[:30]] * 7,
}


@pytest.mark.parametrize("name", MEASURES)
def test_a_genuine_measure_stays(name):
    names, notes = used({**houses(ROWS), name: MEASURES[name][:ROWS]})
    assert names == ["a", "b", "c", name]
    assert notes == ""


def test_a_column_like_row_numbers_stays_when_it_is_the_only_feature():
    year = list(range(1800, 1800 + ROWS))
    for features in ("all", ["year"]):
        names, notes = used({"year": year, "y": houses(ROWS)["y"]}, features=features)
        assert names == ["year"]
        assert "looks like row numbers" in notes


def test_split_columns_are_no_features():
    parts = (["train"] * 3 + ["validation", "test"]) * 40
    cities = [f"city {i % 17}" for i in range(ROWS)]
    for key, cells in (("group", cities), ("time", DAYS), ("column", parts)):
        names, notes = used({**houses(ROWS), "s": cells}, split={key: "s"})
        assert names == ["a", "b", "c"]
        assert f"Column 's' is left out: it is split.{key}." in notes
        with pytest.raises(DataError, match=f"column 's' cannot be a feature: it is split.{key}"):
            used({**houses(ROWS), "s": cells}, split={key: "s"}, features=["a", "s"])


def test_parquet_types_without_a_scale_are_left_out_by_name(tmp_path):
    table = {**houses(ROWS), "day": [date(2026, 1, 1 + i % 28) for i in range(ROWS)], "list": [[1, 2]] * ROWS}
    table["id"] = range(ROWS)
    source = read_file(write_parquet(tmp_path / "x.parquet", table))
    divided = divide(source, spec_for())
    assert [column.name for column in divided.table.columns] == ["a", "b", "c"]
    assert "Column 'day' is left out: it holds dates or times (Date)." in divided.notes
    assert "Column 'list' is left out: its type List(Int64) is neither number nor text." in divided.notes
    assert any(note.startswith("Column 'id' is left out: it counts the rows") for note in divided.notes)
    for name in ("day", "list"):
        with pytest.raises(DataError, match=f"column '{name}' cannot be a feature"):
            divide(source, spec_for(features=["a", name]))


def test_split_by_a_list_column_is_refused(tmp_path):
    source = read_file(write_parquet(tmp_path / "x.parquet", {**houses(ROWS), "list": [[1, 2]] * ROWS}))
    for key in ("group", "time", "column", "stratify"):
        with pytest.raises(DataError, match=rf"split\.{key} 'list': expected numbers, text or dates"):
            divide(source, spec_for(split={key: "list"}))


def test_drop_removes_and_features_select_in_the_files_order():
    assert used(houses(), drop=["b"])[0] == ["a", "c"]
    assert used(houses(), features=["c", "a"])[0] == ["a", "c"]


@pytest.mark.parametrize(
    ("dataset", "split", "key"),
    [
        ({"features": ["Areaa"]}, {}, "dataset.features"),
        ({"drop": ["Areaa"]}, {}, "dataset.drop"),
        ({"units": {"Areaa": "m"}}, {}, "dataset.units"),
        ({"target": "Areaa"}, {}, "dataset.target"),
        *(({}, {key: "Areaa"}, f"split.{key}") for key in ("stratify", "group", "time", "column")),
    ],
)
def test_an_unknown_column_anywhere_is_an_error_that_names_the_nearest(dataset, split, key):
    with pytest.raises(DataError) as caught:
        used({**houses(), "Area": houses()["a"]}, split=split, **dataset)
    assert f"no column 'Areaa' ({key})" in caught.value.message
    assert caught.value.hint == "Did you mean 'Area'?"


def test_the_target_is_never_a_feature_and_cannot_be_dropped():
    assert "y" not in used(houses())[0]
    with pytest.raises(DataError, match=r"dataset\.drop names the target 'y'"):
        used(houses(), drop=["y"])


def test_no_feature_left_is_an_error_that_says_why():
    with pytest.raises(DataError, match="no column is left as a feature"):
        used(houses(), drop=["a", "b", "c"])
    with pytest.raises(DataError, match=r"no column is left.*'names' is left out"):
        used({"names": UNFIT["names"][0], "y": houses(ROWS)["y"]})


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e39", "1e999"])
def test_a_number_no_model_can_take_is_an_error_with_column_and_line(cell):
    table = houses()
    table["a"][6] = cell
    with pytest.raises(DataError) as caught:
        used(table)
    assert caught.value.message.startswith("/memory.csv:8: column 'a': expected a finite number")
    assert used(table, drop=["a"])[0] == ["b", "c"]


def test_duplicates_are_found_although_an_id_column_tells_them_apart():
    table = houses(60)
    twins = {name: [*cells, *cells] for name, cells in table.items()}
    divided = divide(source_of({"id": [f"row {i}" for i in range(120)], **twins}), spec_for())
    parts = divided.division.parts
    assert "id" not in {column.name for column in divided.table.columns}
    assert (parts[:60] == parts[60:]).all()


def test_categories_of_parquet_are_text(tmp_path):
    table = pl.DataFrame(houses()).with_columns(pl.col("c").cast(pl.Categorical))
    table.write_parquet(tmp_path / "x.parquet")
    divided = divide(read_file(tmp_path / "x.parquet"), spec_for())
    assert [column.kind for column in divided.table.columns] == ["number", "number", "text"]
