# ruff: noqa: E501 (a row of a table of cases stays on one line)
import pytest
from spec_makers import SMALLEST, problems_of

from regctl.spec.grid import values
from regctl.spec.loading import load_spec

GRID = "'auto', a list, {log: [low, high], points: N, zero: true} or {from: a, to: b, step: c}"


def loaded(*overrides, spec="housing"):
    return load_spec(spec, overrides).spec


def test_an_override_changes_one_key():
    before, after = loaded(), loaded("training.epochs=5")
    assert after.training.epochs == 5
    assert after.model_copy(update={"training": before.training}) == before


def test_values_are_read_as_in_the_file():
    spec = loaded("training.learning_rate=1e-4", "dataset.target=no", "sweep.lambda=[0, 0.1, 1e-3]")
    assert spec.training.learning_rate == 1e-4
    assert spec.dataset.target == "no"
    assert spec.sweep.lambda_ == [0, 0.1, 1e-3]


def test_a_part_of_a_grid_may_change():
    assert len(values(loaded("sweep.lambda.points=5").sweep.lambda_)) == 6
    assert len(values(loaded("sweep.lambda.points=5", "sweep.lambda.zero=false").sweep.lambda_)) == 5


def test_a_mapping_replaces_a_mapping():
    spec = loaded("training={epochs: 5}")
    assert (spec.training.epochs, spec.training.batch_size) == (5, 64)
    assert values(loaded("sweep.lambda={from: 0, to: 1, step: 0.5}").sweep.lambda_) == (0, 0.5, 1)


def test_the_last_override_of_a_key_counts():
    assert loaded("training.epochs=5", "training.epochs=6").training.epochs == 6
    assert (
        loaded("sweep.lambda=[0]", "sweep.lambda={log: [1, 2]}", "sweep.lambda.points=2").sweep.lambda_.points
        == 2
    )


def test_sections_that_the_file_lacks_are_made(write):
    spec = loaded("training.epochs=5", "sweep.lambda.log=[1e-3, 1]", spec=write(SMALLEST + "sweep:\n"))
    assert spec.training.epochs == 5
    assert spec.sweep.lambda_.points == 25


def test_a_column_may_have_dots_and_the_value_equals_signs():
    assert loaded("dataset.units.Lot.Area=a=b").dataset.units["Lot.Area"] == "a=b"


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("training.epochs=x", "-S training.epochs=x: expected a whole number. Received: 'x'."),
        ("training.epochs=", "-S training.epochs=: expected a whole number. Received: nothing."),
        ("training.epochs", "-S training.epochs: expected key=value, such as training.epochs=1."),
        ("trainig.epochs=5", "-S trainig.epochs=5: unknown key. Did you mean 'training.epochs'?"),
        ("epochs=5", "-S epochs=5: unknown key. Did you mean 'training.epochs'?"),
        ("seed=5", "-S seed=5: unknown key. Did you mean 'split.seed' or 'training.seed'?"),
        ("training.epochs.x=5", "-S training.epochs.x=5: unknown key. Did you mean 'training.epochs'?"),
        ("model.units[0]=5", "-S 'model.units[0]=5': unknown key. Did you mean 'model.units'?"),
        ("sweep.lambda=[0, -1]", "-S 'sweep.lambda=[0, -1]' sweep.lambda[1]: expected a number of at least 0. Received: -1."),
        ("sweep.lambda=[0, 1", "-S 'sweep.lambda=[0, 1': not valid YAML: expected ',' or ']', but got '<stream end>'."),
        ("dataset.units={a: b, a: c}", "-S 'dataset.units={a: b, a: c}': the key 'a' is given twice (the first is in line 1)."),
        ("split.train=0.5", "-S split.train=0.5 split: train + validation + test must be 1. Received: 0.5 + 0.2 + 0.2 = 0.9."),
        ("dataset={source: ames}", "-S 'dataset={source: ames}' dataset.target: missing key. The column to predict."),
        ("dataset.source=amse", "-S dataset.source=amse: expected a registered name (ames, california, diabetes, digits, fashion_mnist, mnist, quadratic), a .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files. Received: 'amse'. Did you mean 'ames'?"),
        ("sweep.lambda.step=0.1", f"-S sweep.lambda.step=0.1: sweep.lambda is {{log: [1e-06, 1.0], points: 25, zero: true}}, where 'step' has no place. Give the whole grid: {GRID}."),
        ("sweep.lambda={log: [1, 2], step: 1}", f"-S 'sweep.lambda={{log: [1, 2], step: 1}}' sweep.lambda.step: this key belongs to another kind of grid. Expected {GRID}."),
        ("sweep.lambda=5", f"-S sweep.lambda=5: expected {GRID}. Received: 5."),
    ],
)  # fmt: skip
def test_a_wrong_override_is_told_by_its_own_text(override, problem):
    assert problems_of("housing", override) == [problem]


def test_an_unknown_word_gets_the_first_words_of_keys():
    assert "Known keys begin with name, dataset, task" in problems_of("housing", "=5")[0]


def test_the_parts_of_a_grid_cannot_be_laid_over_a_list():
    (problem,) = problems_of("housing", "sweep.lambda=[0, 1]", "sweep.lambda.points=5")
    assert (
        problem
        == f"-S sweep.lambda.points=5: sweep.lambda is [0, 1], where 'points' has no place. Give the whole grid: {GRID}."
    )


def test_what_an_override_leaves_missing_is_told_by_its_text(write):
    assert problems_of(write(SMALLEST), "sweep.lambda.points=5") == [
        "-S sweep.lambda.points=5 sweep.lambda.log: missing key. [low, high], both above 0."
    ]


def test_a_key_cannot_be_laid_over_a_plain_value(write):
    path = write(SMALLEST + "training: 5\n")
    assert problems_of(path, "training.epochs=4") == [
        f"{path}:3:1 training: expected keys and values. Received: 5.",
        "-S training.epochs=4: training is 5, where 'epochs' has no place. Expected keys and values there.",
    ]


def test_problems_of_file_and_overrides_are_told_together(write):
    path = write(SMALLEST + "epochs: 1\n")
    problems = problems_of(path, "training.epochs=x", "trainig.seed=1", "split.train=0")
    assert [problem.split(": ")[0] for problem in problems] == [
        f"{path}:3:1 epochs",
        "-S training.epochs=x",
        "-S split.train=0",
        "-S trainig.seed=1",
    ]
    assert len(problems_of(write("a: [", "broken.yaml"), "x=1", "y=2")) == 3


def test_a_very_long_override_is_cut():
    (problem,) = problems_of("housing", "task=" + "x" * 5000)
    assert len(problem) < 250
