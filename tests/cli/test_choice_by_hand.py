"""`regctl report RUN --choose`: a copy of the run with another selected setting, its model trained again."""

import json

import numpy as np
import polars as pl
import pytest

from regctl.records.confusion import read_confusion
from rents import SPEC, read_table, save_table, write_spec
from species import write_species


def swept(here, regctl, text: str = SPEC, axis: str = "lambda"):
    write_spec(here, text)
    assert regctl("sweep", axis, "rents.yaml", "-q").code == 0
    return (here / "runs" / "latest").resolve()


def loaded(run, name):
    return json.loads((run / name).read_text())


def files(run):
    return {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def rmse(run, here, regctl, part: str) -> float:
    """That of model.keras on a part of the CSV, by `predict`."""
    header, table = read_table(here / "rents.csv")
    rows = loaded(run, "split.json")["parts"][part]["rows"]
    save_table(here / "part.csv", header, [table[row] for row in rows])
    assert regctl("predict", run, "part.csv", "--to", "out.csv").code == 0
    error = pl.read_csv("out.csv")["rent/month"].to_numpy() - [float(table[row][-1]) for row in rows]
    return float(np.sqrt(np.mean(error**2)))


def test_the_choice_is_a_run_of_its_own_with_that_settings_model(here, regctl):
    run = swept(here, regctl)
    assert regctl("report", run).code == 0
    before, ledger = files(run), (here / "runs" / "test-openings.jsonl").read_bytes()
    selected = loaded(run, "selection.json")["selected"]["lambda"]
    other = next(value for value in (1.0, 0.01) if value != selected)
    found = regctl("report", "latest", "--choose", f"lambda={other}")
    assert found.code == 0, found.err
    new = (here / "runs" / "latest").resolve()
    assert new != run
    assert found.err == f"note: the choice is recorded in runs/{new.name}; {run.name} is as it was.\n"
    assert files(run) == before
    assert (here / "runs" / "test-openings.jsonl").read_bytes() == ledger
    assert not (new / "test.json").exists()
    record = loaded(new, "selection.json")
    assert (record["selected"]["lambda"], record["chosen_from"]) == (other, run.name)
    assert record["minimum"] == loaded(run, "selection.json")["minimum"]
    manifest = loaded(new, "manifest.json")
    assert (manifest["chosen_from"], manifest["status"]) == (run.name, "completed")
    assert manifest["run_id"] != loaded(run, "manifest.json")["run_id"]
    said = " ".join(found.out.split())
    assert f"λ = {other:g} was chosen by hand, from run {run.name}." in said
    assert "The test set is sealed" in said
    results = pl.read_csv(new / "results.csv").filter((pl.col("lambda") == other) & (pl.col("seed") == 0))
    assert rmse(new, here, regctl, "validation") == pytest.approx(results["validation_rmse"][0], rel=1e-5)
    for name in (
        "results.csv",
        "curve.csv",
        "validation_rows.npz",
        "history.parquet",
        "trials.jsonl",
        "split.json",
    ):
        assert (new / name).read_bytes() == (run / name).read_bytes()
    opened = " ".join(regctl("report", new).out.split())
    assert "opened 2 times on this machine" in opened
    assert "REG401" in opened


def test_under_folds_the_choice_is_refitted(here, regctl):
    run = swept(here, regctl, SPEC + "validation: {folds: 3}\n")
    selected = loaded(run, "selection.json")["selected"]["lambda"]
    other = next(value for value in (1.0, 0.01) if value != selected)
    assert regctl("report", run, "--choose", f"lambda={other}").code == 0
    new = here / "runs" / "latest"
    refit = loaded(new, "selection.json")["refits"][0]
    assert refit["setting"]["lambda"] == other
    assert rmse(new, here, regctl, "train") == pytest.approx(refit["train_metrics"]["rmse"], rel=1e-5)


def test_where_axes_cross_each_needs_a_value_and_exact_solutions_can_be_chosen(here, regctl):
    text = (
        'name: rents\ndataset: {source: rents.csv, target: "rent/month", features: ["living area"]}\n'
        "model: {name: polynomial}\nsweep: {degree: [1, 2, 3], lambda: [0, 0.01, 1]}\n"
    )
    write_spec(here, text)
    assert regctl("sweep", "degree", "rents.yaml", "--by", "lambda", "-q").code == 0
    run = (here / "runs" / "latest").resolve()
    missing = regctl("report", run, "--choose", "degree=2")
    assert missing.code == 2
    assert "all rows: --choose degree=VALUE --choose lambda=VALUE. Received: degree=2" in missing.err
    assert regctl("report", run, "--choose", "degree=2", "--choose", "lambda=0.01").code == 0
    new = here / "runs" / "latest"
    chosen = loaded(new, "selection.json")["selected"]
    assert (chosen["degree"], chosen["lambda"]) == (2, 0.01)
    results = pl.read_csv(new / "results.csv").filter((pl.col("lambda") == 0.01) & (pl.col("degree") == 2))
    assert rmse(new, here, regctl, "validation") == pytest.approx(results["validation_rmse"][0], rel=1e-5)


def test_of_classes_the_confusion_matrix_is_the_chosen_ones(here, regctl):
    write_species(here, ("a", "b"))
    assert regctl("sweep", "lambda", "species.yaml", "-q").code == 0
    run = (here / "runs" / "latest").resolve()
    assert regctl("report", run, "--choose", "lambda=1").code == 0
    counts = read_confusion(here / "runs" / "latest", ("a", "b"))
    results = pl.read_csv(run / "results.csv").filter((pl.col("lambda") == 1) & (pl.col("seed") == 0))
    assert np.trace(counts) / counts.sum() == pytest.approx(results["validation_accuracy"][0], abs=1e-9)


def test_a_value_is_the_nearest_to_three_digits_and_others_are_named(here, regctl):
    run = swept(here, regctl, SPEC.replace("[0, 0.01, 1]", "[0, 0.0123456, 1]"))
    wrong = regctl("report", run, "--choose", "lambda=0.02")
    assert wrong.code == 2
    assert f"{run.name} has no lambda=0.02. The nearest it has are 0, 0.0123456, 1." in wrong.err
    assert regctl("report", run, "--choose", "lambda=0.0123").code == 0
    assert loaded(here / "runs" / "latest", "selection.json")["selected"]["lambda"] == 0.0123456


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--choose", "lambda"], "expected AXIS=VALUE, as lambda=0.01. Received: 'lambda'"),
        (["--choose", "lambda=strong"], "expected AXIS=VALUE"),
        (["--choose", "lambda=nan"], "expected AXIS=VALUE, as lambda=0.01. Received: 'lambda=nan'"),
        (["--choose", "lambda=inf"], "expected AXIS=VALUE"),
        (["--choose", "=1"], "expected AXIS=VALUE"),
        (["--choose", "lambda=0", "--choose", "lambda=1"], "expected one value of lambda. Received: 0 and 1"),
        (
            ["--choose", "dropout=0.1"],
            "expected a setting of all rows: --choose lambda=VALUE. Received: dropout=0.1",
        ),
        (["--choose", "lambda=1", "--check", "test.rmse < 1"], "does not go with a check on test"),
    ],
)
def test_what_cannot_be_chosen_makes_no_folder(here, regctl, arguments, says):
    run = swept(here, regctl)
    found = regctl("report", run, *arguments)
    assert found.code == 2
    assert says in found.err
    assert "opens the test set" not in found.err
    assert len([path for path in (here / "runs").iterdir() if path.is_dir() and not path.is_symlink()]) == 1


def test_a_single_setting_leaves_no_choice(here, regctl):
    write_spec(here)
    assert regctl("train", "rents.yaml", "-q").code == 0
    found = regctl("report", "latest", "--choose", "lambda=0")
    assert (found.code, "is not a completed sweep" in found.err) == (2, True)


def test_other_bits_than_those_recorded_are_refused(here, regctl):
    """As on another machine: the recorded loss of the setting's first trial differs in its last digits."""
    run = swept(here, regctl)
    table = pl.read_csv(run / "results.csv")
    value = (
        pl.when(pl.col("lambda") == 1)
        .then(pl.col("validation_loss") * (1 + 1e-12))
        .otherwise("validation_loss")
    )
    table.with_columns(value.alias("validation_loss")).write_csv(run / "results.csv")
    found = regctl("report", run, "--choose", "lambda=1")
    assert found.code == 1
    assert "trained again, trial 4 has validation loss" in found.err
