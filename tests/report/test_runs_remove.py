"""`regctl runs remove` removes what was named, once it is agreed, and nothing else."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest

from many_runs import many_runs
from regctl.errors import UsageError
from regctl.records import removal
from regctl.records.manifest import read_manifest, write_manifest
from regctl.records.removal import removable, remove
from regctl.records.run_folder import point_latest
from regctl.records.writer import sole_writer
from regctl.report import model


@pytest.fixture
def runs(invent_run):
    """Three runs, the oldest first; `latest` names the newest."""
    made = [invent_run(folder=f"2026-11-22T0{hour}-00-00Z-x-lambda").path for hour in (1, 2, 3)]
    (made[0].parent / "latest").symlink_to(made[-1].name)
    return made


def test_without_a_terminal_it_takes_yes(here, runs, regctl):
    outcome = regctl("runs", "remove", runs[0].name)
    assert outcome.code == 2
    assert outcome.err == (
        "error: runs remove: there is no terminal to ask on. Add --yes to remove without asking.\n"
    )
    assert runs[0].is_dir()
    assert regctl("runs", "remove", runs[0].name, "--yes").code == 0
    assert [run.is_dir() for run in runs] == [False, True, True]
    assert os.readlink(runs[0].parent / "latest") == runs[2].name


def test_latest_names_the_newest_that_remains_and_goes_with_the_last(here, runs, regctl):
    root = runs[0].parent
    assert regctl("runs", "remove", "latest", "--yes").code == 0
    assert not runs[2].exists()
    assert os.readlink(root / "latest") == runs[1].name
    assert regctl("runs", "remove", runs[0].name, "runs/latest", runs[1].name, "-y").code == 0
    assert list(root.iterdir()) == []


def test_latest_as_a_text_file_is_repaired_too(here, runs, regctl):
    latest = runs[0].parent / "latest"
    latest.unlink()
    latest.write_text(f"{runs[2].name}\n")
    assert regctl("runs", "remove", runs[2].name, "--yes").code == 0
    assert os.readlink(latest) == runs[1].name


def test_latest_as_a_text_file_is_not_followed_out_of_the_folder_either(here, runs, tmp_path, regctl):
    (elsewhere,) = many_runs(tmp_path / "elsewhere", runs[0], 1)
    latest = runs[0].parent / "latest"
    latest.unlink()
    latest.write_text(f"{elsewhere}\n")
    outcome = regctl("runs", "remove", "latest", "--yes", "--force")
    assert outcome.code == 2
    assert "which is no run" in outcome.err
    assert (elsewhere / "manifest.json").is_file()


def test_a_run_that_is_taken_up_while_one_is_asked_stays(here, runs):
    (run,) = removable([str(runs[0])])
    with sole_writer(runs[0]), pytest.raises(UsageError, match=f"this run: process {os.getpid()} on"):
        remove(run)
    assert (runs[0] / "manifest.json").is_file()


def test_a_run_that_another_process_removed_meanwhile_is_said_to_be_gone(here, runs):
    (first,), (second,) = removable([str(runs[2])]), removable([str(runs[2])])
    remove(first)
    with pytest.raises(UsageError, match="no such run: it has been removed meanwhile"):
        remove(second)
    assert sorted(os.listdir(runs[0].parent)) == [runs[0].name, runs[1].name, "latest"]
    assert os.readlink(runs[0].parent / "latest") == runs[1].name


def test_a_run_that_begins_while_latest_is_repaired_is_not_passed_over(here, runs, monkeypatch):
    latest = runs[0].parent / "latest"

    def pointed(path, name):
        point_latest(path, name)
        many_runs(path.parent, runs[0], 1)[0].rename(path.parent / "2027-01-01T00-00-00Z-newer")
        monkeypatch.setattr(removal, "point_latest", point_latest)

    monkeypatch.setattr(removal, "point_latest", pointed)
    newer = json.loads((runs[0] / "manifest.json").read_text()) | {"started_at": "2027-01-01T00:00:00Z"}
    monkeypatch.setattr("many_runs.json.dumps", lambda *_, **__: json.JSONEncoder().encode(newer))
    remove(runs[2])
    assert os.readlink(latest) == "2027-01-01T00-00-00Z-newer"


def test_a_report_of_a_run_that_is_being_removed_is_one_sentence(here, invent_run, regctl, monkeypatch):
    run = invent_run().path
    read = model.read_results

    def removed(folder, own):
        remove(run)
        return read(folder, own)

    monkeypatch.setattr(model, "read_results", removed)
    for arguments in (("report", run.name, "--sealed"), ("runs", "show", run.name)):
        outcome = regctl(*arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert "no such run" in outcome.err
        assert outcome.err.count("\n") == 1


def test_the_ledger_stays(here, invent_run, regctl):
    invented = invent_run()
    invented.open_test()
    ledger = invented.path.parent / "test-openings.jsonl"
    before = ledger.read_bytes()
    assert regctl("runs", "remove", invented.path.name, "--yes").code == 0
    assert ledger.read_bytes() == before
    other = invent_run(folder="2026-11-22T09-00-00Z-housing-lambda")
    assert [each.run for each in other.open_test().earlier] == [invented.path.name]


def test_a_running_run_takes_force(here, runs, regctl):
    write_manifest(runs[1], replace(read_manifest(runs[1]), status="running"))
    outcome = regctl("runs", "remove", runs[0].name, runs[1].name, "--yes")
    assert outcome.code == 2
    assert "says that it is running, and no process of this machine is writing it" in outcome.err
    assert "--force" in outcome.err
    assert all(run.is_dir() for run in runs)  # all or none
    assert regctl("runs", "remove", runs[1].name, "--yes", "--force").code == 0
    assert not runs[1].exists()


def test_a_run_that_is_being_written_is_refused_whatever_is_said(here, runs, regctl):
    write_manifest(runs[1], replace(read_manifest(runs[1]), status="running"))
    with sole_writer(runs[1]):
        outcome = regctl("runs", "remove", runs[1].name, "--yes", "--force")
    assert outcome.code == 2
    assert f"another process is writing this run: process {os.getpid()}" in outcome.err
    assert (runs[1] / "manifest.json").is_file()


def test_what_is_no_run_is_refused(here, runs, regctl):
    web = runs[0].parent / "web"
    web.mkdir()
    (web / "manifest.json").write_text('{"name": "an app"}')
    for name, says in ((web, "not a run"), (here, "not a run folder"), ("nothing", "no such run")):
        outcome = regctl("runs", "remove", runs[0].name, str(name), "--yes", "--force")
        assert outcome.code == 2
        assert says in outcome.err
        assert outcome.err.count("\n") == 1
    assert web.is_dir()
    assert runs[0].is_dir()


def test_links_are_not_followed(here, runs, invent_run, regctl, tmp_path):
    (elsewhere,) = many_runs(tmp_path / "elsewhere", runs[0], 1)
    root = runs[0].parent
    (root / "away").symlink_to(elsewhere)
    (root / "latest").unlink()
    (root / "latest").symlink_to(elsewhere)
    (root / "beside").symlink_to("away")
    for name in ("away", "latest", "beside", "runs/away"):
        outcome = regctl("runs", "remove", name, "--yes", "--force")
        assert outcome.code == 2, name
        assert "links are not followed" in outcome.err
    assert (elsewhere / "manifest.json").is_file()
    (runs[0] / "plots").symlink_to(elsewhere)  # inside a run, the link goes and what it points to stays
    assert regctl("runs", "remove", runs[0].name, "--yes").code == 0
    assert (elsewhere / "manifest.json").is_file()


def test_a_damaged_run_can_be_removed(here, runs, regctl):
    (runs[0] / "manifest.json").write_text("{")
    (runs[0] / "log.txt").write_text("")
    (runs[0] / "spec.source.yaml").write_text("")
    assert regctl("runs", "remove", runs[0].name, "--yes").code == 0
    assert not runs[0].exists()


def answered(text: str, cwd, *names: str) -> tuple[int, str]:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "regctl", "runs", "remove", *names]
    process = subprocess.Popen(command, cwd=cwd, stdin=slave, stderr=subprocess.PIPE)
    os.close(slave)
    os.write(master, text.encode())
    _, said = process.communicate(timeout=120)
    os.close(master)
    return process.returncode, said.decode()


@pytest.mark.process
def test_on_a_terminal_it_asks(here, runs):
    code, said = answered("n\n", here, runs[0].name)
    assert code == 0
    assert runs[0].name in said
    assert "Remove for good?" in said
    assert "nothing was removed" in said
    assert runs[0].is_dir()
    code, _ = answered("y\n", here, runs[0].name, runs[1].name)
    assert code == 0
    assert [run.is_dir() for run in runs] == [False, False, True]
