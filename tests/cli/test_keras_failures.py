"""The Keras engine's runs when workers are killed, as the system does when memory is out; and when they go on."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from interrupted import assert_same, dying_after
from regctl.engine.keras import workers
from regctl.records.journal import read_journal
from regctl.records.manifest import read_manifest
from regctl.records.search_record import read_searched

SPEC = """\
name: digits
dataset: {source: digits, target: digit}
task: classification
model: {name: cnn, filters: [2], units: [4]}
training: {learning_rate: 0.01, epochs: 2, seeds: 2}
sweep: {dropout: [0, 0.3]}
"""
SWEEP = ("sweep", "dropout", "digits.yaml", "--quiet")
REASON = "worker killed by signal 9 (SIGKILL) twice, probably out of memory"


@pytest.fixture
def whole(regctl, here, monkeypatch):
    """A run that nothing happens to, with two workers; the others have one."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)
    (here / "digits.yaml").write_text(SPEC)
    assert regctl(*SWEEP, "--jobs", "2", "--out", "whole").code == 0
    return Path("whole/latest").resolve()


def killed_over(monkeypatch, trial: int, times: int) -> list[int]:
    """Sends SIGKILL to the workers that are given a trial, so many times; returns whom."""
    victims, give = [], workers.Worker.give

    def giving(self, task):
        give(self, task)
        if task.trial.id == trial and len(victims) < times:
            os.kill(self.process.pid, signal.SIGKILL)
            victims.append(self.process.pid)

    monkeypatch.setattr(workers.Worker, "give", giving)
    return victims


@pytest.mark.process
def test_a_trial_whose_worker_is_killed_twice_has_failed_and_is_trained_again_on_demand(
    regctl, whole, monkeypatch
):
    with monkeypatch.context() as patch:
        assert len(killed_over(patch, 1, 2)) == 0
        outcome = regctl(*SWEEP)
    assert outcome.code == 3, outcome.err
    run = Path("runs/latest").resolve()
    records = {record.id: record for record in read_journal(run)}
    assert {id_: record.status for id_, record in records.items()} == {
        0: "done",
        1: "failed",
        2: "done",
        3: "done",
    }
    assert records[1].reason == REASON
    assert f"trial 1 (λ=0, seed 1) failed: {REASON}." in (run / "log.txt").read_text()
    assert REASON in " ".join(outcome.out.split())
    assert not multiprocessing.active_children()

    outcome = regctl("sweep", "dropout", "--resume", str(run), "--retry-failed", "--quiet")
    assert outcome.code == 0, outcome.err
    assert read_manifest(run).trials.failed == 0
    assert_same(run, whole)


@pytest.mark.process
def test_a_worker_that_is_killed_once_is_started_again_for_its_trial(regctl, whole, monkeypatch):
    victims = killed_over(monkeypatch, 1, 1)
    assert regctl(*SWEEP).code == 0
    assert len(victims) == 1
    assert_same(Path("runs/latest").resolve(), whole)


@pytest.mark.process
def test_a_run_that_died_goes_on_to_the_files_of_one_that_did_not(regctl, whole, monkeypatch):
    with monkeypatch.context() as patch:
        from interrupted import Death

        dying_after(patch, 2)
        with pytest.raises(Death):
            regctl(*SWEEP)
    run = Path("runs/latest").resolve()
    assert len(read_journal(run)) == 2
    assert regctl("sweep", "dropout", "--resume", str(run), "--quiet").code == 0
    assert_same(run, whole)
    assert sorted(record.id for record in read_journal(run)) == [0, 1, 2, 3]


@pytest.mark.process
def test_fail_fast_ends_the_workers_too(regctl, whole, monkeypatch):
    killed_over(monkeypatch, 1, 2)
    outcome = regctl(*SWEEP, "--jobs", "2", "--fail-fast")
    assert outcome.code == 3
    assert f"error: trial 1 (λ=0, seed 1) failed: {REASON}. --fail-fast ends the run" in outcome.err
    assert not multiprocessing.active_children()


SEARCH = SPEC.replace("sweep: {dropout: [0, 0.3]}", "tune: {space: {dropout: {from: 0.0, to: 0.6}}}")


@pytest.mark.process
def test_a_request_whose_worker_is_killed_twice_has_failed_and_the_search_goes_on(regctl, here, monkeypatch):
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)
    (here / "digits.yaml").write_text(SEARCH)
    asked = ("tune", "dropout", "digits.yaml", "--trials", "2", "--tuner", "random", "--quiet")
    with monkeypatch.context() as patch:
        killed_over(patch, 1, 2)
        outcome = regctl(*asked, "--jobs", "2")
    assert outcome.code == 3
    assert f"request 0 failed: {REASON}" in outcome.err
    run = Path("runs/latest").resolve()
    first, second = sorted(read_searched(run), key=lambda each: each.number)
    assert (first.status, first.retriable, len(first.replicates)) == ("failed", True, 1)
    assert (second.status, second.retriable, len(second.replicates)) == ("done", False, 2)
    assert f"seed 1) failed: {REASON}." in (run / "log.txt").read_text()
