"""Interruptions, a full disk, diverging trials, smoke runs: nothing is lost, and the manifest tells."""

import errno
import json
import os

import pytest

from regctl.engine.fused.engine import FusedEngine
from regctl.spec.axes import Axes
from rents import SPEC, write_spec


def manifest(here):
    return json.loads((here / "runs" / "latest" / "manifest.json").read_text())


def test_ctrl_c_in_training_saves_the_finished_trials(regctl, here, monkeypatch):
    write_spec(here)
    train = FusedEngine.train

    def interrupted(self, cohort, data):
        yield next(iter(train(self, cohort, data)))
        raise KeyboardInterrupt

    monkeypatch.setattr(FusedEngine, "train", interrupted)
    outcome = regctl("sweep", "lambda", "rents.yaml", "--quiet")
    assert outcome.code == 130
    assert "6 finished trials are saved in" in outcome.err
    assert manifest(here)["status"] == "interrupted"
    assert manifest(here)["trials"] == {"planned": 6, "done": 6, "diverged": 0, "failed": 0}
    assert len((here / "runs" / "latest" / "trials.jsonl").read_text().splitlines()) == 6
    assert "the run is interrupted" in regctl("report", "latest").err
    assert not (here / "runs" / "test-openings.jsonl").exists()


def test_ctrl_c_stops_every_chunk_at_the_end_of_its_epoch(regctl, here):
    from regctl import pipeline
    from regctl.spec.loading import load_spec

    loaded = load_spec(write_spec(here), ["training.epochs=100000"])
    epochs = []

    def press(event):
        epochs.append(event.epoch)
        raise KeyboardInterrupt

    listener = pipeline.Listener(lambda experiment, run: None, press)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(loaded, pipeline.plan(loaded, Axes("lambda")), here / "runs", ("test",), listener)
    assert max(epochs) <= 2
    assert manifest(here)["status"] == "interrupted"


def test_a_bug_ends_in_one_line_and_its_traceback_in_the_log(regctl, here, monkeypatch):
    write_spec(here)
    monkeypatch.setattr("regctl.pipeline.choose", lambda *_: 1 / 0)
    outcome = regctl("sweep", "lambda", "rents.yaml", "--quiet")
    assert outcome.code == 1
    assert "a bug in regctl: ZeroDivisionError" in outcome.err
    assert "Traceback" not in outcome.err
    assert "ZeroDivisionError" in (here / "runs" / "latest" / "log.txt").read_text()
    assert manifest(here)["status"] == "failed"


@pytest.mark.parametrize(
    "victim", ["results.csv", "model.keras", "spec.yaml", "loss-lambda.png", "report.md"]
)
def test_a_full_disk_names_what_is_saved_and_leaves_no_half_file(victim, regctl, here, monkeypatch):
    """Every write under the victim's name meets a full disk."""
    write_spec(here)
    replace = os.replace

    def full(source, target, **others):
        if os.fspath(target).endswith(victim):
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(source, target, **others)

    monkeypatch.setattr(os, "replace", full)
    outcome = regctl("sweep", "lambda", "rents.yaml", "--quiet")
    assert outcome.code == 1
    assert "No space left on device" in outcome.err
    assert " saved in " in outcome.err
    goes_on = "then go on with: regctl sweep lambda --resume " in outcome.err
    assert goes_on == (victim != "spec.yaml")  # without it there is nothing to go on with
    assert outcome.err.count("error: ") == 1
    run = here / "runs" / "latest"
    assert not list(run.rglob(victim))
    assert not [path for path in run.rglob("*") if path.name.endswith(".tmp")]


def test_diverging_trials_are_counted_named_and_end_with_3(regctl, here):
    spec = SPEC.replace("learning_rate: 0.01", "learning_rate: 1.0, optimizer: sgd").replace(
        "[0, 0.01, 1]", "[0, 1.0e+6]"
    )
    write_spec(here, spec)
    outcome = regctl("sweep", "lambda", "rents.yaml", "--quiet")
    assert outcome.code == 3
    assert "REG201" in outcome.out
    results = (here / "runs" / "latest" / "results.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in results[1:]] == ["done", "done", "diverged", "diverged"]
    assert json.loads((here / "runs" / "latest" / "selection.json").read_text())["selected"]["lambda"] == 0
    assert (here / "runs" / "latest" / "model.keras").exists()


def test_when_every_trial_diverges_there_is_a_report_and_no_model(regctl, here):
    write_spec(here, SPEC.replace("learning_rate: 0.01", "learning_rate: 1.0e+30, optimizer: sgd"))
    outcome = regctl("sweep", "lambda", "rents.yaml", "--quiet")
    assert outcome.code == 3
    assert not (here / "runs" / "latest" / "model.keras").exists()
    assert "no setting was selected" in regctl("report", "latest").err


def test_a_smoke_run_takes_the_same_path_and_stays_sealed(regctl, here):
    write_spec(here)
    outcome = regctl("sweep", "lambda", "rents.yaml", "--smoke")
    assert outcome.code == 0
    assert "2 of 2 trials finished, epoch 2/2" in outcome.err
    assert (here / "runs" / "latest" / "plots" / "loss-lambda.png").exists()
    assert manifest(here)["smoke"] is True
    outcome = regctl("report", "latest")
    assert outcome.code == 0
    assert "a smoke run's test set stays sealed" in outcome.err
    assert not (here / "runs" / "latest" / "test.json").exists()


def test_a_dry_run_writes_nothing_and_says_where_values_come_from(regctl, here):
    write_spec(here)
    outcome = regctl("sweep", "lambda", "rents.yaml", "--dry-run", "-S", "training.epochs=9", "--json")
    plan = json.loads(outcome.out)
    assert plan["trials"] == 6
    assert plan["rows"] == {"train": 144, "validation": 48, "test": 48}
    origins = {key: entry["from"] for key, entry in plan["spec"].items()}
    assert origins["training.epochs"] == "override"
    assert origins["training.learning_rate"] == "spec"
    assert origins["training.optimizer"] == "default"
    assert not (here / "runs").exists()
    assert "6 trials" in regctl("sweep", "lambda", "rents.yaml", "--dry-run").out


def test_json_is_one_document_on_stdout(regctl, here):
    write_spec(here)
    outcome = regctl("train", "rents.yaml", "--json", "--quiet")
    assert json.loads(outcome.out)["status"] == "completed"
    assert outcome.err == ""


def test_a_plain_progress_tells_trials_epochs_time_left_and_best_loss(regctl, here):
    write_spec(here)
    err = regctl("train", "rents.yaml").err
    assert "training 2 trials" in err
    assert "2 of 2 trials finished, epoch 4/4, 0 s left, best validation loss" in err
