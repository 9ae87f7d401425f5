"""Runs of linear models from the command line: solved exactly, against scikit-learn on the same design."""

import json

import numpy as np
import polars as pl
import pytest

from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.steps.planning import plan_experiment
from rents import read_table, save_table, write_spec

SPEC = """\
name: rents
dataset: {source: rents.csv, target: "rent/month", units: {"rent/month": euros}, target_transform: log10}
model: {name: linear}
sweep: {lambda: {log: [1.0e-4, 10], points: 12, zero: true}}
"""


def prepared_of(path):
    """What the engine receives, in float64."""
    (prepared,) = plan_experiment(load_spec(path).spec, Axes("lambda"), smoke=False).whole.folds.values()
    return [
        np.asarray(each, np.float64)
        for each in (prepared.x_train, prepared.y_train, prepared.x_validation, prepared.y_validation)
    ]


def test_a_sweep_of_a_linear_model_is_solved_and_says_so(regctl, here):
    from sklearn.linear_model import Ridge

    path = write_spec(here, SPEC)
    outcome = regctl("sweep", "lambda", "rents.yaml")
    assert outcome.code == 0
    assert "note: The exact solution is the same for every seed: 1 seed instead of 3." in outcome.err
    assert "solving 13 trials exactly" in outcome.err
    assert "13 of 13 trials finished, 0 s left, best validation loss" in outcome.err
    said = " ".join(outcome.out.split())
    assert "Engine: exact (exact solution: a linear model with squared loss)." in said
    assert "solved exactly (nothing is random, so seeds do not matter): 13 of 13 trials done" in said
    assert "Effective degrees of freedom, the intercept not counted: selected " in said
    run = here / "runs" / "latest"
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["engine"]["name"] == "exact"
    assert manifest["device"] == "CPU"
    results, curve = pl.read_csv(run / "results.csv"), pl.read_csv(run / "curve.csv")
    x, y, x_validation, y_validation = prepared_of(path)
    for row in results.filter(pl.col("lambda") > 0).iter_rows(named=True):
        fitted = Ridge(alpha=len(x) * row["lambda"]).fit(x, y)
        expected = np.mean((fitted.predict(x_validation) - y_validation) ** 2)
        assert row["validation_loss"] == pytest.approx(expected, rel=1e-6)
        values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False) ** 2
        freedom = (values / (values + len(x) * row["lambda"])).sum()
        assert row["degrees_of_freedom"] == pytest.approx(freedom, rel=1e-9)
    assert curve["se_seeds"].null_count() == len(curve)
    assert curve["validation_se"].to_list() == curve["se_rows"].to_list()
    assert regctl("report", "latest").code == 0


def test_the_dry_run_names_the_engine_and_why(regctl, here):
    write_spec(here, SPEC)
    exact = regctl("sweep", "lambda", "rents.yaml", "--dry-run")
    assert "engine: exact (exact solution: a linear model with squared loss)" in exact.out
    assert "work: one factorisation of the training rows for all λ" in exact.out
    assert "13 trials = 13 settings × 1 seed\n" in exact.out
    gradient = regctl("sweep", "lambda", "rents.yaml", "--dry-run", "-S", "training.solver=gradient")
    assert "engine: fused (gradient descent: training.solver is gradient)" in gradient.out
    assert "39 trials = 13 settings × 3 seeds" in gradient.out
    assert "note:" not in gradient.err
    auto = regctl("sweep", "lambda", "rents.yaml", "--dry-run", "--json", "-S", "sweep.lambda=auto")
    found = json.loads(auto.out)["spec"]
    assert (len(found["sweep.lambda"]["value"]), found["sweep.lambda"]["from"]) == (100, "data")
    assert found["training.seeds"] == {"value": 1, "from": "exact solution"}


def solved_by_scikit_learn(penalty, x, y, lambda_):
    """Kernel and intercept: the closed form for L2, scikit-learn's coordinate descent for L1."""
    from sklearn.linear_model import Lasso

    if penalty == "l1":
        fitted = Lasso(alpha=lambda_ / 2, tol=1e-12, max_iter=100_000).fit(x, y)
        return fitted.coef_, fitted.intercept_
    centred = x - x.mean(axis=0)
    gram = centred.T @ centred + len(x) * lambda_ * np.eye(x.shape[1])
    kernel = np.linalg.solve(gram, centred.T @ (y - y.mean()))
    return kernel, y.mean() - x.mean(axis=0) @ kernel


@pytest.mark.parametrize(("penalty", "tolerance"), [("l1", 1e-6), ("l2", 1e-10)])
def test_coefficients_are_scikit_learns_on_the_same_design(penalty, tolerance, regctl, here):
    text = SPEC.replace("{log: [1.0e-4, 10], points: 12, zero: true}", "auto")
    path = write_spec(here, text + f"regularization: {{penalty: {penalty}}}\n")
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    found = pl.read_csv(here / "runs" / "latest" / "coefficients.csv")
    x, y, _, _ = prepared_of(path)
    table = found.partition_by("lambda", as_dict=True)
    assert len(table) == 101
    for (lambda_,), rows in table.items():
        if lambda_ == 0:
            continue
        kernel, intercept = solved_by_scikit_learn(penalty, x, y, lambda_)
        assert rows["feature"][0] == "(intercept)"
        own = rows["standardized"].to_numpy()
        np.testing.assert_allclose(own[1:], kernel, rtol=tolerance, atol=tolerance * np.abs(kernel).max())
        np.testing.assert_allclose(own[0], intercept, atol=tolerance)
        if penalty == "l1":
            assert (own[1:] != 0).tolist() == (kernel != 0).tolist()
    strongest = table[max(table)]
    assert (strongest["standardized"][1:] == 0).all() == (penalty == "l1")


def test_original_coefficients_predict_the_logarithm_of_the_raw_rows(regctl, here):
    """By hand from the CSV: intercept + Σ coefficient · column, against the exported model."""
    write_spec(here, SPEC)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    run = here / "runs" / "latest"
    found = pl.read_csv(run / "coefficients.csv")
    assert found.columns == ["lambda", "l1", "l2", "feature", "standardized", "original"]
    weights = dict(zip(found["feature"], found["original"], strict=True))
    assert {"(intercept)", "living area", "city/quarter=Roma", "city/quarter=(missing)"} <= set(weights)
    header, rows = read_table(here / "rents.csv")
    rows = [row for row in rows if row[1]][:20]  # whose number of rooms is known
    save_table(here / "new.csv", header, rows)
    assert regctl("predict", run, "new.csv", "--to", "out.csv").code == 0
    by_hand = [
        weights["(intercept)"]
        + weights["living area"] * float(area)
        + weights['say "rooms"'] * float(rooms)
        + weights[f"city/quarter={city or '(missing)'}"]
        for area, rooms, city, _ in rows
    ]
    np.testing.assert_allclose(by_hand, np.log10(pl.read_csv("out.csv")["rent/month"]), rtol=1e-6)


def test_gradient_descent_has_coefficients_too_and_a_network_has_none(regctl, here):
    write_spec(here, SPEC)
    less = ["--quiet", "-S", "training.epochs=1", "-S", "training.seeds=1"]
    assert regctl("train", "rents.yaml", "-S", "training.solver=gradient", *less).code == 0
    found = pl.read_csv(here / "runs" / "latest" / "coefficients.csv")
    assert len(found) == found["feature"].n_unique()
    assert regctl("train", "rents.yaml", "-S", "model.name=mlp", *less).code == 0
    assert not (here / "runs" / "latest" / "coefficients.csv").exists()


@pytest.mark.parametrize("penalty", ["l1", "l2", "elastic"])
def test_lambda_auto_starts_where_l1_leaves_no_weight(penalty, here):
    path = write_spec(here, SPEC.replace("{log: [1.0e-4, 10], points: 12, zero: true}", "auto"))
    spec = load_spec(path, [f"regularization.penalty={penalty}", "regularization.l1_ratio=0.25"]).spec
    planned = plan_experiment(spec, Axes("lambda"), smoke=False)
    data = planned.whole.folds[None]
    x, y = data.x_train.astype(np.float64), data.y_train.astype(np.float64)
    share = {"l1": 1, "l2": 1e-3, "elastic": 0.25}[penalty]
    strongest = 2 * np.abs((x - x.mean(axis=0)).T @ (y - y.mean())).max() / len(x) / share
    assert len(planned.settings) == 100
    np.testing.assert_allclose(
        [setting.lambda_ for setting in planned.settings], strongest * np.logspace(-4, 0, 100), rtol=1e-5
    )
    assert planned.spec.sweep.lambda_ == [setting.lambda_ for setting in planned.settings]
    assert planned.spec.training.seeds == 1
    smoke = plan_experiment(spec, Axes("lambda"), smoke=True)
    assert smoke.settings == (planned.settings[0], planned.settings[-1])
    alone = plan_experiment(spec, Axes(), smoke=False)
    assert (alone.spec.sweep.lambda_, len(alone.settings)) == ("auto", 1)


def test_folds_are_solved_each_by_itself_and_lambda_auto_is_that_of_all_open_rows(regctl, here):
    text = SPEC.replace("{log: [1.0e-4, 10], points: 12, zero: true}", "auto")
    path = write_spec(here, text + "regularization: {penalty: l1}\nvalidation: {folds: 3}\n")
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    run = here / "runs" / "latest"
    planned = plan_experiment(load_spec(path).spec, Axes("lambda"), smoke=False)
    results = pl.read_csv(run / "results.csv")
    assert len(results) == 101 * 3
    for row in results.filter(pl.col("lambda") > 0).gather_every(20).iter_rows(named=True):
        fold = planned.whole.folds[row["fold"]]
        x, y = fold.x_train.astype(np.float64), fold.y_train.astype(np.float64)
        kernel, intercept = solved_by_scikit_learn("l1", x, y, row["lambda"])
        expected = np.mean((fold.x_validation @ kernel + intercept - fold.y_validation) ** 2)
        assert row["validation_loss"] == pytest.approx(expected, rel=1e-5)
        assert row["nonzero"] == np.count_nonzero(kernel)
    refits = pl.read_csv(run / "coefficients.csv").filter(pl.col("feature") != "(intercept)")
    left = refits.group_by("lambda").agg((pl.col("standardized") != 0).sum().alias("left")).sort("lambda")
    assert left["left"].to_list()[-2:] == [1, 0]


def gradient_run(regctl, here, epochs):
    """A sweep by gradient descent: what it said, its results, and its findings by code."""
    path = write_spec(here, SPEC)
    grid = "sweep.lambda=[0, 0.01, 1]"
    changes = ["training.solver=gradient", "training.learning_rate=0.03", f"training.epochs={epochs}", grid]
    outcome = regctl("sweep", "lambda", "rents.yaml", "--quiet", *(f"-S{change}" for change in changes))
    assert outcome.code == 0
    run = here / "runs" / "latest"
    found = json.loads((run / "selection.json").read_text())["findings"]
    return path, outcome, pl.read_csv(run / "results.csv"), {each["code"]: each for each in found}


def test_gradient_descent_is_held_against_the_exact_solution(regctl, here):
    path, outcome, results, found = gradient_run(regctl, here, epochs=1)
    x, y, x_validation, y_validation = prepared_of(path)
    kernel, intercept = solved_by_scikit_learn("l2", x, y, 0.01)
    objective = np.mean((x @ kernel + intercept - y) ** 2) + 0.01 * kernel @ kernel
    validation = np.mean((x_validation @ kernel + intercept - y_validation) ** 2)
    own = results.filter(pl.col("lambda") == 0.01)
    by_hand = own["train_loss"] + own["penalty"] - objective
    np.testing.assert_allclose(own["objective_gap"], by_hand, rtol=1e-4)
    evidence = found["REG202"]["evidence"]
    place = evidence["lambda"].index(0.01)
    assert evidence["objective_gap"][place] == pytest.approx(by_hand.mean(), rel=1e-4)
    difference = own["validation_loss"].mean() - validation
    assert evidence["validation_difference"][place] == pytest.approx(difference, rel=1e-4)
    assert abs(difference) > evidence["validation_se"][place]
    said = " ".join(outcome.out.split())
    assert (
        "REG202 (warning): At 3 of 3 values of λ, gradient descent ended more than one standard error" in said
    )
    assert "Above the exact minimum, gradient descent's J on the training rows is: selected " in said


def test_gradient_descent_that_arrives_is_no_finding(regctl, here):
    _, outcome, results, found = gradient_run(regctl, here, epochs=60)
    assert "REG202" not in found
    assert results["objective_gap"].abs().max() < 1e-2
    assert "Above the exact minimum" in outcome.out
    assert results["degrees_of_freedom"].null_count() == len(results)


def test_a_float32_model_that_loses_the_exact_solution_is_a_finding(regctl, here):
    """Two columns that differ in their last digits: the weights at λ = 0 cancel, and float32 does not."""
    generator = np.random.default_rng(0)
    first = generator.normal(size=400)
    second = first + 1e-5 * generator.normal(size=400)
    target = first + 1e5 * (second - first) + 0.1 * generator.normal(size=400)
    rows = zip(first, second, target, strict=True)
    save_table(here / "rents.csv", ["a", "b", "y"], [[f"{cell:.9f}" for cell in row] for row in rows])
    (here / "rents.yaml").write_text(
        "name: close\ndataset: {source: rents.csv, target: y}\nmodel: {name: linear}\n", encoding="utf-8"
    )
    for lambda_, is_told in ((0.0, True), (1.0, False)):
        assert regctl("train", "rents.yaml", "--quiet", f"-Sregularization.lambda={lambda_}").code == 0
        found = json.loads((here / "runs" / "latest" / "selection.json").read_text())["findings"]
        assert ("REG203" in {each["code"] for each in found}) == is_told
