import errno
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from regctl.errors import StorageError, UsageError
from regctl.records.files import read_csv, read_json, write_bytes, write_csv, write_json, write_text
from regctl.types import Setting


def refuse(monkeypatch, name: str, code: int) -> None:
    """Make one function of `os` fail as a full or broken disk does."""

    def fail(*_arguments, **_keywords):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, name, fail)


@pytest.mark.parametrize("name", ["write", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_refused_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, name, code):
    path = tmp_path / "curve.csv"
    path.write_text("old")
    refuse(monkeypatch, name, code)
    with pytest.raises(StorageError) as caught:
        write_bytes(path, b"new and longer")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["curve.csv"]
    assert caught.value.exit_code == 1
    assert os.strerror(code) in str(caught.value)


def test_a_full_disk_names_the_run_folder_how_many_trials_it_holds_and_the_remedy(tmp_path, monkeypatch):
    run = tmp_path / "2026-housing"
    (run / "plots").mkdir(parents=True)
    (run / "manifest.json").write_text("{}")
    (run / "trials.jsonl").write_text("{}\n{}\n")
    refuse(monkeypatch, "write", errno.ENOSPC)
    with pytest.raises(StorageError) as caught:
        write_bytes(run / "plots" / "loss.png", b"x")
    assert f"2 finished trials are saved in {run}." in caught.value.message
    assert "Make room on the disk" in caught.value.hint


def test_a_reader_never_sees_half_a_file(tmp_path, monkeypatch):
    path, seen = tmp_path / "big", []
    path.write_bytes(b"old")
    whole = os.write

    def in_small_steps(descriptor, data):
        seen.append(path.read_bytes())
        return whole(descriptor, bytes(data)[:3])

    monkeypatch.setattr(os, "write", in_small_steps)
    write_bytes(path, b"0123456789")
    assert seen == [b"old"] * 4
    assert path.read_bytes() == b"0123456789"


def test_results_are_readable_by_others_as_the_umask_says(tmp_path):
    before = os.umask(0o022)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_not_whole_yet_is_private_and_in_the_same_folder(tmp_path, monkeypatch):
    seen, write = [], os.write

    def looking(descriptor, data):
        seen.extend((path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir())
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", looking)
    before = os.umask(0)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    [(name, mode)] = seen
    assert name.startswith(".a.")
    assert mode == 0o600
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o666]


def test_floats_in_a_table_read_back_as_the_same_numbers(tmp_path):
    numbers = [0.1, 1 / 3, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, math.inf, float(np.float32(0.1))]
    write_csv(tmp_path / "t.csv", ["x"], [[number] for number in numbers])
    assert [float(row["x"]) for row in read_csv(tmp_path / "t.csv")] == numbers
    assert (tmp_path / "t.csv").read_text().splitlines()[1] == "0.1"


def test_what_has_no_value_is_an_empty_cell(tmp_path):
    write_csv(tmp_path / "t.csv", ["a", "b", "c", "d"], [[None, math.nan, np.float64("nan"), 3]])
    assert (tmp_path / "t.csv").read_text() == "a,b,c,d\n,,,3\n"


def test_json_is_strict_and_keeps_every_kind_of_value(tmp_path):
    value = {"nan": math.nan, "inf": -math.inf, "array": np.arange(2), "number": np.float32(0.5)}
    value |= {
        "setting": Setting(0.1, 0.0, 0.0, 0.001),
        "tuple": ((1,),),
        "none": None,
        "yes": True,
        "text": "λ",
    }
    value |= {"path": Path("a")}
    write_json(tmp_path / "v.json", value)

    def refuse_constant(text):
        raise AssertionError(f"{text} is not JSON")

    found = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"), parse_constant=refuse_constant)
    assert found["nan"] is None
    assert found["inf"] is None
    assert found["array"] == [0, 1]
    assert found["number"] == 0.5
    assert found["setting"]["learning_rate"] == 0.001
    assert found["tuple"] == [[1]]
    assert found["yes"] is True
    assert found["text"] == "λ"


def test_bytes_of_a_command_line_that_are_no_text_survive_in_json(tmp_path):
    argument = b"caf\xe9".decode("utf-8", "surrogateescape")
    write_json(tmp_path / "v.json", [argument])
    assert read_json(tmp_path / "v.json") == [argument]


@pytest.mark.parametrize("text", ["", "{", "[1,"])
def test_a_damaged_json_file_is_a_users_error_with_its_path(tmp_path, text):
    (tmp_path / "v.json").write_text(text)
    with pytest.raises(UsageError, match=r"v.json: expected JSON"):
        read_json(tmp_path / "v.json")


def test_a_table_with_a_short_row_is_named_with_its_line(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(UsageError, match=r"t.csv:3: expected 2 cells"):
        read_csv(tmp_path / "t.csv")
