"""The benchmark runs and compares what it says. Nothing is timed here: what tiny sizes take says nothing."""

import json
import runpy
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import pytest

import row1_grid
import row2_compute_bound
import row3_growth
import row4_exact
from measuring import Ratio, Row, compare, median_seconds

# Not here: `jax`, which only `make bench` installs; `beside`, which starts another contender in processes; what differs
# from another contender in its settings only; and what has a test of its own.
IN_PROCESS = [
    *[(row1_grid.ROW, name) for name in ("grid", "textbook", "reused")],
    *[(row2_compute_bound.ROW, name) for name in ("grid", "floor", "tuned")],
    (row3_growth.ROW, "100 trials"),
    (row4_exact.ROW, "RidgeCV"),
]


@dataclass(frozen=True)
class Sizes:
    """Of nothing."""


def row_of(*contenders):
    def ratios(found):
        return [Ratio("first / second", found["first"]["seconds"] / found["second"]["seconds"], at_most=2)]

    return Row("A row", "Nothing.", dict.fromkeys(contenders), ratios, Sizes(), Sizes())


def test_contenders_are_measured_in_turns_and_compared_by_medians():
    seconds = {"first": [1.0, 9.0, 3.0], "second": [2.0, 1.0, 4.0]}
    asked = []

    def measure(name):
        asked.append(name)
        return {"seconds": seconds[name][asked.count(name) - 1]}

    comparison = compare(row_of("first", "second"), 3, measure)
    assert asked == ["first", "second"] * 3
    assert comparison.medians == {"first": {"seconds": 3.0}, "second": {"seconds": 2.0}}
    assert [ratio.value for ratio in comparison.ratios] == [1.5]
    assert comparison.spread == [(0.5, 9.0)]


def test_a_target_is_reached_on_its_own_side():
    assert Ratio("", 2.0, at_least=2).reached
    assert not Ratio("", 1.9, at_least=2).reached
    assert Ratio("", 2.0, at_most=2).reached
    assert not Ratio("", 2.1, at_most=2).reached
    assert Ratio("", 2.0).reached is None


@pytest.mark.parametrize(
    ("row", "name"), IN_PROCESS, ids=[f"{row.title}: {name}" for row, name in IN_PROCESS]
)
def test_every_contender_runs(row, name, monkeypatch):
    monkeypatch.setattr(row4_exact, "median_seconds", lambda work: median_seconds(work, at_least=0.0))
    numbers = row.measure(name, quick=True)
    assert all(isfinite(number) for number in numbers.values())
    assert all(number > 0 for key, number in numbers.items() if key.startswith("seconds"))


@pytest.mark.parametrize(("own", "rival"), [("exact ridge", "Ridge"), ("exact lasso", "lasso_path")])
def test_the_exact_engine_and_its_rivals_solve_the_same_problems(own, rival, monkeypatch):
    monkeypatch.setattr(row4_exact, "median_seconds", lambda work: 1.0)
    found = [row4_exact.ROW.measure(name, quick=True) for name in (own, rival)]
    assert found[0]["validation_loss"] == pytest.approx(found[1]["validation_loss"], rel=1e-6)
    assert found[1].get("largest_gap", 0.0) <= 1e-10


@pytest.mark.process
def test_a_row_is_shown_and_written_as_json(tmp_path, capsys):
    written = tmp_path / "bench.json"
    bench = runpy.run_path(str(Path(__file__).parent / "__main__.py"))
    bench["main"](["--rows", "5", "--quick", "--json", str(written)])
    assert "regctl --help / import typer, rich" in " ".join(capsys.readouterr().out.split())
    document = json.loads(written.read_text(encoding="utf-8"))
    assert document["machine"]["versions"]["regctl"]
    row = document["rows"]["5"]
    assert [len(turn) for turn in row["turns"]] == [3]
    assert {ratio["reached"] for ratio in row["ratios"]} <= {True, False}
