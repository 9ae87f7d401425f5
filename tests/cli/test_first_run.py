"""A whole run from the command line, on a table and a spec of one's own."""

import json

import numpy as np
import polars as pl
import pytest

from regctl.datasets.opening import open_rows
from regctl.datasets.seal import open_test_rows
from regctl.records.split_record import read_split
from regctl.report.model import read_report
from regctl.spec.axes import Axes
from rents import SPEC, read_table, save_table, write_spec, write_table

FILES = {
    "spec.yaml spec.source.yaml manifest.json split.json trials.jsonl trials results.csv curve.csv selection.json "
    "validation_rows.npz history.parquet plots report.md report.html report.json model.keras reference.keras "
    "inputs.json best.yaml log.txt"
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder in which the sweep has run once."""
    folder = tmp_path_factory.mktemp("first run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("sys.argv", ["regctl", "sweep", "lambda", str(write_spec(folder)), "--quiet"])
        from regctl.cli.main import main

        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == 0
    return folder


@pytest.fixture
def run(root):
    return root / "runs" / "latest"


def test_the_folder_holds_every_file_and_no_other(run):
    assert {path.name for path in run.iterdir()} == set(" ".join(FILES).split())
    assert {path.name for path in (run / "plots").iterdir()} == {"loss-lambda.png", "loss-lambda.svg"}
    assert (run / "spec.source.yaml").read_text(encoding="utf-8") == SPEC


def test_latest_is_a_relative_link(run):
    assert run.is_symlink()
    assert not run.readlink().is_absolute()


def test_results_hold_every_trial_in_order(run):
    results = pl.read_csv(run / "results.csv")
    assert results["trial"].to_list() == list(range(6))
    assert results["lambda"].to_list() == [0, 0, 0.01, 0.01, 1, 1]
    assert results["seed"].to_list() == [0, 1] * 3
    assert results["status"].unique().to_list() == ["done"]
    assert json.loads((run / "manifest.json").read_text())["status"] == "completed"


def test_curve_points_are_means_of_the_trials(run):
    results, curve = pl.read_csv(run / "results.csv"), pl.read_csv(run / "curve.csv")
    for point in curve.iter_rows(named=True):
        trials = results.filter(pl.col("lambda") == point["lambda"])
        assert point["n"] == 2
        assert point["train_loss"] == pytest.approx(trials["train_loss"].mean(), rel=1e-12)
        assert point["validation_loss"] == pytest.approx(trials["validation_loss"].mean(), rel=1e-9)
        assert point["se_seeds"] == pytest.approx(trials["validation_loss"].std() / 2**0.5, rel=1e-9)


def test_the_exported_model_reproduces_the_first_seeds_validation_numbers(root, run):
    """predict on the validation rows of the CSV, then the metrics by hand, against results.csv."""
    header, table = read_table(root / "rents.csv")
    rows = json.loads((run / "split.json").read_text())["parts"]["validation"]["rows"]
    truth = np.array([float(table[row][-1]) for row in rows])
    save_table(root / "new.csv", header[:-1], [table[row][:-1] for row in rows])
    selected = json.loads((run / "selection.json").read_text())["selected"]["lambda"]
    results = pl.read_csv(run / "results.csv").filter((pl.col("lambda") == selected) & (pl.col("seed") == 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "sys.argv", ["regctl", "predict", str(run), str(root / "new.csv"), "--to", str(root / "out.csv")]
        )
        from regctl.cli.main import main

        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == 0
    predicted = pl.read_csv(root / "out.csv")["rent/month"].to_numpy()
    assert np.sqrt(np.mean((predicted - truth) ** 2)) == pytest.approx(
        results["validation_rmse"][0], rel=1e-5
    )
    assert np.mean(np.abs(predicted - truth)) == pytest.approx(results["validation_mae"][0], rel=1e-5)


def test_the_sealed_report_says_sealed_and_opens_nothing(root, regctl, monkeypatch):
    monkeypatch.chdir(root)
    outcome = regctl("report", "latest", "--sealed")
    assert outcome.code == 0
    assert "sealed" in outcome.out
    assert not (root / "runs" / "test-openings.jsonl").exists()
    assert not (root / "runs" / "latest" / "test.json").exists()


def test_the_resolved_spec_reproduces_the_run_by_itself(root, run, regctl, here):
    outcome = regctl("sweep", "lambda", run / "spec.yaml", "--quiet")
    assert outcome.code == 0
    again = here / "runs" / "latest"
    for name in ("results.csv", "curve.csv", "selection.json", "validation_rows.npz"):
        assert (again / name).read_bytes() == (run / name).read_bytes()


def test_best_yaml_reproduces_the_selected_settings_trials(root, run, regctl, here):
    assert regctl("train", run / "best.yaml", "--quiet").code == 0
    selected = json.loads((run / "selection.json").read_text())["selected"]["lambda"]
    columns = ["lambda", "seed", "train_loss", "validation_loss", "penalty"]
    before, after = (pl.read_csv(path / "results.csv") for path in (run, here / "runs" / "latest"))
    own = pl.col("lambda") == selected
    assert before.filter(own).select(columns).equals(after.filter(own).select(columns))
    assert not (here / "runs" / "latest" / "curve.csv").exists()
    assert "one_standard_error" in json.loads((here / "runs" / "latest" / "selection.json").read_text())


def test_report_opens_once_tells_a_second_run_and_keeps_the_first_number(root, regctl, monkeypatch, here):
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    first = here / "runs" / "latest"
    first = first.resolve()
    outcome = regctl("report", "runs/latest")
    assert outcome.code == 0
    assert "opened once on this machine, by this run" in " ".join(outcome.out.split())
    number = (first / "test.json").read_bytes()
    assert regctl("report", "runs/latest").code == 0
    assert (first / "test.json").read_bytes() == number
    ledger = (here / "runs" / "test-openings.jsonl").read_text().splitlines()
    assert len(ledger) == 1
    assert json.loads(ledger[0])["rows"] == 48
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    outcome = regctl("report", "runs/latest")
    said = " ".join(outcome.out.split())
    assert "2 times on this machine" in said
    assert "the first number is the honest one" in said
    assert first.name in said


def test_the_test_number_is_the_shipped_models_on_the_sealed_rows(regctl, here):
    """The same number from the raw CSV: split.json's test rows, model.keras through `predict`, the metric by hand."""
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    assert regctl("report", "latest").code == 0
    run = here / "runs" / "latest"
    rows = json.loads((run / "split.json").read_text())["parts"]["test"]["rows"]
    header, table = read_table(here / "rents.csv")
    save_table(here / "test.csv", header, [table[row] for row in rows])
    assert regctl("predict", "latest", "test.csv", "--to", "out.csv").code == 0
    error = pl.read_csv("out.csv")["rent/month"].to_numpy() - [float(table[row][-1]) for row in rows]
    found = json.loads((run / "test.json").read_text())
    assert found["metrics"]["rmse"]["value"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-9)
    low, high = found["metrics"]["rmse"]["interval"]
    assert low < found["metrics"]["rmse"]["value"] < high


def test_training_receives_nothing_that_yields_test_rows(here):
    from regctl.spec.loading import load_spec
    from regctl.steps.planning import plan_experiment

    experiment = plan_experiment(load_spec(write_spec(here)).spec, Axes("lambda"), smoke=False)
    sealed = open_test_rows(experiment.spec, experiment.data.split)
    assert len(sealed.table) == 48
    seen = np.concatenate([experiment.data.train.table.target, experiment.data.validation.table.target])
    assert not np.isin(sealed.table.target, seen).any()
    assert len(seen) + len(sealed.table) == 240
    assert len(experiment.whole.folds[None].x_train) == len(open_rows(experiment.spec).train.table)


def test_the_run_folder_reads_back(run):
    report = read_report(run)
    assert len(report.trials) == 6
    assert len(report.curve) == 3
    assert len(read_split(run).split.parts["test"]) == 48


def test_a_moved_column_order_and_extra_columns_do_not_change_predictions(root, run, regctl, here):
    header, table = read_table(root / "rents.csv")
    save_table(here / "plain.csv", header, table[:9])
    save_table(here / "shuffled.csv", ["aaa", *header[::-1]], [["x", *row[::-1]] for row in table[:9]])
    plain, shuffled = (regctl("predict", run, name) for name in ("plain.csv", "shuffled.csv"))
    assert plain.out == shuffled.out
    assert plain.out.count("\n") == 10
    assert "'aaa'" in shuffled.err


def test_another_seed_of_the_table_is_refused_at_the_opening(regctl, here):
    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    write_table(here / "rents.csv", seed=8)
    outcome = regctl("report", "latest")
    assert outcome.code == 2
    assert "expected sha256" in outcome.err
    assert not (here / "runs" / "test-openings.jsonl").exists()


@pytest.mark.parametrize("penalty", ["l1", "elastic"])
def test_a_sweep_with_l1_has_exact_zeros_and_says_the_penalty(penalty, regctl, here):
    write_spec(here, SPEC + f"regularization: {{penalty: {penalty}}}\n")
    outcome = regctl(
        "sweep", "lambda", "rents.yaml", "--quiet", "-S", "training.epochs=60", "-S", "sweep.lambda=[0, 0.5]"
    )
    assert outcome.code == 0
    assert {"l1": "λ Σ|θ|", "elastic": "λ (r Σ|θ| + (1 − r) Σθ²)"}[penalty] in outcome.out
    results = pl.read_csv(here / "runs" / "latest" / "results.csv")
    share = {"l1": 1.0, "elastic": 0.5}[penalty]
    assert results["l1"].to_list() == [0, 0, 0.5 * share, 0.5 * share]
    assert results["l2"].to_list() == [0, 0, 0.5 * (1 - share), 0.5 * (1 - share)]
    assert min(results["nonzero"][:2]) > max(results["nonzero"][2:])
    assert regctl("report", "latest").code == 0


def test_report_from_inside_the_run_folder_writes_the_same_ledger(regctl, here, monkeypatch):
    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    monkeypatch.chdir(here / "runs" / "latest")
    assert regctl("report", ".").code == 0
    (line,) = (here / "runs" / "test-openings.jsonl").read_text().splitlines()
    assert json.loads(line)["run"].endswith("rents-train")
    assert not (here / "runs" / "latest" / "test-openings.jsonl").exists()


def test_a_report_in_a_folder_that_cannot_be_written_is_still_shown(regctl, here, monkeypatch):
    import errno
    import os

    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "replace", refuse)
    outcome = regctl("report", "latest", "--sealed")
    assert outcome.code == 0
    assert "sealed" in outcome.out
    assert "Read-only file system" in outcome.err
