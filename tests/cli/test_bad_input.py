"""Bad input on the command line: one sentence with its place and its remedy, exit code 2, nothing written."""

import pytest

from rents import SPEC, write_spec


def refused(regctl, here, *arguments):
    """The message of a command that must be refused before it writes anything."""
    before = set(here.rglob("*"))
    outcome = regctl(*arguments)
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert set(here.rglob("*")) == before
    return outcome.err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("epochs: 4", "epoch: 4", "rents.yaml:4:33 training.epoch: unknown key. Did you mean 'epochs'?"),
        ("epochs: 4", "epochs: many", "rents.yaml:4:33 training.epochs: expected a whole number"),
        ("[0, 0.01, 1]", "[0, -1]", "sweep.lambda[1]: expected"),
        ("[0, 0.01, 1]", "[]", "sweep.lambda: expected"),
        ("name: rents", "name: rents\nsplit: {train: 0.5}", "train + validation + test must be 1"),
        ("source: rents.csv", "source: rent.csv", "rent.csv"),
        ("{lambda: [0, 0.01, 1]}", "{}", "sweep.lambda: missing"),
        ('"rent/month", units', '"rent/mnth", units', "Did you mean 'rent/month'?"),
        ('target: "rent/month"', 'target: "city/quarter"', "city/quarter"),
        ("mlp, units: [8]", "mlp, units: [0]", "model.units[0]: expected"),
        (
            "name: rents",
            "name: rents\nregularization: {penalty: l3}",
            "regularization.penalty: expected 'l2'",
        ),
    ],
)
def test_a_wrong_spec(old, new, says, regctl, here):
    write_spec(here, SPEC.replace(old, new))
    message = refused(regctl, here, "sweep", "lambda", "rents.yaml")
    assert says in message
    assert message.startswith("error: ")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda text: text.replace("rent/month\n", "rent/month,more\n", 1), "rents.csv:2"),
        (lambda text: "\n".join([*text.splitlines()[:40], "1,2", ""]), "rents.csv:41"),
        (lambda text: "\n".join(text.splitlines()[:12]), "at least 10 training rows"),
        (lambda text: text.replace(text.splitlines()[5].rsplit(",", 1)[1], "inf", 1), "rent/month"),
        (lambda text: text.replace(text.splitlines()[5].rsplit(",", 1)[1], "", 1), "rent/month"),
        (lambda text: text.splitlines()[0] + "\n", "rents.csv"),
        (lambda text: "", "rents.csv"),
        (lambda text: _constant(text), "constant"),
    ],
    ids=[
        "wide header",
        "short line",
        "few rows",
        "infinite",
        "missing",
        "header only",
        "empty",
        "constant features",
    ],
)
def test_a_wrong_table(edit, says, regctl, here):
    write_spec(here)
    table = here / "rents.csv"
    table.write_text(edit(table.read_text(encoding="utf-8")), encoding="utf-8")
    message = refused(regctl, here, "sweep", "lambda", "rents.yaml")
    assert says in message
    assert message.count("error: ") == 1


def _constant(text: str) -> str:
    header, *lines = text.splitlines()
    return "\n".join([header, *(f"1,2,x,{line.rsplit(',', 1)[1]}" for line in lines)]) + "\n"


def test_a_table_in_another_encoding(regctl, here):
    write_spec(here)
    (here / "rents.csv").write_bytes(
        (here / "rents.csv").read_bytes().replace(b"Roma", "Köln".encode("latin-1"))
    )
    assert "UTF-8" in refused(regctl, here, "sweep", "lambda", "rents.yaml")


def test_several_problems_are_told_at_once(regctl, here):
    write_spec(here, SPEC.replace("epochs: 4", "epochs: 0").replace("mlp", "mpl"))
    message = refused(regctl, here, "sweep", "lambda", "rents.yaml")
    assert message.count("error: ") == 2
    assert "Did you mean 'mlp'?" in message


def test_a_spec_that_is_not_there_names_the_nearest(regctl, here):
    assert "housing" in refused(regctl, here, "sweep", "lambda", "housng")


@pytest.mark.parametrize("command", [["report", "latest"], ["predict", "latest", "x.csv"]])
def test_a_run_that_is_not_there(command, regctl, here):
    assert "no such run" in refused(regctl, here, *command)


def test_a_place_where_no_run_can_be_written(regctl, here):
    write_spec(here)
    (here / "file").write_text("")
    message = refused(regctl, here, "train", "rents.yaml", "--out", "file/runs", "--quiet")
    assert "--out" in message


@pytest.mark.parametrize(
    "arguments", [["sweep", "lamda", "x"], ["train"], ["train", "housing", "--seeds", "0"], ["nope"]]
)
def test_usage_errors_end_with_2(arguments, regctl, here):
    refused(regctl, here, *arguments)


def test_predicting_a_table_that_lacks_a_column(regctl, here):
    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    (here / "new.csv").write_text("living area,city/quarter\n50,Roma\n")
    message = refused(regctl, here, "predict", "latest", "new.csv")
    assert 'say "rooms"' in message


def test_a_model_file_that_is_none(regctl, here):
    (here / "model.keras").write_text("not a model")
    (here / "new.csv").write_text("a\n1\n")
    refused(regctl, here, "predict", "model.keras", "new.csv")


def test_a_gpu_that_is_not_there_costs_no_run_folder(regctl, here):
    write_spec(here)
    before = set(here.rglob("*"))
    outcome = regctl("sweep", "lambda", "rents.yaml", "--device", "gpu:7")
    assert outcome.code == 1
    assert "--device gpu:7: expected a GPU with that number. TensorFlow finds" in outcome.err
    assert set(here.rglob("*")) == before


def test_a_device_that_is_none_is_told(regctl, here):
    write_spec(here)
    assert "expected auto, cpu, gpu or gpu:N. Received: 'tpu'" in refused(
        regctl, here, "train", "rents.yaml", "--device", "tpu"
    )
