"""The figures of real runs, and the records that they are drawn from."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from species import SPEC as SPECIES
from species import write_species

AREA = """\
name: area
dataset: {source: area.csv, target: price, units: {price: dollars, area: square feet}}
model: {name: polynomial, degree: 4}
sweep: {degree: [1, 2, 4, 9], lambda: [0, 0.001, 1]}
"""


def write_area(folder: Path, rows: int = 60) -> None:
    random = np.random.default_rng(2)
    area = random.uniform(500, 4000, rows)
    price = 4e4 + 90 * area - 0.012 * area**2 + random.normal(0, 2e4, rows)
    pl.DataFrame({"area": area, "price": price}).write_csv(folder / "area.csv")
    (folder / "area.yaml").write_text(AREA, encoding="utf-8")


def names(folder: str) -> set[str]:
    return {path.name for path in Path("runs/latest", folder).iterdir()}


def test_fitted_curves_are_least_squares_in_the_datas_units_and_test_rows_are_in_no_file(regctl, here):
    write_area(here)
    assert regctl("sweep", "degree", "area.yaml", "-S", "regularization.lambda=0", "--quiet").code == 0
    points = pl.read_csv("runs/latest/fit_points.csv")
    train = points.filter(pl.col("part") == "train")
    fits = pl.read_csv("runs/latest/fit.csv")
    assert fits["degree"].unique().sort().to_list() == [1, 2, 4, 9]
    for degree in (1, 2, 4):
        own = fits.filter(pl.col("degree") == degree)
        oracle = np.polynomial.Polynomial.fit(train["x"], train["y"], degree)
        assert own["prediction"].to_numpy() == pytest.approx(oracle(own["x"].to_numpy()), rel=1e-4)
    split = json.loads(Path("runs/latest/split.json").read_text(encoding="utf-8"))
    tested = pl.read_csv("area.csv")["area"].to_numpy()[split["parts"]["test"]["rows"]]
    assert len(tested) > 0
    assert not set(tested.tolist()) & set(points["x"].to_list())
    assert {"fit.png", "fit.svg", "loss-degree.png"} <= names("plots")
    report = Path("runs/latest/report.md").read_text(encoding="utf-8")
    assert "Which degree does a polynomial need to predict price (dollars) from area.csv?" in report
    assert "The fit with sliders for degree, in a browser: report.html" in report


def test_crossed_axes_have_their_curve_family_and_heat_map_and_both_columns(regctl, here):
    write_area(here)
    shown = regctl("sweep", "degree", "area.yaml", "--by", "lambda", "--quiet")
    assert shown.code == 0
    expected = {"loss-degree", "loss-degree-by-lambda", "heat-map", "coefficient-path", "fit"}
    assert {f"{stem}.png" for stem in expected} <= names("plots")
    report = Path("runs/latest/report.md").read_text(encoding="utf-8")
    assert set(re.findall(r"!\[.*\]\(plots/(.*)\.png\)", report)) == expected
    assert "4 degrees × 3 values of λ × 1 replicate" in report
    printed = " ".join(regctl("report", "runs/latest", "--sealed").out.split())
    assert "How much" not in printed
    assert "Which degree and how much L2 regularization does a polynomial need" in printed
    assert "degree λ training validation ± se" in printed


@pytest.mark.parametrize("validation", ["holdout", "{folds: 3}"])
def test_the_confusion_matrix_counts_every_validation_row_once_and_agrees_with_the_accuracy(
    regctl, here, validation
):
    text = f"{SPECIES}validation: {validation}\n"
    write_species(here, ("cat", "dog", "<eel>"), text)
    assert regctl("sweep", "lambda", "species.yaml", "--quiet").code == 0
    with Path("runs/latest/confusion.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    split = json.loads(Path("runs/latest/split.json").read_text(encoding="utf-8"))
    held = split["parts"]["validation" if validation == "holdout" else "train"]["rows"]
    counted = sum(int(row["rows"]) for row in rows)
    assert counted == len(held)
    right = sum(int(row["rows"]) for row in rows if row["class"] == row["predicted"])
    selected = json.loads(Path("runs/latest/selection.json").read_text(encoding="utf-8"))["selected"]
    results = pl.read_csv("runs/latest/results.csv")
    own = results.filter((pl.col("lambda") == selected["lambda"]) & (pl.col("seed") == 0))
    assert right / counted == pytest.approx(own["validation_accuracy"].mean(), abs=0.01)
    assert {"confusion-matrix.png", "accuracy-lambda.png"} <= names("plots")


def test_two_weights_have_a_contour_picture_whose_path_starts_at_the_least_loss(regctl, here):
    write_area(here)
    options = ("-S", "model.degree=2", "--quiet")
    assert regctl("sweep", "lambda", "area.yaml", *options).code == 0
    with np.load("runs/latest/contours.npz") as found:
        assert found["lambdas"].tolist() == [0, 0.001, 1]
        lowest = np.unravel_index(found["loss"].argmin(), found["loss"].shape)
        place = found["first"][lowest[1]], found["second"][lowest[0]]
        step = found["first"][1] - found["first"][0]
        assert np.abs(found["path"][0] - place).max() <= step
        assert np.linalg.norm(found["path"][2]) < np.linalg.norm(found["path"][0])
    assert "contours.png" in names("plots")
