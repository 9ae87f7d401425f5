"""Sweeps along other axes than λ, crossed ones, and grids that grow."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from regctl.datasets.opening import open_rows
from regctl.datasets.sampling import sampled
from regctl.report.model import read_report
from regctl.report.points import shown
from regctl.spec.loading import load_spec
from rents import SPEC, write_spec

NETWORK = SPEC.replace(
    "sweep: {lambda: [0, 0.01, 1]}",
    "sweep: {lambda: [0, 0.01, 1], dropout: [0, 0.3], samples: [0.25, 0.5, 1.0]}",
)
NUMBERS = """\
name: numbers
dataset: {source: numbers.csv, target: y}
model: {name: linear}
training: {seeds: 2}
sweep: {lambda: [0.01, 0.3], samples: [0.2, 0.5, 1.0]}
"""


def loaded(name):
    return json.loads(Path("runs/latest", name).read_text(encoding="utf-8"))


def results():
    return pl.read_csv("runs/latest/results.csv")


def write_numbers(folder, rows=200):
    random = np.random.default_rng(5)
    x = random.normal(size=(rows, 3)) * [1, 20, 0.1] + [5, 0, 3]
    y = 3 * x[:, 0] + 0.2 * x[:, 1] + 4 * x[:, 2] + random.normal(size=rows)
    pl.DataFrame({"y": y} | {f"x{number}": x[:, number] for number in range(3)}).write_csv(
        folder / "numbers.csv"
    )
    (folder / "numbers.yaml").write_text(NUMBERS, encoding="utf-8")


def test_a_sweep_over_dropout_has_a_curve_along_the_rates(regctl, here):
    write_spec(here, NETWORK)
    assert regctl("sweep", "dropout", "rents.yaml", "--quiet").code == 0
    curve = pl.read_csv("runs/latest/curve.csv")
    assert curve.columns[0] == "dropout"
    assert curve["dropout"].to_list() == [0.0, 0.3]
    assert results()["lambda"].unique().to_list() == [0.0]
    assert loaded("selection.json")["selected"]["dropout"] in (0.0, 0.3)


def test_every_setting_of_crossed_axes_has_the_bits_it_has_alone(regctl, here):
    write_spec(here, NETWORK)
    assert regctl("sweep", "lambda", "rents.yaml", "--by", "dropout", "--quiet").code == 0
    crossed = results()
    assert len(crossed) == 3 * 2 * 2
    assert pl.read_csv("runs/latest/curve.csv").columns[:2] == ["lambda", "dropout"]
    assert regctl("sweep", "lambda", "rents.yaml", "--quiet", "-S", "regularization.dropout=0.3").code == 0
    keys = ["lambda", "dropout", "seed"]
    both = results().join(crossed, on=keys, suffix="_crossed")
    assert len(both) == 3 * 2 + 2  # the reference, too
    assert both["validation_loss"].to_list() == both["validation_loss_crossed"].to_list()


def test_shares_of_the_rows_are_ridge_on_those_rows_with_losses_on_one_scale(regctl, here):
    write_numbers(here)
    assert regctl("sweep", "samples", "numbers.yaml", "--quiet").code == 0
    data = open_rows(load_spec(here / "numbers.yaml").spec)
    whole = data.train.table.target
    names = [column.name for column in data.train.table.columns]
    held = np.column_stack([data.validation.table.values[name] for name in names])
    found = results()
    assert found["samples"].unique().sort().to_list() == [0.2, 0.5, 1.0]
    for row in found.iter_rows(named=True):
        table = data.train.table
        if row["samples"] < 1:
            table = sampled(data, row["samples"], row["seed"]).train.table
        scaler, target = StandardScaler(), table.target
        x = scaler.fit_transform(np.column_stack([table.values[name] for name in names]))
        ridge = Ridge(alpha=len(x) * row["lambda"]).fit(x, (target - target.mean()) / target.std())
        predicted = ridge.predict(scaler.transform(held)) * target.std() + target.mean()
        loss = np.mean((predicted - data.validation.table.target) ** 2) / whole.var()
        assert row["validation_loss"] == pytest.approx(loss, rel=1e-5)
    selected = loaded("selection.json")["selected"]
    assert selected["samples"] == 1.0
    assert loaded("selection.json")["one_standard_error"] is None


def test_where_shares_are_the_second_axis_a_model_of_all_rows_is_selected(regctl, here):
    write_numbers(here)
    few_rows_win = ["-S", "split.seed=3"]  # by chance, in this split
    assert regctl("sweep", "lambda", "numbers.yaml", "--by", "samples", "--quiet", *few_rows_win).code == 0
    assert pl.read_csv("runs/latest/curve.csv").sort("validation_loss")["samples"][0] < 1
    found = loaded("selection.json")
    assert {found[name]["samples"] for name in ("minimum", "one_standard_error", "selected")} == {1.0}
    curve = pl.read_csv("runs/latest/curve.csv").filter(pl.col("samples") == 1.0)
    best = curve.sort("validation_loss")["lambda"][0]
    assert found["minimum"]["lambda"] == best


def test_a_learning_curve_counts_the_rows_of_whole_groups(regctl, here):
    write_numbers(here)
    table = pl.read_csv("numbers.csv").with_columns(group=pl.int_range(pl.len()) // 20)
    table.write_csv("numbers.csv")
    assert regctl("sweep", "samples", "numbers.yaml", "--quiet", "-S", "split.group=group").code == 0
    rows = dict(loaded("learning.json")["rows"])
    split = loaded("split.json")["parts"]["train"]["rows"]
    assert rows[1.0] == len(split)
    assert rows[0.2] % 20 == 0
    assert rows[0.2] > round(0.2 * len(split))
    assert {point.value for point in shown(read_report(Path("runs/latest")))} == set(rows.values())


def test_the_frozen_spec_of_a_polynomial_has_the_bits_of_its_sweep(regctl, here):
    write_numbers(here)
    polynomial = [
        "-S",
        "model={name: polynomial}",
        "-S",
        "sweep.degree=[2, 3]",  # the spec says 1
        "-S",
        "sweep.lambda=[0.1, 1]",
    ]
    assert regctl("sweep", "degree", "numbers.yaml", "--by", "lambda", "--quiet", *polynomial).code == 0
    selected, table = loaded("selection.json")["selected"], results()
    assert regctl("train", "runs/latest/best.yaml", "--quiet").code == 0
    assert loaded("selection.json")["selected"] == selected
    swept = table.filter((pl.col("degree") == selected["degree"]) & (pl.col("lambda") == selected["lambda"]))
    assert results()["validation_loss"][0] == swept["validation_loss"][0]


def test_networks_on_shares_of_the_rows_make_the_same_number_of_steps(regctl, here):
    write_spec(here, NETWORK)
    assert regctl("sweep", "samples", "rents.yaml", "--by", "dropout", "--quiet").code == 0
    epochs = dict(results().group_by("samples").agg(pl.col("epochs").first()).iter_rows())
    # 144 training rows make 5 steps of 32 an epoch, 4 epochs of them; 72 rows 3 steps, 36 rows 2.
    assert epochs == {1.0: 4, 0.5: 7, 0.25: 10}


def test_a_grid_extends_beyond_its_edge_and_trains_only_what_is_new(regctl, here):
    write_spec(here, NETWORK)
    grid = ["-S", "sweep.lambda=[1e-6, 1e-5]", "--quiet"]
    assert regctl("sweep", "lambda", "rents.yaml", *grid, "--extend", "--refine").code == 0
    grown, journal = results(), Path("runs/latest/trials.jsonl").read_text().splitlines()
    assert grown["lambda"].n_unique() > 6
    assert len(journal) == len(grown)
    assert grown["trial"].to_list() == list(range(len(grown)))
    spec = load_spec("runs/latest/spec.yaml").spec
    assert len(spec.sweep.lambda_) >= 6
    assert regctl("sweep", "lambda", "runs/latest/spec.yaml", "--quiet").code == 0
    keys = ["lambda", "seed"]
    both = results().join(grown, on=keys, suffix="_grown")
    assert len(both) == len(grown)
    assert both["validation_loss"].to_list() == both["validation_loss_grown"].to_list()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            ["sweep", "degree"],
            "rents.yaml:5:1 sweep.degree: only model polynomial has a degree. Received: model mlp.",
        ),
        (
            ["sweep", "dropout", "-S", "model={name: linear}"],
            "sweep.dropout: dropout acts after hidden layers",
        ),
        (["sweep", "samples", "-S", "sweep.samples=[0.001, 1]"], "0.001 of 144 training rows are 0"),
        (["sweep", "lambda", "--by", "l1_ratio"], "sweep.l1_ratio: goes with penalty elastic"),
        (["sweep", "lambda", "--by", "lambda"], "--by: lambda is the axis already"),
        (["sweep", "lambda", "--by", "depth"], "expected lambda, degree, dropout, samples or l1_ratio"),
        (["sweep", "dropout", "-S", "sweep.dropout=[0, 1.0]"], "sweep.dropout"),
        (["sweep", "samples", "-S", "sweep.samples=[0, 1]"], "sweep.samples"),
        (["sweep", "dropout", "-S", "sweep.dropout=[-0.1, 0.2]"], "sweep.dropout"),
        (["sweep", "lambda", "-S", "regularization.dropout=-0.1"], "regularization.dropout"),
        (
            ["sweep", "samples", "-S", "sweep.samples=[0.02, 1]", "-S", "validation={folds: 5}"],
            "and 5 are needed",
        ),
        (
            ["sweep", "samples", "-S", "sweep.samples=[0.2, 0.9]"],
            "a share of 1 among them, since the model of all",
        ),
        (["sweep", "dropout", "-S", "sweep.dropout=null"], "-S sweep.dropout=null: missing. Add a grid"),
        (["sweep", "lambda", "--smoke", "--extend"], "--smoke keeps the ends of a grid"),
    ],
)
def test_what_an_axis_cannot_do_is_one_sentence(command, told, regctl, here):
    write_spec(here, NETWORK)
    outcome = regctl(*command[:2], "rents.yaml", *command[2:])
    assert outcome.code == 2
    assert told in " ".join(outcome.err.split())
    assert "Traceback" not in outcome.err
    assert not Path("runs").exists()
