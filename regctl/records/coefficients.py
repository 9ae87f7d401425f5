"""`coefficients.csv`: the coefficients of a linear model under every setting."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from regctl.errors import UsageError
from regctl.records.failures import refuse_unreadable
from regctl.records.files import Cell, csv_text, read_text_cell, write_text
from regctl.records.trial_record import setting_values, varying
from regctl.types import Float64, Setting

if TYPE_CHECKING:
    import polars as pl

FILE = "coefficients.csv"
_COLUMNS = ("feature", "standardized", "original")


@dataclass(frozen=True)
class CoefficientTable:
    """The coefficients of L settings that share their k features.

    `standardized` `[L, k]` are those of the design's columns, for the scaled target; `original` `[L, k]` those of the
    raw columns, for the target in its own unit or, after a log transform, its logarithm.
    """

    settings: Sequence[Setting]
    features: Sequence[str]
    standardized: Float64
    original: Float64


def write_coefficients(folder: Path, settings: Sequence[Setting], tables: Sequence[CoefficientTable]) -> None:
    """Write `coefficients.csv`: a row for each setting and feature, after the setting's values.

    λ, λ₁ and λ₂ always have a column, another hyperparameter where it varies among all `settings`.

    Raises:
        StorageError: the disk refused.
    """
    further = varying(settings, besides=("lambda", "l1_ratio"))
    header = csv_text(["lambda", "l1", "l2", *further, *_COLUMNS], ())
    write_text(folder / FILE, header + "".join(line for table in tables for line in _lines(table, further)))


def read_coefficients(folder: Path, setting: Setting) -> CoefficientTable:
    """The coefficients of all settings that differ from one in λ alone, λ ascending.

    Raises:
        UsageError: the file is missing or damaged.
    """
    import polars as pl

    path = folder / FILE
    try:
        own = _own(_frame(path), setting)
        lambdas = own["lambda"].unique().sort().to_list()
        features = own["feature"].unique(maintain_order=True).to_list()
        places = pl.DataFrame({"feature": features, "place": range(len(features))})
        values = own.join(places, on="feature").sort("lambda", "place").select("standardized", "original")
        found = values.to_numpy().reshape(len(lambdas), len(features), 2)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        refuse_unreadable(path, error)
        message = f"{path}: expected a table as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error
    settings = tuple(replace(setting, lambda_=each) for each in lambdas)
    names = tuple(read_text_cell(name) for name in features)
    return CoefficientTable(settings, names, found[:, :, 0], found[:, :, 1])


def _frame(path: Path) -> "pl.DataFrame":
    """The whole table: half a million rows, at λ's by the thousand. Numbers that are not known are NaN."""
    import polars as pl

    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    types = {name: pl.String if name == "feature" else pl.Float64 for name in header}
    return pl.read_csv(path, schema=types).with_columns(pl.col(pl.Float64).fill_null(math.nan))


def _own(frame: "pl.DataFrame", setting: Setting) -> "pl.DataFrame":
    """The rows of settings that differ from one in λ alone, λ ascending."""
    import polars as pl

    held = setting_values(setting)
    same = [pl.col(name) == held[name] for name in frame.columns if name in held and name != "lambda"]
    l1 = pl.col("lambda") * setting.l1_ratio
    near = (pl.col("l1") - l1).abs() <= 1e-9 * pl.max_horizontal("l1", l1)
    found = frame.filter(near, *same)
    # λ = 0 is the same model under every l1_ratio, and stands in the table once for each.
    return found.unique(["lambda", "feature"], keep="last", maintain_order=True).sort(
        "lambda", maintain_order=True
    )


def _lines(table: CoefficientTable, further: Sequence[str]) -> Iterator[str]:
    """The table's lines; put together by hand, since there may be millions, and `csv_text` looks at every cell."""
    names = [_joined([name]) for name in table.features]
    values = zip(table.settings, table.standardized.tolist(), table.original.tolist(), strict=True)
    for setting, scaled, raw in values:
        by_name = setting_values(setting)
        own = _joined([setting.lambda_, setting.l1, setting.l2, *(by_name.get(name) for name in further)])
        for name, one, other in zip(names, scaled, raw, strict=True):
            yield f"{own},{name},{_number(one)},{_number(other)}\n"


def _joined(cells: Sequence[Cell]) -> str:
    """Cells of a line, as `csv_text` writes them."""
    return csv_text(cells, ()).removesuffix("\n")


def _number(value: float) -> str:
    return "" if value != value else repr(value)
