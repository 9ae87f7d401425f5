"""Contenders side by side: each in a fresh process, in turns, compared by the medians of their numbers.

A row of the benchmark is a `Row`. Its contenders are measured A B C A B C …, so that a machine that slows down slows
all of them. A contender is a function from sizes to named numbers; what is comparable has the name `seconds`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent

Numbers = dict[str, float]
Found = Mapping[str, Numbers]


@dataclass(frozen=True)
class Ratio:
    """A ratio of two contenders, and what it must reach; without a target it is shown for comparison only."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "" if self.at_most is None else f"≤ {self.at_most:g}"

    @property
    def reached(self) -> bool | None:
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most


@dataclass(frozen=True)
class Row:
    """One row of the benchmark.

    Parameters:
        setup: one sentence: what every contender does, and what is in the time.
        contenders: by name, what measures one in a process of its own, given the sizes.
        ratios: what the numbers found are compared by.
        full, quick: the sizes as measured, and tiny ones that show that the row runs.
        environment: variables that a contender's process gets beside ours; None takes one away.
        turns: the fewest turns whose medians count.
    """

    title: str
    setup: str
    contenders: Mapping[str, Callable[[Any], Numbers]]
    ratios: Callable[[Found], list[Ratio]]
    full: Any
    quick: Any
    environment: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    turns: int = 3

    def measure(self, name: str, quick: bool) -> Numbers:
        """One contender's numbers, in this process."""
        return self.contenders[name](self.quick if quick else self.full)


@dataclass(frozen=True)
class Comparison:
    """A row as measured: the numbers of each turn, their medians, and the ratios of the medians.

    `spread` is the smallest and the largest of each ratio within one turn.
    """

    row: Row
    found: list[dict[str, Numbers]]
    medians: dict[str, Numbers]
    ratios: list[Ratio]
    spread: list[tuple[float, float]]

    def document(self, quick: bool) -> dict[str, Any]:
        """What is written as JSON."""
        ratios = [
            {**asdict(ratio), "reached": ratio.reached, "spread": spread}
            for ratio, spread in zip(self.ratios, self.spread, strict=True)
        ]
        return {
            "title": self.row.title,
            "setup": self.row.setup,
            "sizes": asdict(self.row.quick if quick else self.row.full),
            "ratios": ratios,
            "medians": self.medians,
            "turns": self.found,
        }


def compare(row: Row, turns: int, measure: Callable[[str], Numbers]) -> Comparison:
    """Every contender in turns, `measure(name)` each time."""
    found = [{name: measure(name) for name in row.contenders} for _ in range(turns)]
    medians = {name: _medians(turn[name] for turn in found) for name in row.contenders}
    by_turn = [[ratio.value for ratio in row.ratios(turn)] for turn in found]
    spread = [(min(values), max(values)) for values in zip(*by_turn, strict=True)]
    return Comparison(row, found, medians, row.ratios(medians), spread)


def in_own_process(number: int, name: str, quick: bool, environment: Mapping[str, str | None]) -> Numbers:
    """A contender's numbers, measured in a fresh process."""
    return finish(start(number, name, quick, environment))


def start(
    number: int, name: str, quick: bool, environment: Mapping[str, str | None]
) -> "subprocess.Popen[str]":
    """A fresh process that measures one contender."""
    command = [sys.executable, str(HERE), "--contender", name, "--rows", str(number), *["--quick"] * quick]
    paths = [
        str(HERE.parent.parent),
        os.environ.get("PYTHONPATH", ""),
    ]  # this checkout's regctl, not one installed
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **environment}
    return subprocess.Popen(
        command,
        env={variable: value for variable, value in variables.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> Numbers:
    """What the process of a contender found: the last line it printed."""
    out, err = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, process.args))} failed:\n{err}")
    return dict(json.loads(out.splitlines()[-1]))


def shared_out(number: int, name: str, quick: bool) -> Numbers:
    """A loop's contender in as many processes as there are processors, each with one thread and its share of the loop.

    Each takes the time of the whole loop; `seconds` is the slowest one's share.
    """
    single = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    processes = [start(number, name, quick, single) for _ in range(processors())]
    found = [finish(process) for process in processes]
    return {"seconds": max(numbers["seconds"] for numbers in found) / len(found)}


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def median_seconds(work: Callable[[], object], at_least: float = 1.0) -> float:
    """What some work takes; its first time is not counted, and it is done again until `at_least` seconds have gone."""
    work()
    seconds: list[float] = []
    while not seconds or sum(seconds) < at_least:
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def _medians(numbers: Iterable[Numbers]) -> Numbers:
    turns = list(numbers)
    return {name: median(turn[name] for turn in turns) for name in turns[0]}
