"""`regctl.resume`: from Python what `--resume` is, whatever kind of run it is."""

from pathlib import Path

import pytest

import regctl as door
from interrupted import assert_same, run_and_die
from regctl.errors import UsageError
from rents import SPEC, write_spec

CHUNKS = ("-S", "training.memory_limit=0.0005", "--seeds", "6")
SEARCH = f"{SPEC}tune: {{space: {{dropout: {{from: 0.0, to: 0.6}}}}}}\n"
RUNS = {
    "sweep": ("sweep", "lambda", "rents.yaml", *CHUNKS),
    "train": ("train", "rents.yaml", "-S", "regularization={lambda: 0.01, dropout: 0.2}"),
    "tune": ("tune", "dropout", "rents.yaml", "--trials", "2", "--tuner", "random"),
}


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_that_died_goes_on_as_by_the_command(regctl, here, monkeypatch, kind):
    write_spec(here, SEARCH)
    path = run_and_die(regctl, monkeypatch, 1, *RUNS[kind], "--quiet")
    run = door.resume("runs/latest")
    assert run.path == path
    assert run.manifest.status == "completed"
    assert regctl(*RUNS[kind], "--quiet", "--out", "whole").code == 0
    assert_same(run.path, Path("whole/latest"))
    what = {"sweep": "sweep lambda", "train": "train", "tune": "tune dropout"}[kind]
    assert f"resumed by regctl {what} --resume runs/{path.name}" in (path / "log.txt").read_text(
        encoding="utf-8"
    )
    before = {each: each.stat().st_mtime_ns for each in path.rglob("*")}
    assert door.resume(path) == run  # finished: nothing is written
    assert {each: each.stat().st_mtime_ns for each in path.rglob("*")} == before


def test_a_finished_run_is_widened_and_a_search_goes_on(regctl, here):
    write_spec(here, SEARCH)
    wide = {"sweep.lambda": [0, 0.01, 0.1, 1]}
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    run = door.resume("latest", widen=wide, out="runs")
    whole = door.sweep("lambda", "rents.yaml", overrides=wide, out="whole")
    assert_same(run.path, whole.path)
    assert regctl(*RUNS["tune"], "--quiet").code == 0
    assert door.resume("runs/latest", trials=4).search.height == 4


def test_what_cannot_be_done_is_said(regctl, here):
    write_spec(here, SEARCH)
    assert regctl("train", "rents.yaml", "--quiet", "-S", "training.epochs=1").code == 0
    with pytest.raises(UsageError, match="no such run"):
        door.resume("runs/none")
    with pytest.raises(UsageError, match=r"trials goes with a search. Received: 3"):
        door.resume("runs/latest", trials=3)
    with pytest.raises(
        UsageError, match=r"--widen: expected -S training.seeds=…. Received: -S training.epochs=…"
    ):
        door.resume("runs/latest", widen={"training.epochs": 3})
    with pytest.raises(UsageError, match="device: expected auto"):
        door.resume("runs/latest", device="tpu")
    assert regctl(*RUNS["tune"], "--quiet").code == 0
    with pytest.raises(UsageError, match=r"a search is not widened. Received: training.seeds=3"):
        door.resume("runs/latest", widen={"training.seeds": 3})
    with pytest.raises(UsageError, match="--trials: the total, 2 or more"):
        door.resume("runs/latest", trials=1)
