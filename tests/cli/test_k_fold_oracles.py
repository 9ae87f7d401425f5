"""k-fold runs against scikit-learn's pipelines, against each fold by itself, and with other splits and tasks."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from regctl.datasets.preparation import prepare
from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import Shape, make_plan
from regctl.records.validation_rows import read_validation_rows
from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.steps import refitting
from regctl.steps.planning import plan_experiment
from regctl.types import Part
from rents import SPEC, write_spec
from species import SPEC as SPECIES
from species import write_species

NUMBERS = """\
name: numbers
dataset: {source: numbers.csv, target: y}
model: {name: linear}
validation: {folds: 4}
sweep: {lambda: [0.01, 0.3]}
"""
GRADIENT = "training: {solver: gradient, optimizer: sgd, learning_rate: 0.2, batch_size: 1000, epochs: 300, seeds: 1}\n"


def loaded(name):
    return json.loads(Path("runs/latest", name).read_text(encoding="utf-8"))


def write_numbers(folder, rows=150):
    random = np.random.default_rng(2)
    x = random.normal(size=(rows, 4)) * [1, 20, 0.1, 3] + [5, 0, 0, 100]
    y = 3 * x[:, 0] + 0.2 * x[:, 1] + 4 * x[:, 2] + random.normal(size=rows)
    columns = {"y": y} | {f"x{number}": x[:, number] for number in range(4)}
    pl.DataFrame(columns).write_csv(folder / "numbers.csv")
    return np.column_stack([x, y])


@pytest.mark.parametrize("training", ["", GRADIENT], ids=["exact", "gradient"])
def test_ridge_in_folds_is_a_pipeline_per_fold_in_scikit_learn(training, regctl, here):
    table = write_numbers(here)
    (here / "numbers.yaml").write_text(NUMBERS + training, encoding="utf-8")
    assert regctl("sweep", "lambda", "numbers.yaml", "--quiet").code == 0
    results, split = pl.read_csv("runs/latest/results.csv"), loaded("split.json")
    rows, folds = np.array(split["parts"]["train"]["rows"]), np.array(split["folds"][0])
    assert sorted(np.bincount(folds).tolist()) == [30] * 4
    for row in results.iter_rows(named=True):
        train, held_out = (table[rows[mask]] for mask in (folds != row["fold"], folds == row["fold"]))
        mean, sd = train[:, -1].mean(), train[:, -1].std()
        pipeline = make_pipeline(StandardScaler(), Ridge(alpha=len(train) * row["lambda"]))
        pipeline.fit(train[:, :-1], (train[:, -1] - mean) / sd)
        error = pipeline.predict(held_out[:, :-1]) - (held_out[:, -1] - mean) / sd
        assert row["validation_loss"] == pytest.approx(np.mean(error**2), rel=1e-5)
        assert row["validation_rmse"] == pytest.approx(sd * np.sqrt(np.mean(error**2)), rel=1e-5)
    refit = loaded("selection.json")["refits"][0]
    whole = table[rows]
    mean, sd = whole[:, -1].mean(), whole[:, -1].std()
    pipeline = make_pipeline(StandardScaler(), Ridge(alpha=len(whole) * refit["setting"]["lambda"]))
    pipeline.fit(whole[:, :-1], (whole[:, -1] - mean) / sd)
    error = pipeline.predict(whole[:, :-1]) - (whole[:, -1] - mean) / sd
    assert refit["train_loss"] == pytest.approx(np.mean(error**2), rel=1e-5)


def test_a_network_in_folds_is_each_fold_trained_by_itself(here):
    """Every fold through the ordinary holdout way: its own preparation, its own engine, nobody beside it."""
    spec = load_spec(write_spec(here, SPEC + "validation: {folds: 3}\n")).spec
    experiment = plan_experiment(spec, Axes("lambda"), smoke=False)
    engine = FusedEngine(spec.training)
    together = {
        result.trial.id: result
        for cohort in experiment.plan.cohorts
        for batch in engine.train(cohort, experiment.whole.folds)
        for result in batch
    }
    for fold in range(3):
        train, held_out = experiment.data.tables(fold)
        data = replace(experiment.data, train=Part(train), validation=Part(held_out), folds=())
        folds = {fold: prepare(data, spec)[1]}
        assert folds[fold].names == experiment.whole.folds[fold].names
        trials = [trial for trial in experiment.trials if trial.fold == fold]
        plan = make_plan(experiment.layers, trials, Shape.of(folds), spec.training)
        for cohort in plan.cohorts:
            for batch in FusedEngine(spec.training).train(cohort, folds):
                for result in batch:
                    same = together[result.trial.id]
                    np.testing.assert_array_equal(result.validation_prediction, same.validation_prediction)
                    np.testing.assert_array_equal(
                        result.history.validation_loss, same.history.validation_loss
                    )


def test_early_stopping_refits_for_the_median_best_epoch(regctl, here):
    write_spec(here, SPEC + "validation: {folds: 3}\n")
    stopping = ["-S", "training.early_stopping={patience: 2}", "-S", "training.epochs=40"]
    assert (
        regctl("sweep", "lambda", "rents.yaml", "--quiet", "-S", "sweep.lambda=[0, 0.01]", *stopping).code
        == 0
    )
    results = pl.read_csv("runs/latest/results.csv")
    assert results["best_epoch"].n_unique() > 1
    refits = loaded("selection.json")["refits"]
    assert {each["setting"]["lambda"] for each in refits} >= {0.0}
    for each in refits:
        best = results.filter(pl.col("lambda") == each["setting"]["lambda"])["best_epoch"]
        assert each["epochs"] == int(best.median() + 0.5)


def test_windows_of_time_train_on_ever_more_rows(regctl, here):
    write_spec(here, SPEC + "split: {time: living area}\nvalidation: {folds: 3}\n")
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    split, found = loaded("split.json"), read_validation_rows(here / "runs" / "latest")
    rows, folds = np.array(split["parts"]["train"]["rows"]), np.array(split["folds"][0])
    assert found.rows.tolist() == rows[folds >= 0].tolist()
    assert np.bincount(folds + 1).tolist() == [48] * 4
    assert len(found.blocks) == len(found.rows) == 144
    assert np.isfinite(found.loss).all()
    assert "are trained on in every fold and never held out" in " ".join(split["notes"])
    assert regctl("report", "latest").code == 0


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")], ids=["two", "three"])
def test_classes_have_their_share_of_every_fold(classes, regctl, here):
    write_species(here, classes, SPECIES + "validation: {folds: 3}\n")
    weights = ["-S", "training.class_weight=balanced"]
    assert regctl("sweep", "lambda", "species.yaml", "--quiet", *weights).code == 0
    kinds = pl.read_csv("species.csv")["kind"].to_numpy()
    split, results = loaded("split.json"), pl.read_csv("runs/latest/results.csv")
    rows, folds = np.array(split["parts"]["train"]["rows"]), np.array(split["folds"][0])
    for name in classes:
        assert np.ptp(np.bincount(folds[kinds[rows] == name], minlength=3)) <= 1
    assert len(results) == 3 * 2 * 3
    found = read_validation_rows(here / "runs" / "latest")
    means = [found.loss[0, 0, folds == fold].mean(dtype=float) for fold in range(3)]
    np.testing.assert_allclose(means, results["validation_log_loss"][:3], rtol=1e-5)
    outcome = regctl("report", "latest")
    assert outcome.code == 0
    assert "out-of-fold validation data loss" in " ".join(outcome.out.split())


def test_a_class_that_a_fold_cannot_train_on_is_refused(regctl, here):
    write_species(here, ("a", "b"), SPECIES + "split: {time: length}\nvalidation: {folds: 3}\n")
    table = pl.read_csv("species.csv").sort("length")
    late = pl.Series("kind", ["a"] * 100 + ["b"] * 200)
    table.with_columns(late).write_csv("species.csv")
    outcome = regctl("sweep", "lambda", "species.yaml", "--quiet")
    assert outcome.code == 2
    assert "validation.folds: expected rows of every class of 'kind'" in outcome.err
    assert "received none of 'b' in fold 0" in outcome.err


def test_lasso_in_folds_leaves_out_a_level_that_a_fold_lacks(regctl, here):
    text = SPEC.replace("model: {name: mlp, units: [8], activation: tanh}", "model: {name: linear}")
    text = text.replace("[0, 0.01, 1]", "[0, 0.01, 3]")
    write_spec(here, text + "regularization: {penalty: l1}\nvalidation: {folds: 3}\n")
    table = pl.read_csv("rents.csv", infer_schema=False)
    cities = table["city/quarter"].to_list()
    cities[3] = "Nowhere"
    table.with_columns(pl.Series("city/quarter", cities)).write_csv("rents.csv")
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    assert experiment_has_a_level_that_a_fold_lacks(here)
    results = pl.read_csv("runs/latest/results.csv")
    assert results["status"].unique().to_list() == ["done"]
    assert results.filter(pl.col("lambda") == 3)["nonzero"].to_list() == [0, 0, 0]
    assert np.isfinite(results["validation_loss"].to_numpy()).all()


def experiment_has_a_level_that_a_fold_lacks(here):
    experiment = plan_experiment(load_spec(here / "rents.yaml").spec, Axes("lambda"), smoke=False)
    column = experiment.whole.folds[0].names.index("city/quarter=Nowhere")
    held = [experiment.whole.folds[fold].x_train[:, column].any() for fold in range(3)]
    return sorted(held) == [False, True, True]


def test_a_refit_that_diverges_leaves_no_model_and_says_why(regctl, here, monkeypatch):
    write_spec(here, SPEC + "validation: {folds: 2}\n")

    def exploded(experiment, settings, epochs):
        own = on_all_rows(experiment, settings, epochs)
        inputs = own.whole
        bad = {
            fold: replace(data, x_train=np.full_like(data.x_train, np.inf))
            for fold, data in inputs.folds.items()
        }
        monkeypatch.setattr(own.inputs, "of", lambda key: replace(inputs, folds=bad))
        return own

    on_all_rows = refitting._on_all_rows
    monkeypatch.setattr(refitting, "_on_all_rows", exploded)
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    found = loaded("selection.json")
    assert [each["status"] for each in found["refits"]] == ["diverged"] * len(found["refits"])
    assert "REG204" in [each["code"] for each in found["findings"]]
    assert not Path("runs/latest/model.keras").exists()
    outcome = regctl("report", "latest")
    assert "there is no model to test: no setting was selected, or its refit diverged" in outcome.err
    assert "there is no selected model to test" in " ".join(outcome.out.split())
    assert not Path("runs/test-openings.jsonl").exists()
