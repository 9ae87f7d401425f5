import dataclasses

import numpy as np
import pytest
from data_makers import houses, spec_for, write_csv

from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import design_matrix, prepare
from regctl.datasets.seal import open_test_rows
from regctl.errors import DataError
from regctl.types import PartRecord

ROWS = 200


@pytest.fixture
def path(tmp_path):
    columns = {
        **houses(ROWS),
        "name": [f"house {i}" for i in range(ROWS)],
        "city": [f"c{i % 40}" for i in range(ROWS)],
    }
    return write_csv(tmp_path / "x.csv", {**columns, "when": [i // 2 for i in range(ROWS)]})


@pytest.mark.parametrize("split", [{}, {"stratify": "city"}, {"group": "city"}, {"time": "when"}], ids=str)
def test_the_seal_yields_the_rows_that_were_put_aside(path, split):
    spec = spec_for(path, split=split)
    data = open_rows(spec)
    part = open_test_rows(spec, data.split)
    rows, table = data.split.parts["test"].rows, houses(ROWS)
    np.testing.assert_array_equal(part.table.target, [table["y"][row] for row in rows])
    np.testing.assert_array_equal(part.table.values["a"], [table["a"][row] for row in rows])
    assert part.table.columns == data.train.table.columns
    assert (part.blocks is None) == ("group" not in split and "time" not in split)
    design = design_matrix(prepare(data, spec)[0], part.table)
    assert design.shape == (len(rows), len(prepare(data, spec)[1].names))


def test_a_file_that_changed_is_refused(path):
    spec = spec_for(path)
    record = open_rows(spec).split
    path.write_text(path.read_text() + "\n")
    with pytest.raises(DataError, match="expected the file this run was trained on"):
        open_test_rows(spec, record)


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_a_record_that_does_not_match_the_rows_is_refused(path, name):
    spec = spec_for(path)
    record = open_rows(spec).split
    part = record.parts[name]
    for forged in (
        PartRecord(part.rows, ("0" * 64, *part.hashes[1:])),
        PartRecord(part.rows[1:], part.hashes[1:]),
        PartRecord((part.rows[1], part.rows[0], *part.rows[2:]), part.hashes),
    ):
        with pytest.raises(DataError, match=f"the {name} rows are not those recorded"):
            open_test_rows(spec, dataclasses.replace(record, parts={**record.parts, name: forged}))


def test_another_spec_does_not_open_a_runs_test_rows(path):
    record = open_rows(spec_for(path)).split
    for other in (spec_for(path, split={"seed": 1}), spec_for(path, drop=["b"])):
        with pytest.raises(DataError, match="rows are not those recorded"):
            open_test_rows(other, record)
