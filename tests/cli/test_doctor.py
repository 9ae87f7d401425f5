"""`regctl doctor`: what it finds on this machine, and what it says when something is broken."""

import json
import os

import pytest

from regctl.engine.fused import noise
from regctl.steps import machine
from rents import write_spec

QUICK = ["-S", "training.epochs=40", "-S", "regularization.dropout=0.4"]


@pytest.fixture
def said(monkeypatch):
    """TensorFlow's part of the doctor, answered at once."""
    answer = {
        "tensorflow": "2",
        "keras": "3",
        "backend": "tensorflow",
        "works": True,
        "gpus": [],
        "cuda": False,
    }
    monkeypatch.setattr(machine, "_probe", lambda: (answer, ""))
    return answer


def broken_tensorflow(folder, monkeypatch, code: str) -> None:
    (folder / "broken").mkdir()
    (folder / "broken" / "tensorflow.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder / "broken"))


@pytest.mark.process
def test_the_doctor_passes_here_and_leaves_nothing_behind(here, regctl):
    outcome = regctl("doctor", "--json")
    document = json.loads(outcome.out)
    rows = {row["what"]: row for row in document["rows"]}
    assert (outcome.code, document["passed"]) == (0, True)
    assert {
        "Python",
        "TensorFlow starts",
        "devices",
        "processors",
        "memory",
        "BLAS",
        "runs",
        "plugins",
    } <= set(rows)
    assert {"tensorflow", "keras", "numpy", "scikit-learn", "polars"} <= set(rows)
    assert rows["runs"]["found"].startswith(str(here / "runs"))
    assert list(here.iterdir()) == []


@pytest.mark.process
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise ModuleNotFoundError(\"No module named 'tensorflow'\")", "No module named 'tensorflow'"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGILL)", "ended by SIGILL"),
        ("import sys\nsys.exit(3)", "exit code 3"),
    ],
    ids=["missing", "wrong processor", "silent"],
)
def test_a_broken_tensorflow_is_a_row_that_fails(code, says, here, regctl, monkeypatch):
    broken_tensorflow(here, monkeypatch, code)
    outcome = regctl("doctor", "--json")
    assert outcome.code == 4
    (row,) = [row for row in json.loads(outcome.out)["rows"] if row["status"] == "fail"]
    assert row["what"] == "TensorFlow starts"
    assert says in row["found"]
    assert row["advice"]
    assert "Traceback" not in outcome.out + outcome.err


def test_a_runs_root_that_cannot_be_written_fails_and_a_warning_does_not(said, here, regctl):
    (here / "file").write_text("", encoding="utf-8")
    outcome = regctl("doctor", "--out", "file/runs")
    assert outcome.code == 4
    assert "REGCTL_RUNS_DIR" in " ".join(outcome.out.split())
    said["cuda"] = os.path.exists("/dev/nvidia0")
    assert regctl("doctor").code == 0


def test_a_keras_home_that_cannot_be_written_is_a_warning(said, here, regctl, monkeypatch):
    (here / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("KERAS_HOME", str(here / "file"))
    outcome = regctl("doctor", "--json")
    (row,) = [row for row in json.loads(outcome.out)["rows"] if row["what"] == "downloaded data sets"]
    assert (outcome.code, row["status"]) == (0, "warn")


def test_packages_that_are_missing_or_old_fail(said, here, regctl, monkeypatch):
    monkeypatch.setattr(machine, "requirements", lambda: [("numpy", "99.1"), ("nosuchpackage", "1.0")])
    outcome = regctl("doctor", "--json")
    found = {row["what"]: row for row in json.loads(outcome.out)["rows"] if row["status"] == "fail"}
    assert outcome.code == 4
    assert set(found) == {"numpy", "nosuchpackage"}
    assert "older than 99.1" in found["numpy"]["found"]


def test_options_stand_where_they_act(said, here, regctl):
    outcome = regctl("doctor", "--json", "dropout", "housing")
    assert outcome.code == 2
    assert "behind dropout" in outcome.err
    assert regctl("doctor", "droput", "housing").code == 2


def test_dropout_of_a_spec_holds_and_its_figures_are_there(here, regctl):
    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    latest = (here / "runs" / "latest").readlink()
    outcome = regctl("doctor", "dropout", "rents.yaml", *QUICK)
    assert outcome.code == 0, outcome.out
    assert "every check holds (engine: fused" in outcome.out
    (folder,) = (here / "runs").glob("*-rents-doctor-dropout")
    plots = {path.name for path in (folder / "plots").iterdir()}
    assert plots == {f"{name}.{kind}" for name in ("zeros", "noise", "training") for kind in ("png", "svg")}
    document = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
    assert document["passed"]
    assert document["layers"] == [{"layer": "dropout_1", "kind": "dropout", "rate": 0.4}]
    assert (here / "runs" / "latest").readlink() == latest
    assert len((folder / "checks.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(
        document["checks"]
    )


def test_a_broken_dropout_ends_with_4_and_says_what_is_wrong(here, regctl, monkeypatch):
    write_spec(here)
    monkeypatch.setitem(noise.NOISE, "dropout", lambda h, draws, rate: h)
    outcome = regctl("doctor", "dropout", "rents.yaml", *QUICK, "--json")
    assert outcome.code == 4
    document = json.loads(outcome.out)
    failed = {check["name"] for check in document["checks"] if not check["passed"]}
    assert {"share of zeros", "NumPy reference"} <= failed
    assert "loss falls" not in failed


def test_without_a_rate_a_usual_one_is_inspected_and_too_little_training_is_told(here, regctl):
    write_spec(here)
    outcome = regctl("doctor", "dropout", "rents.yaml", "-S", "training.epochs=1", "--out", "there")
    assert outcome.code == 4
    assert "inspected with regularization.dropout = 0.5" in outcome.err
    assert "all rates 0, loss settles" in outcome.out
    (folder,) = (here / "there").iterdir()
    assert folder.name.endswith("-rents-doctor-dropout")


@pytest.mark.process
def test_a_model_without_noise_is_refused_before_anything_is_written(here, regctl):
    write_spec(here)
    (here / "own.py").write_text(
        "import keras\nfrom regctl.models.layers import KerasModel\n"
        "def build(hp):\n    return keras.Sequential([keras.Input((hp.columns,)), "
        "keras.layers.Dense(hp.outputs)])\n"
        "MODELS = {'own': KerasModel(build)}\n",
        encoding="utf-8",
    )
    outcome = regctl("doctor", "dropout", "rents.yaml", "-S", "model={name: own}", "--plugin", "own.py")
    assert outcome.code == 2
    assert "no noise layer" in outcome.err
    assert not (here / "runs").exists()


def test_the_help_says_what_exit_codes_mean(regctl):
    for command in (["doctor"], ["doctor", "dropout"]):
        text = regctl(*command, "--help").out
        assert "Exit code 0" in text
        assert "4 when one does" in " ".join(text.split())
