"""Runs of every kind, made once for all browser tests: tiny specs, trained in this process."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from regctl.cli.main import main
from rents import write_spec
from species import SPEC as SPECIES
from species import write_species

AREA = """\
name: area
dataset: {source: area.csv, target: price, units: {price: dollars, area: square feet}}
model: {name: polynomial, degree: 4}
sweep: {degree: [1, 2, 4, 9], lambda: [0, 0.001, 0.01, 1]}
"""
SHARES = "sweep.samples=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0]"
HOSTILE = '<script>alert("x")</script>'

# Commands by kind of report; `opened`: the test set, too.
COMMANDS = {
    "lambda": ["sweep", "lambda", "rents.yaml"],
    "crossed": ["sweep", "degree", "area.yaml", "--by", "lambda"],
    "degree": ["sweep", "degree", "area.yaml"],
    "samples": ["sweep", "samples", "rents.yaml", "-S", SHARES],
    "classes": ["sweep", "lambda", "species.yaml"],
    "lasso": ["sweep", "lambda", "area.yaml", "-S", "regularization.penalty=l1", "-S", "sweep.lambda=auto"],
    "contours": ["sweep", "lambda", "area.yaml", "-S", "model.degree=2"],
    "train": ["train", "rents.yaml"],
    "tune": ["tune", "dropout", "rents.yaml", "--trials", "4"],
    "folds": ["sweep", "lambda", "rents.yaml", "-S", "validation={folds: 3}"],
}
OPENED = ("lambda", "classes")


def make_runs(folder: Path) -> dict[str, Path]:
    """The page of each kind of report."""
    write_spec(folder)
    write_species(folder, ("cat", "dog", HOSTILE), SPECIES)
    _write_area(folder)
    with _inside(folder):
        for kind, command in COMMANDS.items():
            _regctl(*command, "--quiet", "--out", f"runs-{kind}")
            if kind in OPENED:
                _regctl("report", f"runs-{kind}/latest", "--yes", "--format", "json")
    return {kind: folder / f"runs-{kind}" / "latest" / "report.html" for kind in COMMANDS}


def _write_area(folder: Path, rows: int = 60) -> None:
    random = np.random.default_rng(2)
    area = random.uniform(500, 4000, rows)
    price = 4e4 + 90 * area - 0.012 * area**2 + random.normal(0, 2e4, rows)
    pl.DataFrame({"area": area, "price": price}).write_csv(folder / "area.csv")
    (folder / "area.yaml").write_text(AREA, encoding="utf-8")


def _regctl(*arguments: str) -> None:
    before, sys.argv = sys.argv, ["regctl", *arguments]
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = _exit_code()
    finally:
        sys.argv = before
    assert code in (0, None), told.getvalue()


def _exit_code() -> object:
    try:
        main()
    except SystemExit as end:
        return end.code
    return 0


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
