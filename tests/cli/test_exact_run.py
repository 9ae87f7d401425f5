"""Runs of linear models from the command line: solved exactly, against scikit-learn on the same design."""

import json

import numpy as np
import polars as pl
import pytest

from regctl.spec.loading import load_spec
from regctl.steps.planning import plan_experiment
from rents import write_spec

SPEC = """\
name: rents
dataset: {source: rents.csv, target: "rent/month", units: {"rent/month": euros}, target_transform: log10}
model: {name: linear}
sweep: {lambda: {log: [1.0e-4, 10], points: 12, zero: true}}
"""


def prepared_of(path):
    """What the engine receives, in float64."""
    (prepared,) = plan_experiment(load_spec(path).spec, "lambda", smoke=False).prepared.values()
    return [
        np.asarray(each, np.float64)
        for each in (prepared.x_train, prepared.y_train, prepared.x_validation, prepared.y_validation)
    ]


def test_a_sweep_of_a_linear_model_is_solved_and_says_so(regctl, here):
    from sklearn.linear_model import Ridge

    path = write_spec(here, SPEC)
    outcome = regctl("sweep", "lambda", "rents.yaml")
    assert outcome.code == 0
    assert "note: The exact solution is the same for every seed: 1 replicate instead of 3." in outcome.err
    assert "solving 13 trials exactly" in outcome.err
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
    assert "work: one factorisation of the training rows" in exact.out
    assert "13 trials = 13 settings × 1 seed\n" in exact.out
    gradient = regctl("sweep", "lambda", "rents.yaml", "--dry-run", "-S", "training.solver=gradient")
    assert "engine: fused (gradient descent: training.solver is gradient)" in gradient.out
    assert "39 trials = 13 settings × 3 seeds" in gradient.out
    assert "note:" not in gradient.err


@pytest.mark.parametrize("penalty", ["l1", "l2", "elastic"])
def test_lambda_auto_starts_where_l1_leaves_no_weight(penalty, here):
    path = write_spec(here, SPEC.replace("{log: [1.0e-4, 10], points: 12, zero: true}", "auto"))
    spec = load_spec(path, [f"regularization.penalty={penalty}", "regularization.l1_ratio=0.25"]).spec
    planned = plan_experiment(spec, "lambda", smoke=False)
    data = planned.prepared[None]
    x, y = data.x_train.astype(np.float64), data.y_train.astype(np.float64)
    share = {"l1": 1, "l2": 1e-3, "elastic": 0.25}[penalty]
    strongest = 2 * np.abs((x - x.mean(axis=0)).T @ (y - y.mean())).max() / len(x) / share
    assert len(planned.settings) == 100
    np.testing.assert_allclose(
        [setting.lambda_ for setting in planned.settings], strongest * np.logspace(-4, 0, 100), rtol=1e-5
    )
    assert planned.spec.sweep.lambda_ == [setting.lambda_ for setting in planned.settings]
    assert planned.spec.training.seeds == 1
    smoke = plan_experiment(spec, "lambda", smoke=True)
    assert smoke.settings == (planned.settings[0], planned.settings[-1])
    alone = plan_experiment(spec, None, smoke=False)
    assert (alone.spec.sweep.lambda_, len(alone.settings)) == ("auto", 1)
