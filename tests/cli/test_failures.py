"""Trials that fail: named with their reason, traced in the log, trained again on demand, or the end of the run."""

import json
from pathlib import Path

import pytest

from failing import failing
from interrupted import assert_same
from regctl.engine.exact.engine import ExactEngine
from regctl.engine.fused.engine import FusedEngine
from regctl.records.journal import read_journal
from regctl.records.manifest import read_manifest
from rents import write_spec

CHUNKS = ("-S", "training.memory_limit=0.0005", "--seeds", "6", "--quiet")  # three chunks
LASSO = ("-S", "model={name: linear}", "-S", "regularization.penalty=l1", "--quiet")
SEEDS = ("--seeds", "6", "--quiet")
CASES = {
    "fused": (FusedEngine, ("sweep", "lambda", "rents.yaml", *CHUNKS)),
    "folds": (FusedEngine, ("sweep", "lambda", "rents.yaml", "-S", "validation={folds: 3}", "--quiet")),
    "exact": (ExactEngine, ("sweep", "lambda", "rents.yaml", *LASSO)),
    "train": (FusedEngine, ("train", "rents.yaml", "-S", "regularization={lambda: 0.1}", *SEEDS)),
}


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Nothing here looks at them, and they take half of the time."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)


def kind(arguments):
    return arguments[: 2 if arguments[0] == "sweep" else 1]


@pytest.mark.parametrize("name", CASES)
def test_a_failed_trial_is_named_and_the_others_go_on(regctl, here, monkeypatch, name):
    write_spec(here)
    engine, arguments = CASES[name]
    with monkeypatch.context() as patch:
        failing(patch, engine, 2)
        outcome = regctl(*arguments)
    assert outcome.code == 3, outcome.err
    run = Path("runs/latest").resolve()
    records = {record.id: record for record in read_journal(run)}
    assert [id_ for id_, record in records.items() if record.status != "done"] == [2]
    assert records[2].reason == "training ran out of memory"
    counts = read_manifest(run).trials
    assert (counts.planned, counts.done, counts.failed) == (len(records), len(records) - 1, 1)
    assert ", 1 failed" in " ".join(outcome.out.split())
    assert "REG206" in outcome.out
    log = (run / "log.txt").read_text()
    assert "trial 2 (" in log
    assert "failed: training ran out of memory." in log
    assert "Traceback (most recent call last)" in log
    rows = (run / "results.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows[1:]].count("failed") == 1
    (finding,) = [
        each
        for each in json.loads((run / "selection.json").read_text())["findings"]
        if each["code"] == "REG206"
    ]
    assert [each["reason"] for each in finding["evidence"]["trials"]] == ["training ran out of memory"]

    # Going on alone leaves the failure; asked to, only the failed trial is trained, to the files of a run without.
    assert regctl(*kind(arguments), "--resume", str(run), "--quiet").code == 3
    again = (*kind(arguments), "--resume", str(run), "--retry-failed")
    plan = json.loads(regctl(*again, "--dry-run", "--json").out)
    assert sum(cohort["trials"] for cohort in plan["cohorts"]) == 1
    asked = []
    with monkeypatch.context() as patch:
        train = engine.train
        told = lambda self, cohort, folds: asked.extend(sum(cohort.chunks, ())) or train(self, cohort, folds)  # noqa: E731
        patch.setattr(engine, "train", told)
        assert regctl(*again, "--quiet").code == 0
    assert [trial.id for trial in asked if trial.seed == records[2].seed and trial.fold == records[2].fold][
        :1
    ] == [2]
    assert len(asked) == 1 or name == "folds"  # k-fold refits what it ships
    assert regctl(*arguments, "--out", "whole").code == 0
    assert_same(run, Path("whole/latest"))


def test_fail_fast_ends_the_run_which_goes_on(regctl, here, monkeypatch):
    write_spec(here)
    engine, arguments = CASES["fused"]
    with monkeypatch.context() as patch:
        failing(patch, engine, 8)
        outcome = regctl(*arguments, "--fail-fast")
    assert outcome.code == 3
    assert outcome.err.count("error: ") == 1
    assert "failed: training ran out of memory. --fail-fast ends the run" in outcome.err
    run = Path("runs/latest").resolve()
    assert f"Go on with: regctl sweep lambda --resume runs/{run.name} --retry-failed" in outcome.err
    assert read_manifest(run).status == "failed"
    assert [record.id for record in read_journal(run) if record.status == "failed"] == [8]
    assert regctl("sweep", "lambda", "--resume", str(run), "--retry-failed", "--quiet").code == 0
    assert regctl(*arguments, "--out", "whole").code == 0
    assert_same(run, Path("whole/latest"))


def test_a_trial_that_diverged_does_not_end_the_run_and_is_not_trained_again(regctl, here, monkeypatch):
    write_spec(here)
    diverging = (
        "-S",
        "training={learning_rate: 1.0, optimizer: sgd, epochs: 4}",
        "-S",
        "sweep.lambda=[0, 1.0e+6]",
    )
    assert regctl("sweep", "lambda", "rents.yaml", *diverging, "--fail-fast", "--quiet").code == 3
    run = Path("runs/latest").resolve()
    assert (read_manifest(run).status, read_manifest(run).trials.diverged) == ("completed", 3)
    monkeypatch.setattr(FusedEngine, "train", None)  # nothing is trained
    outcome = regctl("sweep", "lambda", "--resume", str(run), "--retry-failed")
    assert outcome.code == 3
    assert "has finished: nothing is left to train" in outcome.err


def test_when_every_trial_fails_there_is_a_report_and_no_model(regctl, here, monkeypatch):
    write_spec(here)
    failing(monkeypatch, FusedEngine, *range(6))
    outcome = regctl("sweep", "lambda", "rents.yaml", "--quiet")
    assert outcome.code == 3, outcome.err
    assert "each has a trial that failed" in outcome.out
    assert "6 of 6 trials failed" in " ".join(outcome.out.split())
    assert not (here / "runs" / "latest" / "model.keras").exists()


def test_after_an_opening_failed_trials_are_trained_again_in_a_new_folder(regctl, here, monkeypatch):
    write_spec(here)
    with monkeypatch.context() as patch:
        failing(patch, FusedEngine, 5)
        assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 3
    run = Path("runs/latest").resolve()
    assert regctl("report", str(run)).code == 0
    before = (run / "results.csv").read_bytes()
    assert regctl("sweep", "lambda", "--resume", str(run), "--retry-failed", "--quiet").code == 0
    new = Path("runs/latest").resolve()
    assert new != run
    assert read_manifest(new).widened_from == run.name
    assert (run / "results.csv").read_bytes() == before
    assert not (new / "test.json").exists()
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet", "--out", "whole").code == 0
    assert_same(new, Path("whole/latest"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sweep", "lambda", "rents.yaml", "--retry-failed"), "--retry-failed goes with --resume."),
        (("train", "rents.yaml", "--retry-failed"), "--retry-failed goes with --resume."),
        (("tune", "lambda", "rents.yaml", "--retry-failed"), "--retry-failed goes with --resume."),
        (
            ("train", "--resume", "x", "--widen", "--seeds", "3", "--retry-failed"),
            "--widen and --retry-failed: expected one of them.",
        ),
    ],
)
def test_where_it_makes_no_sense_it_is_refused(regctl, here, arguments, said):
    write_spec(here)
    outcome = regctl(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {said}")
