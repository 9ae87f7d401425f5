"""`--resume`: a run that died goes on, trains what is missing, and ends in the files of one that did not."""

from pathlib import Path

import pytest

from interrupted import assert_same, run_and_die, trained
from regctl.records.journal import read_journal
from rents import write_spec

CHUNKS = ("-S", "training.memory_limit=0.0005", "--seeds", "6")  # three chunks
FOLDS = ("-S", "validation={folds: 3}")
FOLD_CHUNKS = ("-S", "training.memory_limit=0.0007", "--seeds", "8", "--jobs", "1")
LINEAR = ("-S", "model={name: linear}")
# λ₁ = 0 and λ₁ > 0 are two programs, and two batches of trials.
LASSO = (*LINEAR, "-S", "regularization.penalty=l1")
SAMPLES = ("-S", "sweep.samples=[0.25, 0.5, 1]")
CASES = {
    "fused": ("sweep", "lambda", "rents.yaml", *CHUNKS),
    "folds": (
        "sweep",
        "lambda",
        "rents.yaml",
        *FOLDS,
        "-S",
        "training.early_stopping={patience: 1}",
        *FOLD_CHUNKS,
    ),
    "exact": ("sweep", "lambda", "rents.yaml", *LASSO, *FOLDS),
    "samples": ("sweep", "samples", "rents.yaml", *SAMPLES),
    "grown": (
        "sweep",
        "lambda",
        "rents.yaml",
        "--extend",
        "--refine",
        *LASSO,
        "-S",
        "sweep.lambda=[0.01, 0.02]",
    ),
    "train": ("train", "rents.yaml", "-S", "regularization={lambda: 0.01, dropout: 0.2}"),
}
DIED_AFTER = {"folds": 2, "grown": 2, "samples": 3}


@pytest.fixture
def no_figures(monkeypatch):
    """Nothing here looks at them, and they take half of the time."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda folder: None)


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("name", CASES)
def test_a_run_that_died_goes_on_to_the_files_of_one_that_did_not(regctl, here, monkeypatch, name):
    write_spec(here)
    arguments = CASES[name]
    run = run_and_die(regctl, monkeypatch, DIED_AFTER.get(name, 1), *arguments)
    before = trained(run)
    kind = arguments[: 2 if arguments[0] == "sweep" else 1]
    outcome = regctl(*kind, "--resume", str(run))
    assert outcome.code == 0
    assert regctl(*arguments, "--out", "whole", "--quiet").code == 0
    whole = Path("whole/latest")
    assert_same(run, whole)
    assert 0 < before < trained(run) == trained(whole)
    assert {each.id for each in read_journal(run)} == {each.id for each in read_journal(whole)}
    assert len(read_journal(run)) == len(read_journal(whole))
