"""Requests of a search that an error ends: named, traced, tried again on demand, or the end of the search."""

from pathlib import Path

import pytest

from regctl.engine.fused.engine import FusedEngine
from regctl.errors import MachineError
from regctl.records.search_record import read_search, read_searched

SPEC = """\
name: digits
dataset: {source: digits, target: digit}
task: classification
model: {name: mlp, units: [12]}
split: {train: 0.3, validation: 0.2, test: 0.5}
training: {learning_rate: 0.01, epochs: 4, seeds: 2}
tune:
  space:
    dropout: {from: 0.0, to: 0.6}
    lambda: {from: 1.0e-5, to: 0.01, log: true}
"""
RUN = Path("runs/latest")
OF_THE_CLOCK = ("seconds", "trained_epochs", "batch")


@pytest.fixture
def tune(regctl, here, monkeypatch):
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda run: None)
    (here / "digits.yaml").write_text(SPEC, encoding="utf-8")
    return lambda *arguments: regctl("tune", "model", *arguments, "--quiet")


def failing(patch, request: int):
    """What trains a request's replicates runs out of memory; the seeds are two."""
    train = FusedEngine.train

    def trained(self, cohort, folds):
        if any(trial.id in (2 * request, 2 * request + 1) for chunk in cohort.chunks for trial in chunk):
            raise MachineError("training ran out of memory.", "Make the batch smaller.")
        return train(self, cohort, folds)

    patch.setattr(FusedEngine, "train", trained)


def came_to(run):
    """What a search came to, without what depends on the clock and on how often it was resumed."""
    found = [
        {name: value for name, value in vars(each).items() if name not in OF_THE_CLOCK}
        for each in sorted(read_searched(run), key=lambda each: each.number)
    ]
    record = read_search(run)
    return found, record.best, record.winner_loss, (run / "results.csv").read_bytes()


@pytest.mark.parametrize("tuner", ["random", "hyperband"])
def test_a_request_that_failed_is_tried_again_to_what_the_search_would_have_come_to(tune, monkeypatch, tuner):
    asked = ("digits.yaml", "--trials", "7", "--tuner", tuner)
    with monkeypatch.context() as patch:
        failing(patch, 3)
        outcome = tune(*asked)
    assert outcome.code == 3
    assert "request 3 failed: training ran out of memory" in outcome.err
    (failed,) = (each for each in read_searched(RUN) if each.status == "failed")
    assert (failed.number, failed.retriable) == (3, True)
    log = (RUN / "log.txt").read_text()
    assert "failed: training ran out of memory." in log
    assert "MachineError" in log
    run = str(RUN.resolve())
    assert tune("--resume", run).code == 3  # alone it leaves the failure
    outcome = tune("--resume", run, "--retry-failed")
    assert outcome.code == 0, outcome.err
    assert tune(*asked, "--out", "whole").code == 0
    assert came_to(Path(run)) == came_to(Path("whole/latest"))


def test_fail_fast_ends_a_search_which_goes_on(tune, monkeypatch):
    asked = ("digits.yaml", "--trials", "4", "--tuner", "random")
    with monkeypatch.context() as patch:
        failing(patch, 2)
        outcome = tune(*asked, "--fail-fast")
    assert outcome.code == 3
    assert outcome.err.count("error: ") == 1
    assert "failed: training ran out of memory. --fail-fast ends the run" in outcome.err
    assert "regctl tune model --resume" in outcome.err
    run = str(RUN.resolve())
    assert tune("--resume", run, "--retry-failed").code == 0
    assert tune(*asked, "--out", "whole").code == 0
    assert came_to(Path(run)) == came_to(Path("whole/latest"))


def test_a_request_that_diverged_is_not_tried_again(tune, monkeypatch):
    diverging = ("-S", "training={learning_rate: 1.0e+30, optimizer: sgd, epochs: 2}")
    assert tune("digits.yaml", "--trials", "2", "--tuner", "random", "--fail-fast", *diverging).code == 3
    before = (RUN / "search.jsonl").read_bytes()
    assert not any(each.retriable for each in read_searched(RUN))
    assert tune("--resume", str(RUN.resolve()), "--retry-failed").code == 3
    assert (RUN / "search.jsonl").read_bytes() == before


def test_after_an_opening_no_request_is_tried_again(tune, regctl, monkeypatch):
    with monkeypatch.context() as patch:
        failing(patch, 1)
        assert tune("digits.yaml", "--trials", "2", "--tuner", "random").code == 3
    run = str(RUN.resolve())
    assert regctl("report", run).code == 0
    outcome = tune("--resume", run, "--retry-failed")
    assert outcome.code == 2
    assert "its test set was opened" in outcome.err
