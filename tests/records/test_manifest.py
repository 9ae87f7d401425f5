import json
import subprocess
from dataclasses import replace

import pytest

from regctl.errors import UsageError
from regctl.records.log import Log
from regctl.records.manifest import (
    GitState,
    TrialCounts,
    git_state,
    new_manifest,
    read_manifest,
    write_manifest,
)


def git(*arguments: str) -> None:
    names = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    subprocess.run(("git", *names, *arguments), check=True, capture_output=True)


def test_a_manifest_reads_back_as_written(tmp_path):
    started = new_manifest(["regctl", "sweep", "lambda", "housing"], axis="lambda", smoke=True)
    ended = replace(
        started,
        status="interrupted",
        finished_at="2026-11-22T08:16:00.000Z",
        device="cpu",
        data_hash="ab",
        git=GitState("c0ffee", dirty=True),
        timings={"train": 1.5},
        trials=TrialCounts(78, 41, 1),
    )
    write_manifest(tmp_path, ended)
    assert read_manifest(tmp_path) == ended


def test_a_new_manifest_is_running_has_a_random_id_and_the_versions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, other = (new_manifest(["regctl"], axis=None) for _ in range(2))
    assert one.status == "running"
    assert one.run_id != other.run_id
    int(one.run_id, 16)
    assert {"python", "tensorflow", "keras", "numpy", "polars"} <= set(one.versions)
    assert one.git is None
    assert one.started_at.endswith("Z")


def test_git_state_says_commit_and_whether_files_differ(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert git_state() is None
    git("init", "-q")
    assert git_state() is None  # no commit yet
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-qm", "m")
    assert git_state().dirty is False
    (tmp_path / "a").write_text("2")
    assert git_state().dirty is True
    assert len(git_state().commit) == 40


def test_without_git_there_is_no_git_state(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state() is None


@pytest.mark.parametrize(
    "change", [{"status": "happy"}, {"surplus": 1}, {"trials": {"planned": 1, "lost": 2}}]
)
def test_a_damaged_manifest_is_a_users_error(tmp_path, change):
    write_manifest(tmp_path, new_manifest(["regctl"], axis=None))
    found = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(found | change))
    with pytest.raises(UsageError, match=r"manifest.json: expected a manifest"):
        read_manifest(tmp_path)


def test_the_log_keeps_time_text_and_traceback(tmp_path):
    log = Log(tmp_path / "log.txt")
    log.line("training starts")
    try:
        raise ZeroDivisionError("deep")
    except ZeroDivisionError as error:
        log.exception(error)
    text = (tmp_path / "log.txt").read_text()
    assert text.splitlines()[0].endswith("Z training starts")
    assert "test_manifest.py" in text
    assert "ZeroDivisionError: deep" in text
    assert all(line.startswith(("20", "    ")) for line in text.splitlines())


def test_a_log_that_cannot_be_written_hides_no_other_error(tmp_path):
    Log(tmp_path / "missing" / "log.txt").line("lost")
