"""The Python door when trials fail: the others go on, or the run ends in an error; `resume` takes it up again."""

import pytest

import regctl as door
from failing import failing
from interrupted import assert_same
from regctl.engine.fused.engine import FusedEngine
from regctl.errors import TrialError, UsageError
from rents import write_spec


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)


def test_a_run_with_a_failed_trial_is_resumed_to_one_without(here, monkeypatch):
    write_spec(here)
    with monkeypatch.context() as patch:
        failing(patch, FusedEngine, 3)
        run = door.sweep("lambda", "rents.yaml")
    assert run.results["status"].to_list().count("failed") == 1
    assert [finding.code for finding in run.findings].count("REG206") == 1
    assert door.resume(run.path).manifest.trials.failed == 1
    again = door.resume(run.path, retry_failed=True)
    assert again.path == run.path
    assert again.manifest.trials.failed == 0
    assert_same(again.path, door.sweep("lambda", "rents.yaml", out="whole").path)


def test_fail_fast_is_an_error_that_names_the_trial(here, monkeypatch):
    write_spec(here)
    with monkeypatch.context() as patch:
        failing(patch, FusedEngine, 3)
        with pytest.raises(TrialError, match=r"trial 3 \(λ=0, seed 1\) failed: training ran out of memory"):
            door.train("rents.yaml", overrides={"regularization.lambda": 0.01}, fail_fast=True)
    run = door.open_run("latest")
    assert run.manifest.status == "failed"
    assert "--fail-fast" in run.manifest.command
    assert door.resume("latest", retry_failed=True).manifest.status == "completed"


def test_what_cannot_be_resumed_is_refused(here):
    write_spec(here)
    with pytest.raises(UsageError, match=r"no such run|no run"):
        door.resume("nothing")
