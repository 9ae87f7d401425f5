import hashlib
import json
from dataclasses import replace

import pytest

from regctl.errors import UsageError
from regctl.records.ledger import EarlierOpening, Opening
from regctl.records.opened_test import OpenedTest, read_test, write_test
from regctl.records.selection_record import SelectionRecord, read_selection, write_selection
from regctl.records.split_record import part_hash, read_split, write_split
from regctl.types import Evaluation, Finding, Interval, PartRecord, Setting, SplitRecord, Target

SETTING, REFERENCE = Setting(0.01, 0.0, 0.0, 0.001), Setting(0.0, 0.0, 0.0, 0.001)
EVALUATION = Evaluation(
    3, Interval(0.1, 0.05, 0.2), {"rmse": Interval(2.0, 1.0, 3.0), "r2": Interval(0.5, None, None)}
)
OPENING = Opening("ab", "2026-11-22T08:15:30Z", "run", 3, (EarlierOpening("cd", "2026-11-21", "old", 3, 2),))


def test_a_split_reads_back_and_names_one_hash_per_part(tmp_path):
    parts = {
        "train": PartRecord((5, 1), ("bb", "aa")),
        "validation": PartRecord((2,), ("cc",)),
        "test": PartRecord((), ()),
    }
    split = SplitRecord(parts, "ff", "by seed 0")
    write_split(tmp_path, split, Target("price", None), ["a note"])
    found = read_split(tmp_path)
    assert (found.split, found.target, found.notes) == (split, Target("price", None), ("a note",))
    written = json.loads((tmp_path / "split.json").read_text())
    assert written["parts"]["train"]["count"] == 2
    assert written["parts"]["train"]["hash"] == hashlib.sha256(b"aa\nbb\n").hexdigest()


def test_a_parts_hash_does_not_depend_on_the_order_of_its_rows():
    assert part_hash(["a", "b"]) == part_hash(["b", "a"]) != part_hash(["ab"])


@pytest.mark.parametrize("selected", [SETTING, None])
def test_a_selection_reads_back(tmp_path, selected):
    finding = Finding("REG101", "warning", "at the edge", {"lambda": 1.0}, "extend")
    record = SelectionRecord("lambda", selected, selected, selected, REFERENCE, (finding,))
    write_selection(tmp_path, record)
    assert read_selection(tmp_path) == record


def test_rates_by_layer_read_back(tmp_path):
    by_layer = replace(SETTING, dropout=0.0, rates=(0.1, 0.3))
    write_selection(tmp_path, SelectionRecord(None, None, None, by_layer, REFERENCE))
    found = read_selection(tmp_path)
    assert (found.selected, found.reference) == (by_layer, REFERENCE)


def test_selection_json_has_the_shape_of_the_design(tmp_path):
    write_selection(tmp_path, SelectionRecord(None, None, None, SETTING, REFERENCE))
    written = json.loads((tmp_path / "selection.json").read_text())
    assert written["axis"] is None
    assert written["selected"] == {
        "lambda": 0.01,
        "dropout": 0.0,
        "input_dropout": 0.0,
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "l1_ratio": 0.0,
        "degree": 1,
        "samples": 1.0,
    }
    assert written["minimum"] is None
    assert written["findings"] == []


@pytest.mark.parametrize("diverged", [False, True])
def test_a_test_result_reads_back(tmp_path, diverged):
    reference = None if diverged else EVALUATION
    test = OpenedTest(OPENING, SETTING, EVALUATION, REFERENCE, reference, reference)
    write_test(tmp_path, test)
    assert read_test(tmp_path) == test


def test_test_json_has_the_shape_of_the_design(tmp_path):
    write_test(tmp_path, OpenedTest(OPENING, SETTING, EVALUATION, REFERENCE, EVALUATION, EVALUATION))
    written = json.loads((tmp_path / "test.json").read_text())
    assert (written["opening"], written["opened_at"], written["rows"]) == ("ab", "2026-11-22T08:15:30Z", 3)
    assert (written["loss"], written["loss_interval"]) == (0.1, [0.05, 0.2])
    assert written["metrics"]["rmse"] == {"value": 2.0, "interval": [1.0, 3.0]}
    assert written["metrics"]["r2"]["interval"] is None
    assert written["selected"]["lambda"] == 0.01
    assert written["reference"]["loss"] == 0.1
    assert written["earlier"][0]["shared_rows"] == 2


def test_while_sealed_there_is_no_result(tmp_path):
    assert read_test(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "read"),
    [("split.json", read_split), ("selection.json", read_selection), ("test.json", read_test)],
)
@pytest.mark.parametrize("text", ["{}", "[]", '{"parts": []}', "nonsense"])
def test_a_damaged_file_is_a_users_error_with_its_path(tmp_path, name, read, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=f"{name}: expected"):
        read(tmp_path)
