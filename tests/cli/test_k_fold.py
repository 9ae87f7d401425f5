"""A whole k-fold run from the command line."""

import json

import numpy as np
import polars as pl
import pytest

from regctl.records.validation_rows import read_validation_rows
from rents import SPEC, read_table, save_table, write_spec

FOLDS = SPEC + "validation: {folds: 3, repeats: 2}\n"


def swept(folder, text, *overrides):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(
            "sys.argv", ["regctl", "sweep", "lambda", str(write_spec(folder, text)), "-q", *overrides]
        )
        from regctl.cli.main import main

        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == 0
    return folder / "runs" / "latest"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return swept(tmp_path_factory.mktemp("k-fold"), FOLDS)


def loaded(run, name):
    return json.loads((run / name).read_text(encoding="utf-8"))


def test_trials_are_settings_times_seeds_times_folds(run):
    results = pl.read_csv(run / "results.csv")
    assert results["trial"].to_list() == list(range(3 * 2 * 6))
    assert results["lambda"].to_list() == [0.0] * 12 + [0.01] * 12 + [1.0] * 12
    assert results["seed"].to_list() == ([0] * 6 + [1] * 6) * 3
    assert results["fold"].to_list() == list(range(6)) * 6
    history = pl.read_parquet(run / "history.parquet")
    assert (
        history.group_by("trial").agg(pl.col("fold").first()).sort("trial")["fold"].to_list()
        == list(range(6)) * 6
    )


def test_every_open_row_is_held_out_once_in_each_repeat(run):
    split = loaded(run, "split.json")
    parts, folds = split["parts"], np.array(split["folds"])
    assert {name: part["count"] for name, part in parts.items()} == {
        "train": 192,
        "validation": 0,
        "test": 48,
    }
    assert folds.shape == (2, 192)
    assert [np.bincount(repeat).tolist() for repeat in folds] == [[64] * 3, [0, 0, 0, 64, 64, 64]]
    assert (folds[0] != folds[1] - 3).any()


def test_the_curve_is_the_mean_over_folds_and_its_error_the_folds_spread(run):
    results, curve = pl.read_csv(run / "results.csv"), pl.read_csv(run / "curve.csv")
    for point in curve.iter_rows(named=True):
        own = results.filter(pl.col("lambda") == point["lambda"])
        means = own.group_by("fold").agg(pl.col("validation_loss").mean()).sort("fold")["validation_loss"]
        assert point["n"] == 12
        assert point["validation_loss"] == pytest.approx(means.mean(), rel=1e-12)
        variance = (means[:3].var() + means[3:].var()) / 2
        assert point["validation_se"] == pytest.approx((variance / 3) ** 0.5, rel=1e-9)
        assert point["se_rows"] is None
        assert point["se_seeds"] is None


def test_rows_are_scored_by_the_fold_that_held_them_out(run):
    found, split = read_validation_rows(run), loaded(run, "split.json")
    results = pl.read_csv(run / "results.csv")
    assert found.loss.shape == (3, 4, 192)
    assert found.rows.tolist() == split["parts"]["train"]["rows"]
    assert list(zip(found.seeds.tolist(), found.repeats.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    for row in results.iter_rows(named=True):
        setting = [each.lambda_ for each in found.settings].index(row["lambda"])
        held = np.array(split["folds"][row["fold"] // 3]) == row["fold"]
        losses = found.loss[setting, 2 * row["seed"] + row["fold"] // 3, held]
        assert losses.mean(dtype=float) == pytest.approx(row["validation_loss"], rel=1e-6)


def test_the_shipped_model_is_the_refit_on_all_open_rows(run, regctl):
    """predict on the train and validation rows of the CSV, then the metric by hand."""
    folder = run.parent.parent
    header, table = read_table(folder / "rents.csv")
    rows = loaded(run, "split.json")["parts"]["train"]["rows"]
    save_table(folder / "open.csv", header, [table[row] for row in rows])
    assert regctl("predict", run, folder / "open.csv", "--to", folder / "out.csv").code == 0
    error = pl.read_csv(folder / "out.csv")["rent/month"].to_numpy() - [float(table[row][-1]) for row in rows]
    refits = loaded(run, "selection.json")["refits"]
    selected = next(each for each in refits if each["setting"] == loaded(run, "selection.json")["selected"])
    assert (selected["rows"], selected["seed"], selected["epochs"]) == (192, 0, 4)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(selected["train_metrics"]["rmse"], rel=1e-5)


def test_the_report_says_out_of_fold_and_opens_the_refits_number(run, regctl, monkeypatch):
    folder = run.parent.parent
    monkeypatch.chdir(folder)
    said = " ".join(regctl("report", "latest").out.split())
    assert "Its out-of-fold validation data loss is" in said
    assert "mean of 2 × 3 folds × 2 seeds" in said
    assert "refitted on all 192 train and validation rows with seed 0 for 4 epochs" in said
    header, table = read_table(folder / "rents.csv")
    rows = loaded(run, "split.json")["parts"]["test"]["rows"]
    save_table(folder / "test.csv", header, [table[row] for row in rows])
    assert regctl("predict", run, "test.csv", "--to", "out.csv").code == 0
    error = pl.read_csv("out.csv")["rent/month"].to_numpy() - [float(table[row][-1]) for row in rows]
    found = loaded(run, "test.json")["metrics"]["rmse"]["value"]
    assert found == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-9)


def test_a_smoke_run_has_two_folds_and_a_dry_run_says_how_many(regctl, here):
    write_spec(here, FOLDS)
    plan = json.loads(regctl("sweep", "lambda", "rents.yaml", "--dry-run", "--json").out)
    assert (plan["settings"], plan["seeds"], plan["folds"], plan["trials"]) == (3, 2, 6, 36)
    plan = json.loads(regctl("sweep", "lambda", "rents.yaml", "--smoke", "--dry-run", "--json").out)
    assert (plan["settings"], plan["seeds"], plan["folds"], plan["trials"]) == (2, 1, 2, 4)
    assert plan["spec"]["validation.folds"] == {"value": 2, "from": "smoke"}
    assert "= 3 settings × 2 seeds × 6 folds" in regctl("sweep", "lambda", "rents.yaml", "--dry-run").out
    assert "× 2 seeds × 6 folds = 36 trials" in regctl("validate", "rents.yaml").out
