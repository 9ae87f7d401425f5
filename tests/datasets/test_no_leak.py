"""Values of validation and test rows move neither features nor preparation; test values are out of reach."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest
from data_makers import houses, spec_for, write_csv

from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import prepare

ROWS = 200
PARTS = ["train"] * 120 + ["validation"] * 40 + ["test"] * 40
DAYS = [f"2026-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(ROWS)]


def table():
    return {
        **houses(ROWS),
        "id": list(range(ROWS)),
        "name": [f"house {i}" for i in range(ROWS)],
        "day": DAYS,
        "constant": [4] * ROWS,
        "flag": ["true", "false"] * (ROWS // 2),
        "empty": [None] * ROWS,
        "part": PARTS,
        "when": list(range(ROWS)),
    }


POISONS = {
    "huge": lambda i: 1e9,
    "missing": lambda i: None,
    "one level": lambda i: "poison",
    "many levels": lambda i: f"poison {i}",
    "not a number": lambda i: "NaN",
    "other words": lambda i: ("None", "True", "2026-01-01", " ", "12")[i % 5],
}
NUMBERS = ("a", "b", "id", "constant")
TEXTS = ("c", "name", "day", "flag", "empty")
CASES = [
    *((poison, column) for poison in ("huge", "missing", "not a number") for column in NUMBERS),
    *((poison, column) for poison in POISONS for column in TEXTS),
]


GIVEN = [{"column": "part"}, {"time": "when"}]


def prepared_from(path, split):
    spec = spec_for(path, split=split, drop=["part"] if "time" in split else ["when"])
    return prepare(open_rows(spec), spec)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    path = write_csv(tmp_path_factory.mktemp("clean") / "x.csv", table())
    return {str(split): prepared_from(path, split) for split in GIVEN}


@pytest.mark.parametrize("split", GIVEN, ids=str)
@pytest.mark.parametrize(("poison", "column"), CASES)
def test_poison_outside_the_training_rows_moves_nothing(tmp_path, clean, split, poison, column):
    columns = table()
    for row in range(120, 200):
        columns[column][row] = POISONS[poison](row)
    preparation, prepared = prepared_from(write_csv(tmp_path / "x.csv", columns), split)
    clean_preparation, clean_prepared = clean[str(split)]
    assert preparation == clean_preparation
    assert [each.name for each in preparation.columns] == ["a", "b", "c", "flag"]
    assert len(prepared.y_train) == 120
    np.testing.assert_array_equal(prepared.x_train, clean_prepared.x_train)
    np.testing.assert_array_equal(prepared.y_train, clean_prepared.y_train)


@pytest.mark.parametrize("transform", ["none", "log10"])
def test_poisoned_targets_do_not_move_the_targets_scale(tmp_path, transform):
    targets = []
    for factor in (1, 1e9):
        columns = table()
        columns["y"] = [y * (1 if row < 120 else factor) for row, y in enumerate(columns["y"])]
        spec = spec_for(
            write_csv(tmp_path / "x.csv", columns), split={"column": "part"}, target_transform=transform
        )
        targets.append(prepare(open_rows(spec), spec)[0].target)
    assert targets[0] == targets[1]


def test_validation_rows_are_prepared_by_the_training_rows_under_every_split(tmp_path):
    """A split by seed moves when values move, so here the rows are poisoned after the split."""
    spec = spec_for(write_csv(tmp_path / "x.csv", table()))
    data = open_rows(spec)
    values = {
        name: np.full_like(cells, "poison" if cells.dtype == object else 1e9)
        for name, cells in data.validation.table.values.items()
    }
    poisoned = dataclasses.replace(data.validation.table, values=values, target=np.full(40, 1e9))
    dirty = dataclasses.replace(data, validation=dataclasses.replace(data.validation, table=poisoned))
    assert prepare(data, spec)[0] == prepare(dirty, spec)[0]


# ---- the walk ----------------------------------------------------------------------------------------------


def everything_in(thing):
    """Every number and text that can be reached from an object, through bases of arrays too."""
    if isinstance(thing, np.ndarray):
        yield from thing.ravel().tolist()
        if thing.base is not None:
            yield from everything_in(thing.base)
    elif dataclasses.is_dataclass(thing):
        yield from everything_in(vars(thing))
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield key
            yield from everything_in(value)
    elif isinstance(thing, tuple | list):
        for item in thing:
            yield from everything_in(item)
    else:
        assert thing is None or isinstance(thing, str | int | float), f"a place to hide in: {type(thing)}"
        yield thing


@pytest.mark.parametrize(
    "split", [{"column": "part"}, {"time": "when"}, {"group": "c"}, {"stratify": "c"}, {}], ids=str
)
def test_nothing_that_training_receives_can_yield_a_test_value(tmp_path, split):
    columns = {**table(), "a": [i + 0.25 for i in range(ROWS)], "y": [i + 1000.5 for i in range(ROWS)]}
    columns["c"] = [f"level {i % 60}" for i in range(ROWS)]
    spec = spec_for(write_csv(tmp_path / "x.csv", columns), split=split)
    data = open_rows(spec)
    reachable = list(everything_in(data)) + list(everything_in(prepare(data, spec)))
    numbers = {value for value in reachable if isinstance(value, float)}
    text = " ".join(value for value in reachable if isinstance(value, str))
    test_rows = data.split.parts["test"].rows
    assert len(test_rows) > 0
    for row in test_rows:
        assert columns["a"][row] not in numbers
        assert columns["y"][row] not in numbers
        assert columns["name"][row] + "'" not in text
    for row in data.split.parts["train"].rows:  # the walk does find what is there
        assert columns["a"][row] in numbers
        assert columns["y"][row] in numbers
