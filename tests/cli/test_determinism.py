"""The same spec comes to the same bytes: in another folder, with other --jobs, with other sizes of chunks."""

import json
import os
from pathlib import Path

import pytest

from rents import write_spec

SPEC = """\
name: rents
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [8], activation: selu}
regularization: {dropout: 0.2}
training: {learning_rate: 0.01, epochs: 4, batch_size: 32, seeds: 5, memory_limit: 1}
sweep: {lambda: [0, 0.001, 0.01, 0.1, 1, 10]}
"""
FILES = ("results.csv", "curve.csv", "selection.json", "history.parquet", "validation_rows.npz")


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Nothing here looks at them, and they take half of the time."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)


def run_in(regctl, folder: Path, text: str, *arguments: str) -> dict[str, bytes]:
    """What a run in a folder of its own writes."""
    folder.mkdir()
    os.chdir(folder)
    write_spec(folder, text)
    assert regctl("sweep", *arguments, "--quiet").code == 0
    return {name: (folder / "runs" / "latest" / name).read_bytes() for name in FILES}


def chunks(regctl, folder: Path, *arguments: str) -> int:
    os.chdir(folder)
    plan = json.loads(regctl("sweep", "lambda", "rents.yaml", *arguments, "--dry-run", "--json").out)
    return sum(len(cohort["chunks"]) for cohort in plan["cohorts"])


def test_neither_folder_nor_jobs_nor_chunks_change_a_byte(regctl, here):
    own = ("lambda", "rents.yaml")
    first = run_in(regctl, here / "first", SPEC, *own)
    second = run_in(regctl, here / "second", SPEC, *own, "--jobs", "1")
    small = ("-S", "training.memory_limit=0.002")
    third = run_in(regctl, here / "third", SPEC, *own, *small, "--jobs", "3")
    assert chunks(regctl, here / "third", *small, "--jobs", "3") > chunks(regctl, here / "first")
    assert first == second
    assert first == third


DIGITS = """\
name: digits
dataset: {source: digits, target: digit}
task: classification
model: {name: cnn, filters: [2], units: [4]}
training: {learning_rate: 0.01, epochs: 1, seeds: 2}
sweep: {dropout: [0, 0.3]}
"""


@pytest.mark.process
def test_the_keras_engine_neither(regctl, here):
    first = run_in(regctl, here / "first", DIGITS, "dropout", "rents.yaml", "--jobs", "1")
    second = run_in(regctl, here / "second", DIGITS, "dropout", "rents.yaml", "--jobs", "2")
    assert first == second


def test_nor_does_the_exact_one(regctl, here):
    spec = SPEC.replace("{name: mlp, units: [8], activation: selu}", "{name: linear}").replace(
        "{dropout: 0.2}", "{penalty: l1}"
    )
    own = ("lambda", "rents.yaml")
    first = run_in(regctl, here / "first", spec, *own)
    limit = ("-S", "training.memory_limit=0.00005")
    second = run_in(regctl, here / "second", spec, *own, *limit)
    assert chunks(regctl, here / "second", *limit) > chunks(regctl, here / "first")
    assert first == second
