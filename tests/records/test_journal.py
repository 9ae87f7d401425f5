import errno
import json
import math
import os
from dataclasses import replace

import pytest

from regctl.errors import StorageError, UsageError
from regctl.records.journal import Journal, append_lines, read_journal, read_lines
from regctl.records.trial_record import TrialRecord, setting_from, setting_values
from regctl.types import Setting

SETTING = Setting(lambda_=0.01, dropout=0.1, input_dropout=0.0, learning_rate=0.001)
METRICS = {"rmse": 21000.5, "r2": 0.9}
RECORD = TrialRecord(0, "done", 7, None, SETTING, 0.1, 1 / 3, 0.02, 60, 58, 4161, METRICS, METRICS)


def records(count: int) -> list[TrialRecord]:
    return [replace(RECORD, id=number) for number in range(count)]


def test_trials_read_back_as_they_were_in_the_order_they_finished(tmp_path):
    journal = Journal(tmp_path)
    journal.append(records(3)[1:])
    journal.append(records(1))
    journal.append([])
    assert [record.id for record in read_journal(tmp_path)] == [1, 2, 0]
    assert read_journal(tmp_path)[2] == RECORD


def test_rates_by_layer_read_back(tmp_path):
    record = replace(RECORD, setting=replace(SETTING, dropout=0.0, rates=(0.1, 0.25)))
    Journal(tmp_path).append([record])
    line = json.loads((tmp_path / "trials.jsonl").read_text())["setting"]
    assert (line["dropout"], line["dropout_1"], line["dropout_2"]) == (None, 0.1, 0.25)
    assert read_journal(tmp_path) == (record,)


def test_a_line_is_strict_json_with_lambda_by_its_name(tmp_path):
    diverged = replace(
        RECORD, status="diverged", validation_loss=math.nan, validation_metrics={"rmse": math.nan}
    )
    Journal(tmp_path).append([diverged])
    line = json.loads((tmp_path / "trials.jsonl").read_text(), parse_constant=lambda text: pytest.fail(text))
    assert line["setting"]["lambda"] == 0.01
    assert line["validation_loss"] is None
    (found,) = read_journal(tmp_path)
    assert math.isnan(found.validation_loss)
    assert math.isnan(found.validation_metrics["rmse"])


def test_one_batch_is_one_fsync(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    Journal(tmp_path).append(records(50))
    assert len(synced) == 1


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_torn_last_line_is_dropped_and_then_cut_off(tmp_path, cut):
    journal, path = Journal(tmp_path), tmp_path / "trials.jsonl"
    journal.append(records(3))
    whole = path.read_bytes()
    length = len(whole.splitlines()[2])
    path.write_bytes(whole[: -min(cut + 1, length)])
    assert [record.id for record in read_journal(tmp_path)] == [0, 1]
    journal.append([replace(RECORD, id=9)])
    assert [record.id for record in read_journal(tmp_path)] == [0, 1, 9]


def test_a_last_line_that_lacks_only_its_newline_counts(tmp_path):
    journal, path = Journal(tmp_path), tmp_path / "trials.jsonl"
    journal.append(records(2))
    path.write_bytes(path.read_bytes()[:-1])
    assert [record.id for record in read_journal(tmp_path)] == [0, 1]
    journal.append([replace(RECORD, id=9)])
    assert [record.id for record in read_journal(tmp_path)] == [0, 1, 9]


def test_a_torn_line_longer_than_a_block_is_cut_off_whole(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b'{"a": 1}\n' + b'{"b": "' + b"x" * 200_000)
    append_lines(path, [{"c": 3}])
    assert path.read_bytes() == b'{"a": 1}\n{"c": 3}\n'
    assert read_lines(path) == [{"a": 1}, {"c": 3}]


@pytest.mark.parametrize("line", ["not json", '{"id": 1}', "[]", '{"id": 1, "setting": {}}'])
def test_a_damaged_line_in_the_middle_is_named(tmp_path, line):
    journal, path = Journal(tmp_path), tmp_path / "trials.jsonl"
    journal.append(records(2))
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{line}\n{second}\n")
    with pytest.raises(UsageError, match=r"trials.jsonl:2: expected"):
        read_journal(tmp_path)


def test_no_journal_is_no_trials(tmp_path):
    assert read_journal(tmp_path) == ()


def test_a_full_disk_keeps_the_batches_before_and_counts_them(tmp_path, monkeypatch):
    (tmp_path / "manifest.json").write_text("{}")
    journal = Journal(tmp_path)
    journal.append(records(4))
    real = os.write

    def half_then_full(descriptor, data):
        if len(data) < 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, bytes(data)[: len(data) - 50])

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(StorageError, match=r"4 finished trials are saved in"):
        journal.append([replace(RECORD, id=9)])
    monkeypatch.undo()
    assert [record.id for record in read_journal(tmp_path)] == [0, 1, 2, 3]
    assert (tmp_path / "trials.jsonl").read_bytes().endswith(b"}\n")


def test_a_setting_survives_its_file_form():
    assert setting_from(setting_values(SETTING)) == SETTING
    assert next(iter(setting_values(SETTING))) == "lambda"
