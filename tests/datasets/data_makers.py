"""Small sources, files and specs for the tests of this folder."""

import csv
from pathlib import Path

import numpy as np
import polars as pl

from regctl.datasets.cells import typed_column
from regctl.datasets.raw import Source
from regctl.spec.schema import Spec
from regctl.types import Column, Table


def spec_for(source="ames", target="y", split=None, **dataset):
    described = {"source": str(source), "target": target, **dataset}
    return Spec.model_validate({"name": "test", "dataset": described, "split": split or {}})


def source_of(columns):
    """A source as if read from a CSV file with these columns of cells (anything with a `str`)."""
    typed = {name: typed_column(name, [as_cell(value) for value in cells]) for name, cells in columns.items()}
    rows = len(next(iter(columns.values())))
    return Source(Path("/memory.csv"), "0" * 64, typed, rows, np.arange(rows) + 2)


def table_of(columns, target):
    """A table of these values: numbers where they are floats or integers, else text."""
    kinds = {name: "number" if np.asarray(v).dtype.kind in "fi" else "text" for name, v in columns.items()}
    types = {"number": float, "text": object}
    values = {name: np.array(cells, dtype=types[kinds[name]]) for name, cells in columns.items()}
    described = tuple(Column(name, kind) for name, kind in kinds.items())
    return Table(described, values, np.asarray(target, dtype=float))


def as_cell(value):
    return "" if value is None else str(value)


def write_csv(path, columns):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([as_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return path


def write_parquet(path, columns):
    pl.DataFrame(columns).write_parquet(path)
    return path


def houses(rows=200, seed=0):
    """A plain table: numbers `a` and `b` (some missing), texts `c`, and a target `y` above 0."""
    random = np.random.default_rng(seed)
    a = random.normal(size=rows).tolist()
    b = [None if random.random() < 0.1 else value for value in random.integers(0, 50, rows).tolist()]
    c = random.choice(["red", "green", "blue", ""], rows, p=[0.5, 0.3, 0.15, 0.05]).tolist()
    y = np.exp(random.normal(size=rows)).tolist()
    return {"a": a, "b": b, "c": [value or None for value in c], "y": y}
