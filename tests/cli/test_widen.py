"""`--widen`: a finished run with more values or seeds comes to what the wider run comes to at once."""

import shutil
from pathlib import Path

import pytest

from interrupted import assert_same, run_and_die
from regctl.records import kept
from regctl.records.journal import read_journal
from regctl.records.manifest import read_manifest
from rents import write_spec

RIDGE = ("-S", "model={name: linear}", "-S", "validation={folds: 3}", "--quiet")
WIDER = ("-S", "sweep.lambda=[0, 0.01, 0.1, 1, 10]")


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch):
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)


@pytest.fixture
def saved(monkeypatch):
    """How many trials each batch had that was trained and saved; refits, which are saved beside them, are none."""
    append, counts = kept.TrialStore.append, []

    def counted(self, batch):
        if "refits" not in self._folder.parts:
            counts.append(len(batch))
        append(self, batch)

    monkeypatch.setattr(kept.TrialStore, "append", counted)
    return counts


def ids(run):
    return sorted(each.id for each in read_journal(run))


def test_a_wider_grid_and_more_seeds_train_only_what_is_new(regctl, here, saved):
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    run = Path("runs/latest").resolve()
    del saved[:]
    outcome = regctl("sweep", "lambda", "--resume", "latest", "--widen", *WIDER, "--seeds", "3", "--quiet")
    assert outcome.code == 0, outcome.err
    assert sum(saved) == 5 * 3 - 3 * 2
    assert Path("runs/latest").resolve() == run
    assert (
        regctl("sweep", "lambda", "rents.yaml", *WIDER, "--seeds", "3", "--quiet", "--out", "wide").code == 0
    )
    assert_same(run, Path("wide/latest"))
    assert ids(run) == list(range(15))


def test_a_widening_that_died_goes_on_as_the_wider_run(regctl, here, monkeypatch):
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", *RIDGE).code == 0
    widen = ("sweep", "lambda", "--resume", "latest", "--widen", *WIDER, "--quiet")
    run = run_and_die(regctl, monkeypatch, 1, *widen)
    assert read_manifest(run).status == "running"
    assert regctl("sweep", "lambda", "--resume", "latest", "--quiet").code == 0
    assert regctl("sweep", "lambda", "rents.yaml", *RIDGE, *WIDER, "--out", "wide").code == 0
    assert_same(run, Path("wide/latest"))
    assert ids(run) == list(range(15))


def test_a_copy_that_was_widened_before_its_original_was_opened_is_another_opening(regctl, here):
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", *RIDGE).code == 0
    run = Path("runs/latest").resolve()
    copy = run.with_name("copy")
    shutil.copytree(run, copy)
    assert regctl("sweep", "lambda", "--resume", str(copy), "--widen", *WIDER).code == 0
    assert regctl("report", str(run)).code == 0
    outcome = regctl("report", str(copy))
    assert outcome.code == 0, outcome.err
    assert "opened 2 times on this machine" in " ".join(outcome.out.split())
    assert "REG401" in outcome.out


def test_a_run_whose_test_set_was_opened_widens_into_a_new_folder(regctl, here, saved):
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", *RIDGE).code == 0
    run = Path("runs/latest").resolve()
    assert regctl("report", "latest").code == 0
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    del saved[:]
    outcome = regctl("sweep", "lambda", "--resume", str(run), "--widen", *WIDER)
    assert outcome.code == 0, outcome.err
    assert "in a new run folder, since its test set was opened" in outcome.err
    wider = Path("runs/latest").resolve()
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert (wider != run, sum(saved), read_manifest(wider).widened_from) == (True, 6, run.name)
    assert not (wider / "test.json").exists()
    assert regctl("sweep", "lambda", "rents.yaml", *RIDGE, *WIDER, "--out", "wide").code == 0
    assert_same(wider, Path("wide/latest"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-S", "training.epochs=9"), "Received: -S training.epochs=…."),
        (("-S", "sweep.lambda=[0, 1]"), "3 of the trials in"),
        (("-S", "sweep.lambda=[0, 0.01, 1]"), "has all of these 9 trials already."),
        ((), "expected -S sweep.…=… or --seeds N beside it."),
    ],
)
def test_what_is_no_widening_is_refused_in_one_sentence(regctl, here, arguments, told):
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", *RIDGE).code == 0
    outcome = regctl("sweep", "lambda", "--resume", "latest", "--widen", *arguments)
    assert (outcome.code, told in outcome.err) == (2, True), outcome.err
