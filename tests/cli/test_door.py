"""The Python door: what it trains is what the command trains, and what it reads is what lies in the run's folder."""

import json

import numpy as np
import pytest

import regctl as door
from regctl.errors import SpecError, UsageError
from rents import SPEC, read_table, write_spec

LINEAR = SPEC.replace("{name: mlp, units: [8], activation: tanh}", "{name: linear}")


def test_a_sweep_is_that_of_the_command(here, regctl):
    write_spec(here)
    run = door.sweep("lambda", "rents.yaml", overrides={"training.epochs": 3}, seeds=1, out="ours")
    command = ("sweep", "lambda", "rents.yaml", "-S", "training.epochs=3", "--seeds", "1", "--quiet")
    assert regctl(*command).code == 0
    theirs = door.open_run("runs/latest")
    assert run.results.equals(theirs.results)
    assert run.curve.equals(theirs.curve)
    assert run.selection == theirs.selection
    recorded = list(run.manifest.command)
    assert recorded == ["regctl", "sweep", "lambda", "rents.yaml", *(
        "-S", "training.epochs=3", "-S", "training.seeds=1")]  # fmt: skip
    assert run.path.parent == here / "ours"
    assert run.test is None
    assert not (here / "ours" / "test-openings.jsonl").exists()


def test_a_run_shows_its_tables_findings_and_model(here, regctl):
    write_spec(here, LINEAR)
    run = door.train("rents.yaml", overrides=["regularization.lambda=0.5"])
    header, rows = read_table(run.path / "results.csv")
    assert run.results.columns == header
    assert run.results.height == len(rows) == 2
    assert run.results["fold"].to_list() == [None, None]
    assert str(run.results["status"].dtype) == "String"
    assert run.selection.selected.lambda_ == 0.5
    assert run.findings == run.selection.findings
    assert run.coefficients["feature"].to_list().count("(intercept)") == 2
    assert run.history.columns == ["trial", "fold", "epoch", "train_loss", "validation_loss"]
    assert run.report.run == run.path
    assert "rents" in run._repr_markdown_()
    _, new = read_table(here / "rents.csv")
    assert regctl("predict", "latest", "rents.csv", "--to", "by_command.csv").code == 0
    by_command = [float(row[0]) for row in read_table(here / "by_command.csv")[1]]
    inputs = json.loads((run.path / "inputs.json").read_text())["inputs"]
    import tensorflow as tf

    names = read_table(here / "rents.csv")[0]
    columns = {}
    for each in inputs:
        values = [row[names.index(each["column"])] for row in new]
        texts = each["dtype"] == "string"
        numbers = None if texts else np.array([float(value or "nan") for value in values], np.float32)
        columns[each["input"]] = tf.constant(values if texts else numbers)
    predicted = np.asarray(run.model()(columns))[:, 0]
    assert predicted == pytest.approx(by_command, rel=1e-6)
    assert not np.allclose(np.asarray(run.reference()(columns))[:, 0], predicted)


def test_what_the_opened_test_set_showed_is_among_the_findings(here, regctl):
    write_spec(here, LINEAR)
    for _ in range(2):
        run = door.train("rents.yaml")
        before = run.findings
        assert regctl("report", run.path).code == 0
    assert "REG401" not in [each.code for each in before]
    assert "REG401" in [each.code for each in run.findings]
    assert run.findings == door.open_run(run.path).report.findings


def test_a_chart_is_one_that_notebooks_show(here):
    write_spec(here, LINEAR)
    run = door.sweep("lambda", "rents.yaml")
    assert run.charts == ("loss-lambda", "coefficient-path")
    by_alias, by_name = run.chart(), run.chart("loss-lambda")
    assert by_alias.to_dict()["title"] == by_name.to_dict()["title"]
    shown = by_alias._repr_mimebundle_(None, None)
    assert "vega" in json.dumps(shown)
    with pytest.raises(UsageError, match=r"no figure 'losses'. There are: curve, loss-lambda, coefficient"):
        run.chart("losses")


def test_a_run_without_a_curve_says_so(here):
    write_spec(here)
    run = door.train("rents.yaml", smoke=True)
    with pytest.raises(UsageError, match=r"curve.csv: no such file"):
        _ = run.curve
    with pytest.raises(UsageError, match=r"There are: none"):
        run.chart("curve")


def test_a_damaged_table_is_said(here, tmp_path):
    run = door.Run(tmp_path)
    for name, damaged in (
        ("results.csv", b"trial\n\xff\n"),
        ("curve.csv", b"n\nfew\n"),
        ("history.parquet", b"PAR1"),
    ):
        part = name.partition(".")[0]
        with pytest.raises(UsageError, match="no such file"):
            getattr(run, part)
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(UsageError, match="expected a table as regctl wrote it"):
            getattr(run, part)


def test_what_cannot_be_done_is_said(here):
    write_spec(here)
    with pytest.raises(UsageError, match="no such run"):
        door.open_run("runs/none")
    with pytest.raises(SpecError, match=r"-S training\.epoch=3: unknown key"):
        door.train("rents.yaml", overrides={"training.epoch": 3})
    with pytest.raises(SpecError, match="unknown key"):
        door.train("rents.yaml", overrides=["training.epoch=3"])
    with pytest.raises(
        UsageError, match=r"expected an axis: lambda, degree, dropout, samples. Received: 'lamda'"
    ):
        door.sweep("lamda", "rents.yaml")
    with pytest.raises(UsageError, match=r"a search for dropout, lambda, model. Received: 'rate'"):
        door.tune("rate", "rents.yaml")
    with pytest.raises(UsageError, match=r"--trials: expected 1 or more. Received: 0"):
        door.tune("lambda", "rents.yaml", trials=0, tuner="random")
    with pytest.raises(UsageError, match=r"l1_ratio. Received: 'ratio'"):
        door.sweep("lambda", "rents.yaml", by="ratio")
    with pytest.raises(TypeError, match="unexpected argument 'epochs'"):
        door.train("rents.yaml", epochs=3)
    with pytest.raises(UsageError, match="device: expected auto"):
        door.train("rents.yaml", device="tpu")
    with pytest.raises(UsageError, match="jobs: expected 1 or more"):
        door.train("rents.yaml", jobs=0)
    with pytest.raises(UsageError, match="smoke"):
        door.sweep("lambda", "rents.yaml", smoke=True, refine=True)
    with pytest.raises(AttributeError, match="no attribute 'swep'"):
        _ = door.swep
    assert not (here / "runs").exists()
    assert {"sweep", "train", "open_run", "Run"} <= set(dir(door))


def test_another_backend_is_refused(here, monkeypatch):
    write_spec(here)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(UsageError, match="KERAS_BACKEND=jax"):
        door.train("rents.yaml")
