"""Polynomials from the command line: solved, predicted with, refused, and held against by gradient descent."""

import json
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

SPEC = """\
name: houses
dataset: {source: houses.csv, target: price, units: {price: dollars, area: square metres}}
model: {name: polynomial, degree: 12}
sweep: {lambda: [0, 1.0e-8, 0.01, 1], degree: [1, 2, 12]}
"""


@pytest.fixture
def houses(here):
    """A quadratic in area, with noise."""
    random = np.random.default_rng(4)
    area = random.lognormal(4.5, 0.35, 160).round(1)
    price = 50 + 2 * area + 0.01 * area**2 + random.normal(0, 25, 160)
    pl.DataFrame({"area": area, "price": price}).write_csv(here / "houses.csv")
    (here / "houses.yaml").write_text(SPEC, encoding="utf-8")
    return here


def test_a_polynomial_is_solved_and_its_raw_coefficients_are_what_model_keras_predicts(regctl, houses):
    outcome = regctl("sweep", "lambda", "houses.yaml")
    assert outcome.code == 0
    said = " ".join(outcome.out.split())
    assert "Engine: exact (exact solution: a polynomial model with squared loss)." in said
    assert "a polynomial of degree 12" in said
    run = houses / "runs" / "latest"
    found = json.loads((run / "selection.json").read_text())
    assert "REG203" not in {finding["code"] for finding in found["findings"]}
    table = pl.read_csv(run / "coefficients.csv")
    inputs = (run / "inputs.json").read_text()
    for name, lambda_ in (("model.keras", found["selected"]["lambda"]), ("reference.keras", 0.0)):
        weights = table.filter(pl.col("lambda") == lambda_)["original"].to_list()
        folder = houses / name.removesuffix(".keras")
        folder.mkdir()
        (folder / "inputs.json").write_text(inputs)
        (folder / "model.keras").write_bytes((run / name).read_bytes())
        assert regctl("predict", folder / "model.keras", "houses.csv", "--to", f"{name}.csv").code == 0
        areas = pl.read_csv("houses.csv")["area"].cast(pl.Float32).cast(pl.Float64).to_list()
        by_hand = [
            float(sum(Fraction(weight) * Fraction(area) ** power for power, weight in enumerate(weights)))
            for area in areas
        ]
        np.testing.assert_allclose(by_hand, pl.read_csv(f"{name}.csv")["price"].to_numpy(), rtol=1e-6)
    features = table["feature"].unique(maintain_order=True).to_list()
    assert features == ["(intercept)", "area", *(f"area^{power}" for power in range(2, 13))]
    assert regctl("report", "latest").code == 0


def test_gradient_descent_on_degree_twelve_is_told_to_be_far_from_the_exact_solution(regctl, houses):
    less = ["training.solver=gradient", "training.seeds=1", "training.epochs=20", "sweep.lambda=[0, 1e-8]"]
    outcome = regctl("sweep", "lambda", "houses.yaml", "--quiet", *(f"-S{change}" for change in less))
    assert outcome.code == 0
    run = houses / "runs" / "latest"
    found = json.loads((run / "selection.json").read_text())["findings"]
    (far,) = [finding for finding in found if finding["code"] == "REG202"]
    gaps = pl.read_csv(run / "results.csv")["objective_gap"]
    assert (gaps > 0.01).all()
    np.testing.assert_allclose(far["evidence"]["objective_gap"], gaps.to_list())


def test_a_sweep_over_degree_has_coefficients_of_each_degrees_own(regctl, houses):
    assert regctl("sweep", "degree", "houses.yaml", "--quiet").code == 0
    run = houses / "runs" / "latest"
    curve = pl.read_csv(run / "curve.csv")
    assert curve["degree"].to_list() == [1, 2, 12]
    assert curve["train_loss"].to_list() == sorted(curve["train_loss"].to_list(), reverse=True)
    table = pl.read_csv(run / "coefficients.csv")
    counts = dict(table.group_by("degree").len().iter_rows())
    assert counts == {1: 2, 2: 3, 12: 13}


def test_folds_are_solved_too(regctl, houses):
    arguments = ["--quiet", "-Svalidation={folds: 4}", "-Smodel.degree=3"]
    assert regctl("sweep", "lambda", "houses.yaml", *arguments).code == 0
    run = houses / "runs" / "latest"
    assert len(pl.read_csv(run / "results.csv")) == 16
    assert (run / "model.keras").exists()


def test_a_degree_that_makes_too_many_columns_is_refused_with_their_number(regctl, houses):
    random = np.random.default_rng(0)
    columns = {f"x{number}": random.normal(size=80) for number in range(30)}
    pl.DataFrame({**columns, "price": random.normal(size=80)}).write_csv(houses / "houses.csv")
    arguments = ["-Smodel.degree=50", "-Sdataset.units={}"]
    outcome = regctl("sweep", "lambda", "houses.yaml", *arguments)
    assert outcome.code == 2
    assert "degree 50 on 30 number columns would make 8,871,412,534,840,453,463,007 columns" in outcome.err
    assert not (houses / "runs").exists()


def test_validate_names_the_degree(regctl, houses):
    outcome = regctl("validate", "houses.yaml")
    assert outcome.code == 0
    assert "polynomial of degree 12, solved exactly" in " ".join(outcome.out.split())
