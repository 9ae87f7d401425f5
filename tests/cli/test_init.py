"""`regctl init`: a spec for one's own table that runs as it is."""

import csv
import random
import re
import shlex
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from regctl.spec.draft import Draft, DraftColumn, draft_yaml, spec_name
from regctl.spec.fields import RUN_NAME
from regctl.spec.loading import load_spec
from regctl.spec.yaml_reader import read_mapping
from rents import write_table
from species import write_species

AWKWARD = [
    "a: b",
    "c #d",
    "*e",
    "&f",
    "- g",
    '"h"',
    "'i'",
    "line\nbreak",
    "naïve 🙂",
    "12",
    "yes",
    "null",
    " pad ",
    "{x}",
]


def write_rows(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def numbers(rows: int, columns: int, seed: int = 1) -> list[list[object]]:
    generator = random.Random(seed)
    return [[round(generator.gauss(0, 1), 4) for _ in range(columns)] for _ in range(rows)]


def test_a_spec_for_numbers_runs_as_it_is(here, regctl):
    write_table(here / "my rents.csv")
    outcome = regctl("init", "my rents.csv")
    assert (outcome.code, outcome.out) == (0, "my-rents.yaml\n")
    spec = load_spec(here / "my-rents.yaml").spec
    assert (spec.task, spec.dataset.target, spec.k_fold.folds) == ("regression", "rent/month", 5)
    assert regctl("validate", "my-rents.yaml").code == 0
    assert regctl("sweep", "lambda", "my-rents.yaml", "--smoke", "--quiet").code == 0


def test_a_spec_for_classes_runs_as_it_is(here, regctl):
    write_species(here, ("reject", "accept")).unlink()
    assert regctl("init", "species.csv").code == 0
    text = (here / "species.yaml").read_text(encoding="utf-8")
    assert "a guess: it is text, 2 different values" in text
    assert load_spec(here / "species.yaml").spec.task == "classification"
    assert regctl("sweep", "lambda", "species.yaml", "--smoke", "--quiet").code == 0


@pytest.mark.parametrize(
    ("values", "task", "why"),
    [
        (["true", "false"], "classification", "it is true or false"),
        ([0, 1], "classification", "2 different whole numbers"),
        ([1, 2, 3, 4, 5], "classification", "5 different whole numbers"),
        (list(range(11)), "regression", "11 different numbers"),
        ([0.5, 1.5], "regression", "2 different numbers"),
        (["low", "mid", "high"], "classification", "it is text, 3 different values"),
    ],
)
def test_the_task_is_guessed_from_the_target_and_the_reason_told(values, task, why, here, regctl):
    rows = [[*row, values[place % len(values)]] for place, row in enumerate(numbers(330, 2))]
    write_rows(here / "t.csv", ["a", "b", "y"], rows)
    assert regctl("init", "t.csv").code == 0
    assert load_spec(here / "t.yaml").spec.task == task
    assert why in (here / "t.yaml").read_text(encoding="utf-8")


def test_a_rare_whole_number_is_no_class(here, regctl):
    rows = [[*row, 9 if place == 0 else place % 3] for place, row in enumerate(numbers(330, 2))]
    write_rows(here / "t.csv", ["a", "b", "y"], rows)
    assert regctl("init", "t.csv").code == 0
    assert load_spec(here / "t.yaml").spec.task == "regression"
    assert "9 has 1 row" in (here / "t.yaml").read_text(encoding="utf-8")


def test_keys_and_dates_are_pointed_out_and_the_rest_is_used(here, regctl):
    keys = random.Random(2).sample(range(10_000), 400)
    rows = [
        [keys[place], place + 1, f"2024-01-{place % 28 + 1:02}", *row]
        for place, row in enumerate(numbers(400, 3))
    ]
    write_rows(here / "t.csv", ["customerId", "nummer", "day", "a", "b", "y"], rows)
    outcome = regctl("init", "t.csv")
    assert outcome.code == 0
    assert "column 'customerId' is dropped: named like a key" in outcome.err
    assert "column 'nummer' is left out: it counts the rows" in outcome.err
    assert "column 'day' is left out: it holds dates" in outcome.err
    assert "split.time" in outcome.err
    text = (here / "t.yaml").read_text(encoding="utf-8")
    assert "one of 'day'" in text
    assert load_spec(here / "t.yaml").spec.dataset.drop == ["customerId"]


def test_the_source_is_relative_to_the_spec_and_no_file_is_replaced_unasked(here, regctl):
    (here / "data").mkdir()
    (here / "specs").mkdir()
    write_table(here / "data" / "rents.csv")
    command = ("init", "data/rents.csv", "--out", "specs/own.yaml")
    assert regctl(*command).code == 0
    assert "source: ../data/rents.csv\n" in (here / "specs" / "own.yaml").read_text(encoding="utf-8")
    assert regctl("validate", "specs/own.yaml").code == 0
    (here / "specs" / "own.yaml").write_text("mine", encoding="utf-8")
    refused = regctl(*command)
    assert refused.code == 2
    assert "--force" in refused.err
    assert (here / "specs" / "own.yaml").read_text(encoding="utf-8") == "mine"
    assert regctl(*command, "--force").code == 0
    assert regctl("validate", "specs/own.yaml").code == 0


def test_parquet_with_awkward_names_is_read_back_by_name(here, regctl):
    columns = {name: [row[place] for row in numbers(320, len(AWKWARD))] for place, name in enumerate(AWKWARD)}
    pl.DataFrame(columns).write_parquet(here / "t.parquet")
    for target in AWKWARD:
        assert regctl("init", "t.parquet", "--target", target, "--force").code == 0
        assert load_spec(here / "t.yaml").spec.dataset.target == target


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
plain_words = st.sampled_from(
    [*AWKWARD, "no", "on", "~", "1e-3", "0o17", "=", "<<", "?", "|", "%x", "@x", "`x`", "!x"]
)


@settings(deadline=None)
@given(st.lists(texts | plain_words, min_size=3, max_size=6, unique=True), st.sampled_from([40, 5000]))
def test_any_column_name_survives_the_yaml(names, rows):
    target, *dropped = names
    draft = Draft(
        name=spec_name(f"{target}.csv"),
        file=f"{target}.yaml",
        source=f"{dropped[0]}.csv",
        rows=rows,
        columns=[DraftColumn(name, f"text {name}", left_out=name) for name in names],
        target=target,
        target_why="the last column",
        task="regression",
        task_why=f"because of {target}",
        drop=[(name, name) for name in dropped],
        dates=names,
        folds=5 if rows < 300 else None,
    )
    dataset = read_mapping(draft_yaml(draft).encode(), "draft").data["dataset"]
    assert (dataset["target"], dataset["drop"], dataset["source"]) == (target, dropped, f"{dropped[0]}.csv")


@given(texts)
def test_a_spec_is_named_after_any_file(name):
    assert re.fullmatch(RUN_NAME, spec_name(name))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ("a\n1\n2\n", "one column, 'a'"),
        ("a,a\n1,2\n", "2 columns are named 'a'"),
        ("a,,y\n1,2,3\n", "has no name"),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", "expected the names of the columns. Received: 5.1, 3.5, setosa"),
        ("a,y\n1,2\n", "--target"),
        ("a,y\n", "a header but no rows"),
        ("a,y\n" + "1,\n" * 40, "target 'y' is missing in 40 of 40 rows"),
        ("a,y\n" + "".join(f"{n},{n * 1.5}\n" for n in range(40)) + "3,n.a.\n", "'n.a.' at"),
        ("a,y\n" + "".join(f"{n % 7},{n * 1.5}\n" for n in range(9)), "at least 10 training rows"),
        ("a;y\n1;2\n", "separated by commas"),
        ("a,y\n1\n", "expected 2 fields"),
    ],
)
def test_a_table_that_cannot_be_learnt_from(content, says, here, regctl):
    (here / "t.csv").write_text(content, encoding="utf-8")
    outcome = regctl("init", "t.csv", "--ci")
    assert outcome.code == 2
    assert says in outcome.err
    assert outcome.err.startswith("error: ")
    assert outcome.out == ""
    assert [path.name for path in here.rglob("*")] == ["t.csv"]


def test_files_that_are_no_tables(here, regctl):
    (here / "t.csv").write_bytes(bytes(range(128, 256)))
    (here / "folder.csv").mkdir()
    (here / "t.txt").write_text("a,b\n1,2\n", encoding="utf-8")
    for data, says in [
        ("t.csv", "expected UTF-8"),
        ("folder.csv", "expected IDX files"),
        (".", "expected IDX files"),
        ("t.txt", "expected a file ending in"),
        ("none.csv", "no such file"),
    ]:
        outcome = regctl("init", data)
        assert (outcome.code, outcome.out) == (2, "")
        assert says in outcome.err


def test_an_unknown_target_names_the_nearest_and_places_to_write_are_checked(here, regctl):
    write_table(here / "rents.csv")
    for arguments, says in [
        (["--target", "rent/mont"], "Did you mean 'rent/month'?"),
        (["--out", "none/x.yaml"], "there is no folder none"),
        (["--out", "x.txt"], "ending in .yaml"),
        (["--out", "../x.yaml", "--ci"], "inside the project"),
    ]:
        outcome = regctl("init", "rents.csv", *arguments)
        assert outcome.code == 2
        assert says in outcome.err
    assert [path.name for path in here.iterdir()] == ["rents.csv"]


def test_the_workflow_runs_and_reports_without_opening_anything(here, regctl):
    (here / ".git").mkdir()
    (here / "my work").mkdir()
    write_table(here / "my work" / "rents.csv")
    assert regctl("init", "my work/rents.csv", "--out", "my work/rents.yaml", "--ci").code == 0
    text = (here / ".github" / "workflows" / "regctl.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["smoke"]["steps"]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps if "uses" in step)
    commands = [step["run"] for step in steps if step.get("run", "").startswith("regctl ")]
    assert [command.split()[1] for command in commands] == ["validate", "sweep", "report"]
    for command in commands:
        outcome = regctl(*shlex.split(command.partition(" >> ")[0])[1:])
        assert outcome.code == 0, outcome.err
    assert "# " in outcome.out
    assert "test set" in outcome.out
    assert not (here / "runs" / "test-openings.jsonl").exists()


def test_numbers_too_small_for_a_power_of_ten_are_written(here, regctl):
    rows = [[f"{number}e-320", number % 7, number] for number in range(1, 40)]
    write_rows(here / "tiny.csv", ["a", "b", "y"], rows)
    assert regctl("init", "tiny.csv").code == 0
    assert "9.99989e-321 to 3." in (here / "tiny.yaml").read_text(encoding="utf-8")
