import errno
import fcntl
import json
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from threading import Timer

import filelock
import pytest

from regctl.errors import MachineError, RegctlWarning, StorageError, UsageError
from regctl.records import journal, ledger
from regctl.records.ledger import earlier_openings, open_test

ROWS = ["a", "b", "c"]


def lines(root: Path) -> list[dict]:
    return [json.loads(line) for line in (root / "test-openings.jsonl").read_text().splitlines()]


def test_an_opening_is_on_the_disk_with_its_run_and_rows(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    opening = open_test(tmp_path, "id1", "run1", ROWS)
    (line,) = lines(tmp_path)
    assert synced
    assert (line["opening"], line["run_id"], line["run"]) == (opening.opening, "id1", "run1")
    assert line["hashes"] == ROWS
    assert line["opened_at"] == opening.opened_at
    assert opening.earlier == ()


def test_the_same_run_again_gets_the_same_opening_and_adds_no_line(tmp_path):
    first = open_test(tmp_path, "id1", "run1", ROWS)
    open_test(tmp_path, "id2", "run2", ROWS)
    assert open_test(tmp_path, "id1", "run1", ROWS) == first
    assert len(lines(tmp_path)) == 2


def test_the_same_run_with_another_model_is_another_opening(tmp_path):
    """A copy of a run has its id, and may be widened where it lies."""
    first = open_test(tmp_path, "id1", "run1", ROWS, model="one")
    assert open_test(tmp_path, "id1", "copy", ROWS, model="one") == first
    assert [each.run for each in earlier_openings(tmp_path, "id1", ROWS, "two")] == ["run1"]
    second = open_test(tmp_path, "id1", "copy", ROWS, model="two")
    assert (second.run, [each.opening for each in second.earlier]) == ("copy", [first.opening])
    assert open_test(tmp_path, "id1", "copy", ROWS, model="two") == second
    assert open_test(tmp_path, "id1", "run1", ROWS, model="one") == first
    assert [line["model"] for line in lines(tmp_path)] == ["one", "two"]


def test_a_line_that_names_no_model_is_the_runs_own(tmp_path):
    first = open_test(tmp_path, "id1", "run1", ROWS)
    assert open_test(tmp_path, "id1", "run1", ROWS, model="one") == first


def test_earlier_openings_of_the_same_rows_are_told_oldest_first_with_counts(tmp_path):
    one = open_test(tmp_path, "id1", "run1", ["a", "b", "x"])
    open_test(tmp_path, "id2", "run2", ["y", "z"])
    three = open_test(tmp_path, "id3", "run3", ["c", "c"])
    found = open_test(tmp_path, "id4", "run4", ["a", "b", "c", "c", "d"])
    assert [(each.opening, each.run) for each in found.earlier] == [
        (one.opening, "run1"),
        (three.opening, "run3"),
    ]
    assert [each.shared_rows for each in found.earlier] == [2, 2]
    assert found.earlier[0].rows == 3
    assert found.earlier[0].opened_at == one.opened_at


def test_a_first_opening_stays_the_honest_one_when_others_follow(tmp_path):
    open_test(tmp_path, "id1", "run1", ROWS)
    open_test(tmp_path, "id2", "run2", ROWS)
    assert open_test(tmp_path, "id1", "run1", ROWS).earlier == ()
    assert earlier_openings(tmp_path, "id1", ROWS) == ()


def test_asking_for_earlier_openings_opens_nothing(tmp_path):
    assert earlier_openings(tmp_path, "id1", ROWS) == ()
    assert os.listdir(tmp_path) == []
    open_test(tmp_path, "id2", "run2", ROWS)
    assert [each.run for each in earlier_openings(tmp_path, "id1", ROWS)] == ["run2"]


def test_a_torn_last_line_is_no_opening(tmp_path):
    open_test(tmp_path, "id1", "run1", ROWS)
    path = tmp_path / "test-openings.jsonl"
    whole = path.read_text()
    path.write_text(whole + whole[: len(whole) // 2])
    assert [each.run for each in open_test(tmp_path, "id2", "run2", ROWS).earlier] == ["run1"]
    assert [line["run"] for line in lines(tmp_path)] == ["run1", "run2"]


@pytest.mark.parametrize("damage", ["nonsense", "{}", "[]"])
def test_a_damaged_ledger_is_never_passed_over(tmp_path, damage):
    open_test(tmp_path, "id1", "run1", ROWS)
    path = tmp_path / "test-openings.jsonl"
    path.write_text(f"{damage}\n{path.read_text()}")
    with pytest.raises(UsageError, match=r"test-openings.jsonl:1: expected"):
        open_test(tmp_path, "id2", "run2", ROWS)


def test_a_run_whose_test_rows_changed_since_its_opening_is_refused(tmp_path):
    open_test(tmp_path, "id1", "run1", ROWS)
    with pytest.raises(UsageError, match="run1 opened other test rows"):
        open_test(tmp_path, "id1", "run1", ["a", "b"])


def test_when_the_opening_cannot_be_recorded_nothing_is_opened(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        open_test(tmp_path, "id1", "run1", ROWS)
    monkeypatch.undo()
    assert (tmp_path / "test-openings.jsonl").read_bytes() == b""


def test_a_runs_root_that_cannot_be_written_keeps_the_seal(tmp_path, monkeypatch):
    def refuse(_lock):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(filelock.FileLock, "_acquire", refuse)
    with pytest.raises(UsageError, match="so the test set stays sealed"):
        open_test(tmp_path, "id1", "run1", ROWS)


def test_a_lock_that_is_never_given_back_ends_in_a_message(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "_SECONDS_TO_WAIT", 0.05)
    with (
        filelock.FileLock(tmp_path / ".test-openings.jsonl.lock"),
        pytest.raises(MachineError, match="has held"),
    ):
        open_test(tmp_path, "id1", "run1", ROWS)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
@pytest.mark.filterwarnings("ignore::regctl.errors.RegctlWarning")
def test_without_locks_the_order_of_the_lines_is_that_of_the_openings(tmp_path, monkeypatch, code):
    no_locks(monkeypatch, code)
    with pytest.warns(RegctlWarning, match="this file system has no locks"):
        first = open_test(tmp_path, "id1", "run1", ROWS)
    monkeypatch.setattr(ledger, "append_beside_others", beaten_by(tmp_path, "id2"))
    third = open_test(tmp_path, "id3", "run3", ROWS)
    again = open_test(tmp_path, "id1", "run1", ROWS)
    assert [each.run for each in third.earlier] == ["run1", "id2"]
    assert (again.opening, again.earlier) == (first.opening, ())


@pytest.mark.filterwarnings("ignore::regctl.errors.RegctlWarning")
def test_without_locks_two_reports_of_one_run_count_once(tmp_path, monkeypatch):
    no_locks(monkeypatch, errno.ENOLCK)
    monkeypatch.setattr(ledger, "append_beside_others", beaten_by(tmp_path, "id1"))
    own = open_test(tmp_path, "id1", "run1", ROWS)
    monkeypatch.undo()
    other = open_test(tmp_path, "id2", "run2", ROWS)
    assert [line["run_id"] for line in lines(tmp_path)] == ["id1", "id1", "id2"]
    assert own.opening == lines(tmp_path)[0]["opening"]
    assert [each.opening for each in other.earlier] == [own.opening]


@pytest.mark.filterwarnings("ignore::regctl.errors.RegctlWarning")
def test_without_locks_a_line_that_another_is_writing_is_waited_for_and_a_dead_ones_cut_off(
    tmp_path, monkeypatch
):
    no_locks(monkeypatch, errno.ENOLCK)
    monkeypatch.setattr(journal, "_SECONDS_OF_A_LINE", 0.5)
    path, line = tmp_path / "test-openings.jsonl", line_of("id1")
    add(path, line[:30])
    rest = Timer(0.2, add, (path, line[30:]))
    rest.start()
    assert [each.run for each in open_test(tmp_path, "id2", "run2", ROWS).earlier] == ["id1"]
    rest.join()
    add(path, line[:30])
    assert len(open_test(tmp_path, "id3", "run3", ROWS).earlier) == 2
    assert [line["run_id"] for line in lines(tmp_path)] == ["id1", "id2", "id3"]


def no_locks(monkeypatch, code: int) -> None:
    def refuse(*_arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def line_of(run: str) -> str:
    return json.dumps(ledger._new_entry(run, run, ROWS, None)) + "\n"


def beaten_by(root: Path, run: str):
    """An append before which another process has appended."""

    def append(path, values):
        add(path, line_of(run))
        journal.append_beside_others(path, values)

    return append


def test_openings_at_once_are_ordered_and_each_run_has_one(tmp_path):
    context = get_context("forkserver")  # not a fork of this process, which may hold TensorFlow's threads
    context.set_forkserver_preload(["regctl.records.ledger"])
    runs = [f"run{number % 8}" for number in range(32)]
    with ProcessPoolExecutor(8, context) as pool:
        openings = list(pool.map(open_test, repeat(tmp_path), runs, runs, repeat(ROWS)))
    places = {opening.opening: len(opening.earlier) for opening in openings}
    assert sorted(places.values()) == list(range(8))
    assert [line["opening"] for line in lines(tmp_path)] == sorted(places, key=places.__getitem__)
