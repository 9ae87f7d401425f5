import json

import pytest
from spec_makers import SMALLEST
from typer import Typer
from typer.testing import CliRunner

from regctl.cli.checking import schema, validate
from regctl.errors import SpecError
from regctl.spec.json_schema import json_schema


@pytest.fixture
def run():
    app = Typer()
    app.command()(validate)
    app.command()(schema)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_validate_says_what_would_be_trained(run):
    result = run("validate", "housing")
    assert (
        result.output
        == "housing: valid. 26 λ values × 3 seeds = 78 trials of mlp 64-64, 60 epochs, on ames.\n"
    )


def test_validate_takes_overrides(run):
    result = run(
        "validate",
        "housing",
        "-S",
        "sweep.lambda=[0]",
        "-S",
        "training={epochs: 1}",
        "--set",
        "model.name=linear",
    )
    assert (
        result.output == "housing: valid. 1 λ value × 1 seed = 1 trial of linear, solved exactly, on ames.\n"
    )


def test_a_spec_without_a_grid_trains_its_own_setting(write):
    path = write(SMALLEST + "regularization: {lambda: 0.01}\n")
    app = Typer()
    app.command()(validate)
    result = CliRunner().invoke(app, [str(path)])
    assert (
        result.output == f"{path}: valid. λ = 0.01 × 3 seeds = 3 trials of mlp 64-64, 60 epochs, on ames.\n"
    )


def test_validate_tells_the_problems_of_all_specs_at_once(write, capsys):
    first, second = write("a: 1\n", "1.yaml"), write(SMALLEST + "task: x\n", "2.yaml")
    with pytest.raises(SpecError) as caught:
        validate([str(first), "housing", str(second)], [])
    assert [problem.split(" ")[0].removeprefix(str(first.parent)) for problem in caught.value.problems] == [
        "/1.yaml:1:1",
        "/1.yaml:1:1",
        "/1.yaml:1:1",
        "/2.yaml:3:1",
    ]
    assert capsys.readouterr().out.startswith("housing: valid.")


def test_a_problem_of_an_override_is_told_once(write):
    with pytest.raises(SpecError) as caught:
        validate(["housing", "housing"], ["epochs=3"])
    assert len(caught.value.problems) == 1
    assert caught.value.exit_code == 2


def test_schema_prints_the_json_schema(run):
    assert json.loads(run("schema").output) == json_schema()
