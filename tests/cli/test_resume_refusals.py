"""What `--resume` refuses, what it goes on with by force, and what damaged or doubled leftovers come to."""

import json
from pathlib import Path

import pytest

from interrupted import assert_same, run_and_die, trained
from regctl.records.journal import read_journal
from regctl.records.manifest import read_manifest
from regctl.records.writer import sole_writer
from rents import write_spec

LASSO = ("-S", "model={name: linear}", "-S", "regularization.penalty=l1", "-S", "validation={folds: 3}")
ARGUMENTS = ("sweep", "lambda", "rents.yaml", *LASSO, "--quiet")  # solved exactly: a batch for each fold


@pytest.fixture
def died(regctl, here, monkeypatch):
    """A run that died after two of three batches."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)
    write_spec(here)
    return run_and_die(regctl, monkeypatch, 2, *ARGUMENTS)


@pytest.fixture
def whole(regctl, died):
    """The same run, from its start to its end."""
    assert regctl(*ARGUMENTS, "--out", "whole").code == 0
    return Path("whole/latest")


def changed(run, **changes):
    """Rewrites values of the manifest."""
    path = run / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sweep", "lambda", "rents.yaml", "--resume", "latest"), "it does not go with a SPEC."),
        (("sweep", "lambda", "--resume", "latest", "--seeds", "9"), "it does not go with --seeds."),
        (("sweep", "lambda", "--resume", "latest", "--refine", "--smoke"), "with --refine, --smoke."),
        (("sweep", "dropout", "--resume", "latest"), "Use regctl sweep lambda --resume."),
        (("train", "--resume", "latest"), "expected a run of regctl train."),
        (("sweep", "lambda"), "expected a SPEC, or --resume RUN."),
        (("train", "rents.yaml", "--force"), "--force goes with --resume."),
        (("train", "--resume", "runs/nothing"), "runs/nothing"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(died, regctl, arguments, told):
    outcome = regctl(*arguments)
    assert (outcome.code, told in outcome.err) == (2, True), outcome.err
    assert read_manifest(died).status == "running"


def test_other_versions_are_refused_with_the_difference_and_force_marks_the_run_as_mixed(died, whole, regctl):
    versions = dict(read_manifest(died).versions)
    changed(died, versions=versions | {"keras": "2.0.0"})
    outcome = regctl("sweep", "lambda", "--resume", str(died))
    assert outcome.code == 2
    assert f"keras 2.0.0 in the run, {versions['keras']} now." in outcome.err
    assert "--force" in outcome.err
    forced = regctl("sweep", "lambda", "--resume", str(died), "--force", "--quiet")
    assert forced.code == 0
    assert "This run is mixed" in " ".join(forced.out.split())
    assert read_manifest(died).mixed == (f"keras 2.0.0 in the run, {versions['keras']} now",)
    assert_same(died, whole)


def test_changed_data_are_refused_with_both_hashes_and_other_rows_even_by_force(died, regctl):
    table = Path("rents.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    # Another unit in one cell: the same rows in the same parts, as the split goes by place.
    table.write_text("\n".join([*lines[:-1], f"{lines[-1]}1"]) + "\n", encoding="utf-8")
    outcome = regctl("sweep", "lambda", "--resume", str(died))
    assert outcome.code == 2
    assert "the data have changed: sha256 " in outcome.err
    assert read_manifest(died).data_hash in outcome.err
    table.write_text("\n".join(lines[:-9]) + "\n", encoding="utf-8")
    fewer = regctl("sweep", "lambda", "--resume", str(died), "--force")
    assert (fewer.code, "other rows are in its parts" in fewer.err) == (2, True)


def test_a_finished_run_resumes_into_its_report_and_nothing_is_written(whole, regctl):
    before = {path: path.stat().st_mtime_ns for path in whole.resolve().rglob("*")}
    changed(whole.resolve(), versions={"keras": "2.0.0"})  # a run that has ended does not mind
    before[whole.resolve() / "manifest.json"] = (whole / "manifest.json").stat().st_mtime_ns
    outcome = regctl("sweep", "lambda", "--resume", "whole/latest")
    assert outcome.code == 0
    assert "has finished: nothing is left to train." in outcome.err
    assert "selected" in outcome.out
    assert {path: path.stat().st_mtime_ns for path in whole.resolve().rglob("*")} == before


def test_of_two_resumes_at_once_the_second_is_refused_with_the_holder(died, regctl):
    with sole_writer(died):
        outcome = regctl("sweep", "lambda", "--resume", str(died))
    assert outcome.code == 2
    assert "another process is writing this run: process " in outcome.err
    assert regctl("sweep", "lambda", "--resume", str(died), "--quiet").code == 0


def torn(run):
    path = run / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-40])


def without_a_line(run):
    """A batch whose line was never written, as a process dies between the two."""
    path = run / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))


def without_a_file(run):
    (run / "trials" / "000001.npz").unlink()


def half_a_file(run):
    path = run / "trials" / "000002.npz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped_bits(run):
    path = run / "trials" / "000001.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)


def a_half_written_file(run):
    (run / ".results.csv.0123abcd.tmp").write_bytes(b"trial,sta")


LEFTOVERS = [torn, without_a_line, without_a_file, half_a_file, flipped_bits, a_half_written_file]


@pytest.mark.parametrize("damage", LEFTOVERS)
def test_what_is_not_whole_is_dropped_and_trained_again(died, whole, regctl, damage):
    damage(died)
    assert regctl("sweep", "lambda", "--resume", str(died), "--quiet").code == 0
    assert_same(died, whole)
    ids = [each.id for each in read_journal(died)]
    assert sorted(ids) == sorted(each.id for each in read_journal(whole))
    assert trained(died) >= len(ids)
    assert not list(died.glob(".*.tmp"))


def test_a_dry_run_shows_what_is_missing_and_changes_nothing(died, regctl):
    before = {path: path.read_bytes() for path in died.rglob("*") if path.is_file()}
    outcome = regctl("sweep", "lambda", "--resume", str(died), "--dry-run")
    assert outcome.code == 0
    assert "3 trials" in outcome.out
    assert {path: path.read_bytes() for path in died.rglob("*") if path.is_file()} == before


def test_a_run_that_died_before_it_had_its_spec_is_refused(died, regctl):
    (died / "spec.yaml").unlink()
    outcome = regctl("sweep", "lambda", "--resume", str(died))
    assert (outcome.code, "Start it again." in outcome.err) == (2, True)


def test_a_smoke_run_goes_on_as_a_smoke_run(regctl, here, monkeypatch):
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)
    write_spec(here)
    run = run_and_die(regctl, monkeypatch, 1, *ARGUMENTS, "--smoke")
    assert regctl("sweep", "lambda", "--resume", str(run), "--quiet").code == 0
    assert regctl(*ARGUMENTS, "--smoke", "--out", "whole").code == 0
    assert_same(run, Path("whole/latest"))
    assert read_manifest(run).smoke
