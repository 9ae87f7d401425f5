"""Classification from the command line: text labels, two classes and three."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.steps.planning import plan_experiment
from rents import read_table, save_table
from species import SPEC, write_species

TWO, THREE = ("reject", "accept"), ("setosa", "virginica", "versicolor")


def predicted(path: Path) -> tuple[list[str], np.ndarray]:
    """The classes and probabilities that `predict` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    return [row[0] for row in rows], np.array([[float(cell) for cell in row[1:]] for row in rows])


def labels(header: list[str], table: list[list[str]], rows: list[int]) -> list[str]:
    return [table[row][header.index("kind")] for row in rows]


@pytest.fixture(scope="module", params=[TWO, THREE], ids=["binary", "three classes"])
def run(request, tmp_path_factory):
    """A run folder of a sweep that has ended, and the classes in sorted order."""
    folder = tmp_path_factory.mktemp("species")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        command = ["regctl", "sweep", "lambda", str(write_species(folder, request.param)), "--quiet"]
        patch.setattr("sys.argv", command)
        from regctl.cli.main import main

        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == 0
    return (folder / "runs" / "latest").resolve(), sorted(request.param)


@pytest.fixture
def swept(run, here):
    """A copy of the folder that the run lies in, which is also the current one."""
    shutil.copytree(run[0].parent.parent, here, dirs_exist_ok=True, symlinks=True)
    return here, run[1]


def test_the_report_speaks_of_classes_and_nats(swept, regctl):
    _, classes = swept
    outcome = regctl("report", "latest", "--sealed")
    said = " ".join(outcome.out.split())
    assert f"predict kind ({', '.join(classes)})" in said
    assert "mean over rows of −log p(y) + λ Σθ²" in said
    assert "cross-entropy of kind in nats" in said
    assert "scikit-learn" not in said
    for measure in ("balanced accuracy", "ROC AUC", "PR AUC", "log loss (nats)", "calibration error"):
        assert measure in said


def test_validation_and_test_numbers_are_those_of_the_exported_model(swept, regctl):
    """predict on the rows of a part, then scikit-learn, against results.csv and test.json."""
    here, classes = swept
    run = here / "runs" / "latest"
    assert regctl("report", "latest").code == 0
    parts = json.loads((run / "split.json").read_text())["parts"]
    selected = json.loads((run / "selection.json").read_text())["selected"]["lambda"]
    results = pl.read_csv(run / "results.csv").filter((pl.col("lambda") == selected) & (pl.col("seed") == 0))
    test = json.loads((run / "test.json").read_text())
    header, table = read_table(here / "species.csv")
    for part in ("validation", "test"):
        save_table(here / "new.csv", header[:-1], [table[row][:-1] for row in parts[part]["rows"]])
        assert regctl("predict", run, "new.csv", "--to", here / "out.csv").code == 0
        guessed, probabilities = predicted(here / "out.csv")
        truth = labels(header, table, parts[part]["rows"])
        assert guessed == [classes[place] for place in probabilities.argmax(axis=1)]
        expected = {
            "loss": metrics.log_loss(truth, probabilities, labels=classes),
            "accuracy": metrics.accuracy_score(truth, guessed),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, guessed),
            "roc_auc": metrics.roc_auc_score(
                truth, probabilities[:, 1] if len(classes) == 2 else probabilities, multi_class="ovr"
            ),
        }
        for name, value in expected.items():
            if part == "validation":
                found = results[f"validation_{name}"][0]
            else:
                found = test["loss"] if name == "loss" else test["metrics"][name]["value"]
            assert found == pytest.approx(value, rel=1e-5), (part, name)


def test_predict_prints_classes_and_probabilities_by_column(swept, regctl):
    here, classes = swept
    header, table = read_table(here / "species.csv")
    save_table(here / "new.csv", header[:-1], [row[:-1] for row in table[:4]])
    outcome = regctl("predict", "latest", "new.csv")
    first, *rows = outcome.out.splitlines()
    assert first == ",".join(["kind", *(f"P({name})" for name in classes)])
    assert len(rows) == 4
    for row in rows:
        name, *probabilities = row.split(",")
        assert name in classes
        assert sum(map(float, probabilities)) == pytest.approx(1, rel=1e-12)
    document = json.loads((here / "runs" / "latest" / "inputs.json").read_text())
    assert document["outputs"]["classes"] == classes


def test_each_class_has_its_share_of_every_part(swept):
    here, _ = swept
    parts = json.loads((here / "runs" / "latest" / "split.json").read_text())["parts"]
    header, table = read_table(here / "species.csv")
    everywhere = labels(header, table, list(range(len(table))))
    for part, share in (("train", 0.6), ("validation", 0.2), ("test", 0.2)):
        own = labels(header, table, parts[part]["rows"])
        for name in set(everywhere):
            assert abs(own.count(name) - share * everywhere.count(name)) <= 1


def test_the_positive_class_is_number_one_and_the_seal_knows_the_rows_whichever_it_is(regctl, here):
    write_species(here, TWO)
    hashes = []
    for positive in ("reject", "accept"):
        command = ("train", "species.yaml", "--quiet", "-S", f"dataset.positive={positive}")
        assert regctl(*command, "-S", "training.epochs=1", "-S", "training.seeds=1").code == 0
        run = here / "runs" / "latest"
        assert json.loads((run / "inputs.json").read_text())["outputs"]["classes"][1] == positive
        hashes.append(json.loads((run / "split.json").read_text())["parts"]["test"]["hashes"])
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("classes", "validation"),
    [(TWO, "holdout"), (THREE, "{folds: 3}")],
    ids=["binary", "three classes in folds"],
)
def test_a_weighted_linear_model_is_scikit_learns_logistic_regression(regctl, here, classes, validation):
    """The same penalty and weights, run to convergence; the losses measured are without the weights."""
    text = SPEC.replace("name: mlp, units: [8], activation: tanh", "name: linear")
    path = write_species(here, classes, text)
    overrides = [f"validation={validation}", "training.class_weight=balanced", "regularization.lambda=0.01"]
    overrides += ["training.epochs=800", "training.batch_size=1000", "training.learning_rate=0.1"]
    overrides += ["training.schedule=cosine", "training.seeds=1"]
    outcome = regctl("train", path, "--quiet", *(word for each in overrides for word in ("-S", each)))
    assert outcome.code == 0
    said = " ".join(outcome.out.split())
    assert "w(y) · (−log p(y))" in said
    assert f"w(y) = n / ({len(classes)} n(y))" in said
    experiment = plan_experiment(load_spec(path, overrides).spec, Axes(), smoke=False)
    results = pl.read_csv(here / "runs" / "latest" / "results.csv").filter(pl.col("lambda") == 0.01)
    assert results["fold"].to_list() == list(experiment.whole.folds)
    for place, data in enumerate(experiment.whole.folds.values()):
        rows = len(data.y_train)
        fitted = LogisticRegression(
            C=1 / (2 * rows * 0.01), class_weight="balanced", tol=1e-10, max_iter=5000
        ).fit(data.x_train, data.y_train)
        row = results.row(place, named=True)
        for part, x, y in (
            ("train", data.x_train, data.y_train),
            ("validation", data.x_validation, data.y_validation),
        ):
            predicted = fitted.predict_proba(x)
            assert row[f"{part}_loss"] == pytest.approx(metrics.log_loss(y, predicted), rel=1e-4)
        if len(classes) == 2:
            assert row["penalty"] == pytest.approx(0.01 * np.sum(fitted.coef_**2), rel=1e-3)
            found = pl.read_csv(here / "runs" / "latest" / "coefficients.csv").filter(
                pl.col("lambda") == 0.01
            )
            assert found["feature"].to_list() == ["(intercept)", *data.names]
            np.testing.assert_allclose(
                found["standardized"], [*fitted.intercept_, *fitted.coef_[0]], rtol=1e-3, atol=1e-4
            )
    if len(classes) == 3:
        features = pl.read_csv(here / "runs" / "latest" / "coefficients.csv")["feature"].unique()
        assert {f"{name}: length" for name in classes} <= set(features)


def test_the_metrics_asked_for_are_those_recorded(regctl, here):
    write_species(here, THREE)
    command = ("train", "species.yaml", "--quiet", "-S", "training.metrics=[pr_auc, accuracy]")
    assert regctl(*command).code == 0
    outcome = regctl("report", "latest")
    assert outcome.code == 0
    assert "PR AUC" in outcome.out
    assert "log loss" not in outcome.out
    test = json.loads((here / "runs" / "latest" / "test.json").read_text())
    assert list(test["metrics"]) == ["pr_auc", "accuracy"]
    columns = pl.read_csv(here / "runs" / "latest" / "results.csv").columns
    assert [name for name in columns if name.startswith("validation_")] == [
        "validation_loss",
        "validation_pr_auc",
        "validation_accuracy",
    ]


def test_a_huber_loss_is_named_and_has_no_other_librarys_units(regctl, here):
    from rents import write_spec

    write_spec(here)
    outcome = regctl("train", "rents.yaml", "--quiet", "-S", "training.loss=huber")
    assert outcome.code == 0
    assert "mean over rows of H(ŷ − y)" in outcome.out
    assert "Huber loss (δ = 1) of the standardized rent/month" in " ".join(outcome.out.split())
    assert "Ridge" not in outcome.out
    assert regctl("report", "latest").code == 0


def test_a_dry_run_says_the_loss_and_the_classes(regctl, here):
    write_species(here, THREE)
    found = json.loads(regctl("sweep", "lambda", "species.yaml", "--dry-run", "--json").out)
    assert found["loss"] == "categorical_crossentropy"
    assert found["classes"] == sorted(THREE)
    said = regctl("sweep", "lambda", "species.yaml", "--dry-run").out
    assert "loss: categorical_crossentropy of 3 classes" in said
    assert "note: Classes of 'kind' in the training rows:" in said


def test_binary_cross_entropy_of_three_classes_is_refused_with_what_was_found(regctl, here):
    write_species(here, THREE)
    outcome = regctl("train", "species.yaml", "-S", "training.loss=binary_crossentropy")
    assert outcome.code == 2
    assert "binary_crossentropy goes with 2 classes" in outcome.err
    assert "found 3: 'setosa', 'versicolor', 'virginica'" in " ".join(outcome.err.split())
