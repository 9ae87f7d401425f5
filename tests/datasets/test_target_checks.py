import pytest
from data_makers import houses, source_of, spec_for, write_parquet

from regctl.datasets.dividing import divide
from regctl.datasets.sources import read_file
from regctl.errors import DataError


def refused(y, **dataset):
    with pytest.raises(DataError) as caught:
        divide(source_of({**houses(len(y)), "y": y}), spec_for(**dataset))
    assert caught.value.hint
    return caught.value.message


def with_cells(*cells):
    y = houses()["y"]
    for row, cell in zip((3, 5, 8), cells, strict=False):
        y[row] = cell
    return y


def test_a_missing_target_is_counted_and_its_lines_named():
    message = refused(with_cells(None, "NA"))
    assert "target 'y' is missing in 2 of 200 rows (lines 5, 7)" in message


def test_an_infinite_target_is_counted_and_its_lines_named():
    assert "target 'y' is infinite in 3 of 200 rows (lines 5, 7, 10)" in refused(
        with_cells("inf", "-inf", "1e999")
    )


def test_a_text_target_names_the_first_cell_that_is_no_number():
    message = refused(with_cells("12", "n.a.", "n.a."))
    assert "expected numbers, received text ('n.a.' at /memory.csv:7)" in message
    assert "expected numbers, received text ('red' at" in refused(["red", "blue"] * 50)


def test_a_constant_target_is_refused():
    assert "target 'y' is 3.5 in every row" in refused([3.5] * 200)


@pytest.mark.parametrize("transform", ["log", "log10"])
def test_a_logarithm_needs_positive_values(transform):
    message = refused(with_cells(0, -1), target_transform=transform)
    assert "target 'y' is not above 0 in 2 of 200 rows (lines 5, 7)" in message


def test_a_target_of_dates_is_refused(tmp_path):
    from datetime import date

    table = {**houses(40), "y": [date(2026, 1, 1 + i % 28) for i in range(40)]}
    source = read_file(write_parquet(tmp_path / "x.parquet", table))
    with pytest.raises(DataError, match="expected numbers, received Date"):
        divide(source, spec_for())


def test_parquet_counts_rows_from_one(tmp_path):
    source = read_file(write_parquet(tmp_path / "x.parquet", {**houses(), "y": with_cells(None)}))
    with pytest.raises(DataError, match=r"missing in 1 of 200 rows \(row 4\)"):
        divide(source, spec_for())
