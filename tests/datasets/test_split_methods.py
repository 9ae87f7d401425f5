from datetime import date, timedelta

import numpy as np
import pytest
from data_makers import houses, source_of, spec_for, write_parquet

from regctl.datasets.dividing import divide
from regctl.datasets.opening import open_rows
from regctl.datasets.sources import read_file
from regctl.errors import DataError

ROWS = 200
PARTS = (["train"] * 6 + ["validation"] * 2 + ["test"] * 2) * 20


def divided(columns, **split):
    return divide(source_of({**houses(ROWS), **columns}), spec_for(split=split))


def counts(result):
    return {name: len(part) for name, part in result.record.parts.items()}


# ---- seed and strata ---------------------------------------------------------------------------------------


def test_strata_get_the_same_shares_of_each_part():
    levels = ["common"] * 150 + ["seldom"] * 50
    result = divided({"level": levels}, stratify="level")
    parts, seldom = result.division.parts, np.array(levels) == "seldom"
    assert np.bincount(parts[seldom]).tolist() == [30, 10, 10]
    assert np.bincount(parts[~seldom]).tolist() == [90, 30, 30]
    assert result.record.method.startswith("by seed 0 within the levels (or deciles) of 'level'")


def test_a_number_with_many_values_is_stratified_by_deciles():
    result = divided({}, stratify="y")
    target = np.array(houses(ROWS)["y"])
    decile = np.searchsorted(np.quantile(target, np.arange(0.1, 0.95, 0.1)), target)
    shares = [np.bincount(result.division.parts[decile == each], minlength=3).tolist() for each in range(10)]
    assert shares == [[12, 4, 4]] * 10


def test_strata_too_small_to_divide_are_one_stratum():
    rare = [f"rare {i}" if i < 20 else "common" for i in range(ROWS)]
    result = divided({"level": rare}, stratify="level")
    assert np.bincount(result.division.parts[:20]).tolist() == [12, 4, 4]


# ---- groups ------------------------------------------------------------------------------------------------


def test_groups_that_share_an_identical_row_are_one_group():
    table = houses(ROWS)
    for name in table:
        table[name][1] = table[name][0]
        table[name][3] = table[name][2]
    table["city"] = [f"city {i % 50}" for i in range(ROWS)]
    result = divide(source_of(table), spec_for(split={"group": "city"}))
    blocks = result.division.blocks
    assert blocks[0] == blocks[1] == blocks[50] == blocks[51]
    assert blocks[2] == blocks[3]
    assert len(set(blocks.tolist())) == 48
    assert "4 rows in 2 groups of identical rows: a group stays in one part." in result.notes


def test_a_large_group_that_skews_the_shares_is_a_finding():
    result = divided({"city": ["big"] * 80 + [f"city {i}" for i in range(120)]}, group="city", seed=1)
    (finding,) = result.division.findings
    assert (finding.code, finding.severity) == ("REG502", "note")
    assert finding.evidence["shares"]["train"] == counts(result)["train"] / ROWS


@pytest.mark.parametrize("key", ["group", "time", "column"])
def test_a_missing_value_in_a_split_column_is_an_error_with_its_line(key):
    cells = list(PARTS) if key == "column" else list(range(ROWS))
    cells[4] = None
    with pytest.raises(DataError, match=rf"split\.{key} 's' is missing in 1 of 200 rows \(line 6\)"):
        divided({"s": cells}, **{key: "s"})


# ---- time --------------------------------------------------------------------------------------------------

FIRST = date(2020, 1, 1)
TIMES = {
    "numbers": [1000 - 2 * i for i in range(ROWS)],
    "iso_days": [(FIRST - timedelta(days=i)).isoformat() for i in range(ROWS)],
    "iso_instants": [f"{FIRST - timedelta(days=i)}T10:00:00+02:00" for i in range(ROWS)],
}


@pytest.mark.parametrize("name", TIMES)
def test_the_last_rows_in_time_are_the_test_rows(name):
    result = divided({"t": TIMES[name]}, time="t")
    assert result.division.parts.tolist() == [2] * 40 + [1] * 40 + [0] * 120
    assert result.record.method == "in order of 't': 60 % train, 20 % validation, 20 % test"


def test_dates_of_parquet_are_an_order_too(tmp_path):
    table = {**houses(ROWS), "t": [FIRST - timedelta(days=i) for i in range(ROWS)]}
    result = divide(read_file(write_parquet(tmp_path / "x.parquet", table)), spec_for(split={"time": "t"}))
    assert result.division.parts.tolist() == [2] * 40 + [1] * 40 + [0] * 120


def test_instants_are_compared_across_time_zones():
    times = [f"2020-01-01T{i % 24:02}:00:00+00:00" for i in range(ROWS)]
    times[23] = "2020-01-02T00:30:00+14:00"  # 10:30 UTC on the first
    result = divided({"t": times}, time="t")
    assert result.division.parts[23] == 0
    assert result.division.parts[47] == 2


def test_time_text_that_is_not_iso_is_an_error_with_its_line():
    with pytest.raises(DataError) as caught:
        divided({"t": ["2020-01-01", "01/02/2020"] * 100}, time="t")
    assert caught.value.message.startswith("/memory.csv:3: split.time 't': expected ISO 8601 text")
    assert "'01/02/2020'" in caught.value.message


def test_blocks_of_time_are_runs_of_about_the_cube_root_of_the_rows():
    result = divided({"t": TIMES["numbers"]}, time="t")
    blocks = result.part("train").blocks[::-1]
    assert (np.diff(blocks) >= 0).all()
    assert np.bincount(blocks).tolist() == [5] * 24
    assert np.bincount(result.part("validation").blocks).tolist() == [3] * 13 + [1]


# ---- a given column ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [str, str.upper, lambda word: f" {word} "])
def test_a_column_of_part_names_is_taken_at_its_word(change):
    result = divided({"p": [change(word) for word in PARTS]}, column="p")
    assert [("train", "validation", "test")[part] for part in result.division.parts] == PARTS
    assert result.part("train").blocks is None
    assert result.record.method == "as column 'p' says"


@pytest.mark.parametrize(
    "marks", [("true", "false"), ("True", "False"), ("1", "0"), ("1.0", "0.0"), ("train", "test")]
)
def test_validation_is_carved_from_the_training_rows_when_the_column_names_none(marks):
    yes, no = marks
    result = divided({"p": [yes if i < 160 else no for i in range(ROWS)]}, column="p")
    assert counts(result) == {"train": 120, "validation": 40, "test": 40}
    assert result.record.parts["test"].rows == tuple(range(160, ROWS))
    assert "25 % of the training rows, by seed 0" in result.record.method
    assert any("names no validation rows" in note for note in result.notes)
    other = divided({"p": [yes if i < 160 else no for i in range(ROWS)]}, column="p", seed=1)
    assert other.record.parts["validation"] != result.record.parts["validation"]


def test_other_words_are_an_error_that_names_them():
    with pytest.raises(DataError) as caught:
        divided({"p": ["train", "test", "dev", "validation"] * 50}, column="p")
    assert caught.value.message.startswith("/memory.csv:4: split.column 'p'")
    assert caught.value.message.endswith("received 'dev'.")
    with pytest.raises(DataError, match=r"received '0', '1', '2'\."):
        divided({"p": [0, 1, 2, 1] * 50}, column="p")


@pytest.mark.parametrize("key", ["time", "column"])
def test_duplicates_across_given_parts_are_a_finding(key):
    table = houses(ROWS)
    for name in table:
        table[name][ROWS - 1] = table[name][0]
        table[name][2] = table[name][1]
    cells = list(range(ROWS)) if key == "time" else ["train"] * 120 + ["validation"] * 40 + ["test"] * 40
    result = divide(source_of({**table, "s": cells}), spec_for(split={key: "s"}))
    (finding,) = result.division.findings
    assert (finding.code, finding.severity) == ("REG501", "warning")
    assert finding.evidence == {"groups": 1, "rows": 2, "first_rows": [0, ROWS - 1]}
    assert f"split.{key} decides" in finding.message


# ---- too few rows ------------------------------------------------------------------------------------------


def test_fewer_than_ten_training_rows_are_refused():
    with pytest.raises(DataError, match="at least 10 training rows, received 8 train, 3 validation, 3 test"):
        divide(source_of(houses(14)), spec_for())
    assert counts(divide(source_of(houses(17)), spec_for()))["train"] == 10


def test_an_empty_part_is_refused():
    with pytest.raises(DataError, match="no test rows"):
        divided({"p": ["train", "validation"] * 100}, column="p")
    with pytest.raises(DataError, match="at least 10 training rows"):
        divided({"p": ["test", "validation"] * 100}, column="p")
    with pytest.raises(DataError, match="no validation rows"):
        divided({}, train=0.98, validation=0.0001, test=0.0199)
    with pytest.raises(DataError, match="at least 10 training rows, received 0 train"):
        divided({"p": ["test"] * 200}, column="p")


def test_findings_and_notes_reach_what_training_sees(tmp_path):
    table = {**houses(ROWS), "p": ["train"] * 160 + ["test"] * 40}
    for name in ("a", "b", "c", "y"):
        table[name][ROWS - 1] = table[name][0]
    data = open_rows(spec_for(write_parquet(tmp_path / "x.parquet", table), split={"column": "p"}))
    assert [finding.code for finding in data.findings] == ["REG501"]
    assert any("names no validation rows" in note for note in data.notes)
