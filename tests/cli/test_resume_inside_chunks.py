"""A run that dies inside a chunk goes on from there to the files of one that did not; nothing is trained twice."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from interrupted import Death, assert_same
from regctl.records.checkpoints import CheckpointFolder
from regctl.records.search_record import read_search
from rents import write_spec

MOMENTUM = ("-S", "training={optimizer: sgd, momentum: 0.9, learning_rate: 0.01, epochs: 6, batch_size: 32}")
STOPPING = ("-S", "training.early_stopping={patience: 1}", "-S", "training.learning_rate=0.1")
NOISE = ("-S", "regularization.dropout=0.3")
FOLDS = ("-S", "validation={folds: 3}")
CHUNKS = ("-S", "training.memory_limit=0.0005", "--seeds", "6", "--jobs", "1")
SWEEPS = {
    "early stopping": ("sweep", "lambda", "rents.yaml", *STOPPING, *NOISE),
    "momentum in folds": ("sweep", "lambda", "rents.yaml", *MOMENTUM, *FOLDS),
    "chunks": ("sweep", "lambda", "rents.yaml", *CHUNKS),
    "train": ("train", "rents.yaml", *NOISE, "-S", "training.epochs=6"),
}
SEARCH = """\
name: rents
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [8], activation: tanh}
training: {learning_rate: 0.01, epochs: 9, batch_size: 32, seeds: 2}
regularization: {lambda: 0.01}
tune: {space: {dropout: {from: 0.0, to: 0.6}, units: {choices: [4, 6, 12]}}}
"""
TUNE = ("tune", "model", "rents.yaml", "--trials", "12", "--tuner", "hyperband")


@pytest.fixture(autouse=True)
def checkpoints_all_the_time(monkeypatch):
    """After every call of the program, which is a step but in the first epoch; without figures."""
    monkeypatch.setattr("regctl.records.checkpoints.SECONDS", 0.0)
    monkeypatch.setattr("regctl.engine.fused.chunk.SECONDS_PER_CALL", 0.0)
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)


@contextmanager
def dying_in(monkeypatch, where: str, number: int = 1):
    """Dies at the end of a call, the so manieth; what it had to do is done. A killed process says nothing."""
    module, _, name = where.rpartition(".")
    calls = []

    def counted(*arguments, **named):
        found = original(*arguments, **named)
        calls.append(arguments)
        if len(calls) == number:
            raise Death
        return found

    with monkeypatch.context() as patch:
        patch.setattr("regctl.steps.conduct._end_badly", lambda conduct, error: None)
        owner = CheckpointFolder if module == "checkpoints" else __import__(module, fromlist=["_"])
        original = getattr(owner, name)
        patch.setattr(owner, name, counted)
        with pytest.raises(Death):
            yield


@pytest.fixture
def journaled(monkeypatch):
    """The trials that were journaled, by all processes: setting, seed, fold and the folder."""
    from regctl.records.kept import TrialStore

    append, found = TrialStore.append, []

    def noted(self, batch):
        append(self, batch)
        found.extend((self._folder, each.identity) for each in batch)

    monkeypatch.setattr(TrialStore, "append", noted)
    return found


def resumed(regctl, arguments, run):
    what = arguments[: 1 if arguments[0] == "train" else 2]
    assert regctl(*what, "--resume", str(run), "--quiet").code == 0


@pytest.mark.parametrize("name", SWEEPS)
def test_a_run_that_died_inside_a_chunk_goes_on_to_the_same_files(regctl, here, monkeypatch, journaled, name):
    write_spec(here)
    with dying_in(monkeypatch, "checkpoints.save", 7):
        regctl(*SWEEPS[name], "--quiet")
    run = Path("runs/latest").resolve()
    states = sorted((run / "checkpoints").glob("*.npz"))
    assert len(states) >= 1
    resumed(regctl, SWEEPS[name], run)
    assert not (run / "checkpoints").exists()
    assert len(set(journaled)) == len(journaled)
    assert regctl(*SWEEPS[name], "--quiet", "--out", "whole").code == 0
    assert_same(run, Path("whole/latest"))
    assert not (Path("whole/latest") / "checkpoints").exists()


def test_a_resume_begins_where_the_checkpoint_was(regctl, here, monkeypatch):
    write_spec(here)
    with dying_in(monkeypatch, "checkpoints.save", 9):
        regctl("train", "rents.yaml", "-S", "training.epochs=6", "--quiet")
    run, steps = Path("runs/latest").resolve(), []
    last = max(int(path.stem.rpartition("-")[2]) for path in (run / "checkpoints").glob("*.npz"))
    save = CheckpointFolder.save

    def noted(self, name, step, arrays):
        steps.append(step)
        save(self, name, step, arrays)

    monkeypatch.setattr(CheckpointFolder, "save", noted)
    resumed(regctl, ("train",), run)
    assert last < steps[0] <= last + 5  # the first call is as long as an epoch


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("checkpoints.save", 12),  # in the first bracket
        ("checkpoints.save", 60),  # in a continued rung
        ("regctl.steps.searching.append_searched", 2),
        (
            "regctl.steps.search_run.own_experiment",
            1,
        ),  # the winner is retrained, the spec's own setting is not
        ("regctl.steps.search_run.compared", 1),  # both are
    ],
)
def test_a_search_that_died_goes_on_to_the_same_files(regctl, here, monkeypatch, journaled, where, number):
    write_spec(here, SEARCH)
    with dying_in(monkeypatch, where, number):
        regctl(*TUNE, "--quiet")
    run = Path("runs/latest").resolve()
    resumed(regctl, TUNE, run)
    assert (
        len(set(journaled)) == len(journaled) == 6
    )  # two seeds of the winner, the reference and the spec's own
    assert not (run / "checkpoints").exists()
    assert regctl(*TUNE, "--quiet", "--out", "whole").code == 0
    assert_same(run, Path("whole/latest"))
    found, whole = read_search(run), read_search(Path("whole/latest"))
    assert (found.best, found.compared, found.winner_loss) == (whole.best, whole.compared, whole.winner_loss)


def test_of_another_winner_nothing_is_taken_for_trained(regctl, here, monkeypatch, journaled):
    """A larger total finds a better setting: its reference has the setting of the one before, in other layers."""
    write_spec(here, SEARCH)
    few = (*TUNE[:4], "2", "--tuner", "random", "--quiet")
    assert regctl(*few).code == 0
    run = Path("runs/latest").resolve()
    first, before = read_search(run), len(journaled)
    for total in range(3, 12):
        assert regctl("tune", "model", "--resume", str(run), "--trials", str(total), "--quiet").code == 0
        if read_search(run).best != first.best:
            break
        assert len(journaled) == before  # the same winner is not trained again
    found = read_search(run)
    assert found.best != first.best
    assert len(journaled) == before + 4  # the new winner and its reference; the spec's own is there
    assert regctl("train", str(run / "best.yaml"), "--quiet", "--out", "again").code == 0
    assert (run / "results.csv").read_bytes() == Path("again/latest/results.csv").read_bytes()


@pytest.mark.parametrize("where", ["regctl.steps.refitting._record", "regctl.pipeline.save_tables"])
def test_what_k_fold_refits_is_not_refitted_again(regctl, here, monkeypatch, journaled, where):
    write_spec(here)
    arguments = ("sweep", "lambda", "rents.yaml", *FOLDS, *NOISE, *STOPPING)
    with dying_in(monkeypatch, where):
        regctl(*arguments, "--quiet")
    run = Path("runs/latest").resolve()
    with monkeypatch.context() as patch:
        if where.endswith("save_tables"):  # all that is to be trained is there
            patch.setattr("regctl.engine.fused.engine.FusedEngine.train", None)
        resumed(regctl, arguments, run)
    assert len(set(journaled)) == len(journaled)
    assert regctl(*arguments, "--quiet", "--out", "whole").code == 0
    assert_same(run, Path("whole/latest"))


@pytest.mark.process
def test_a_process_killed_inside_a_chunk_goes_on_to_the_same_files(regctl, here, monkeypatch):
    """SIGKILL, again and again, each time once there is a newer checkpoint than before."""
    monkeypatch.undo()  # in this process, too, training goes at its own pace
    monkeypatch.chdir(here)
    write_spec(here)
    arguments = ("train", "rents.yaml", *NOISE, "-S", "training.epochs=400", "--quiet", "--jobs", "1")
    often = "from regctl.records import checkpoints; checkpoints.SECONDS = 0.05"
    code = f"{often}; from regctl.cli.console import start; start()"
    command, seen = [sys.executable, "-c", code, *arguments], set()
    for _ in range(2):
        process = subprocess.Popen(command, cwd=here, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < until:
            if new := {path.name for path in here.glob("runs/latest/checkpoints/*.npz")} - seen:
                seen |= new
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        run = Path("runs/latest").resolve()
        command = [sys.executable, "-c", code, "train", "--resume", str(run), "--quiet"]
    assert len(seen) >= 2
    resumed(regctl, arguments, run)
    assert regctl(*arguments, "--out", "whole").code == 0
    assert_same(run, Path("whole/latest"))
