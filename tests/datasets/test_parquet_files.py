from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from data_makers import houses, spec_for, write_csv, write_parquet

from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import prepare
from regctl.datasets.sources import read_file
from regctl.errors import DataError


def test_csv_and_parquet_of_one_table_give_the_same_hashes_and_design(tmp_path):
    table = {**houses(), "flag": [True, False] * 100, "big": list(range(10**9, 10**9 + 200 * 7, 7))}
    csv_file, parquet_file = (
        write_csv(tmp_path / "x.csv", table),
        write_parquet(tmp_path / "x.parquet", table),
    )
    opened = [open_rows(spec_for(path)) for path in (csv_file, parquet_file)]
    assert opened[0].split.parts == opened[1].split.parts
    prepared = [prepare(data, spec_for(csv_file)) for data in opened]
    assert prepared[0][0] == prepared[1][0]
    np.testing.assert_array_equal(prepared[0][1].x_train, prepared[1][1].x_train)
    np.testing.assert_array_equal(prepared[0][1].x_validation, prepared[1][1].x_validation)


def test_every_type_has_its_kind(tmp_path):
    frame = pl.DataFrame(
        {
            "int": [1, None],
            "float": [1.5, float("nan")],
            "decimal": [Decimal("1.5"), None],
            "bool": [True, None],
            "text": ["x", None],
            "category": pl.Series(["x", None], dtype=pl.Categorical),
            "nothing": [None, None],
            "date": [date(2026, 1, 2), None],
            "datetime": [datetime(2026, 1, 2), None],
            "time": [time(1, 2), None],
            "duration": [timedelta(1), None],
            "list": [[1], None],
            "struct": [{"a": 1}, None],
            "binary": [b"x", None],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    columns = read_file(tmp_path / "x.parquet").columns
    kinds = {kind: [name for name, column in columns.items() if column.kind == kind] for kind in
             ("number", "text", "date", "other")}  # fmt: skip
    assert kinds == {
        "number": ["int", "float", "decimal", "nothing"],
        "text": ["bool", "text", "category"],
        "date": ["date", "datetime", "time", "duration"],
        "other": ["list", "struct", "binary"],
    }
    assert all(column.missing.tolist()[1] for column in columns.values())
    assert columns["bool"].values.tolist() == ["true", ""]
    assert columns["decimal"].values[0] == 1.5


def test_a_file_that_is_no_parquet_or_has_no_rows_is_refused(tmp_path):
    (tmp_path / "x.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="not readable as Parquet"):
        read_file(tmp_path / "x.parquet")
    with pytest.raises(DataError, match="no rows"):
        read_file(write_parquet(tmp_path / "y.parquet", {"a": []}))
    with pytest.raises(DataError, match="column 1 of 2 has no name"):
        read_file(write_parquet(tmp_path / "z.parquet", {" ": [1], "b": [2]}))
