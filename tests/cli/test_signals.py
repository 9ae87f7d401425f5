"""A real Ctrl-C, sent to a process that is training."""

import json
import signal
import subprocess
import sys
import time

import pytest

from interrupted import assert_same
from regctl.records.journal import read_journal
from regctl.records.manifest import read_manifest
from rents import write_spec


@pytest.mark.process
def test_ctrl_c_in_the_middle_of_training_ends_soon_with_130(here):
    write_spec(here)
    command = [
        sys.executable,
        "-m",
        "regctl",
        "sweep",
        "lambda",
        "rents.yaml",
        "-S",
        "training.epochs=1000000",
    ]
    process = subprocess.Popen(command, cwd=here, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)  # the million epochs would take hours
    assert process.returncode == 130
    assert out == ""
    assert "interrupted. No trial had finished" in err
    assert "Go on with: regctl sweep lambda --resume runs/" in err
    assert "Traceback" not in err
    assert json.loads((here / "runs" / "latest" / "manifest.json").read_text())["status"] == "interrupted"


@pytest.mark.process
def test_sigterm_between_two_batches_leaves_a_run_that_goes_on_to_the_same_files(regctl, here, monkeypatch):
    write_spec(here)
    chunks = [
        "-S",
        "training.memory_limit=0.0005",
        "--seeds",
        "6",
        "--jobs",
        "1",
        "-S",
        "training.epochs=200",
    ]
    arguments = ["sweep", "lambda", "rents.yaml", *chunks, "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-m", "regctl", *arguments], cwd=here, stderr=subprocess.PIPE, text=True
    )
    journal = here / "runs" / "latest" / "trials.jsonl"
    until = time.monotonic() + 120
    while not (journal.exists() and journal.stat().st_size) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    run = (here / "runs" / "latest").resolve()
    assert process.returncode == 130
    assert read_manifest(run).status == "interrupted"
    assert f"Go on with: regctl sweep lambda --resume runs/{run.name}" in err
    saved = len(read_journal(run))
    assert f"{saved} finished trials are saved in" in err
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)
    assert regctl("sweep", "lambda", "--resume", str(run), "--quiet").code == 0
    assert regctl(*arguments, "--out", "whole").code == 0
    assert_same(run, here / "whole" / "latest")
    assert 0 < saved < len(read_journal(run))
