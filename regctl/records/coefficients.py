"""`coefficients.csv`: the coefficients of a linear model under every setting."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from regctl.errors import UsageError
from regctl.records.files import Cell, read_csv, write_csv
from regctl.records.trial_record import setting_values, varying
from regctl.types import Float64, Setting

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
    header = ["lambda", "l1", "l2", *further, *_COLUMNS]
    write_csv(folder / FILE, header, (row for table in tables for row in _rows(table, further)))


def read_coefficients(folder: Path, setting: Setting) -> CoefficientTable:
    """The coefficients of all settings that differ from one in λ alone, λ ascending.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path, held = folder / FILE, setting_values(setting)
    found: dict[float, dict[str, tuple[float, float]]] = {}
    try:
        for row in read_csv(path):
            lambda_ = float(row["lambda"])
            others = (name for name in row if name in held and name != "lambda")
            same = all(float(row[name]) == held[name] for name in others)
            if same and math.isclose(float(row["l1"]), lambda_ * setting.l1_ratio, rel_tol=1e-9):
                pair = (_number(row["standardized"]), _number(row["original"]))
                found.setdefault(lambda_, {})[row["feature"]] = pair
        lambdas = sorted(found)
        features = tuple(found[lambdas[0]]) if lambdas else ()
        values = np.array([[found[each][name] for name in features] for each in lambdas], np.float64)
    except (KeyError, ValueError) as error:
        message = f"{path}: expected a table as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error
    values = values.reshape(len(lambdas), len(features), 2)
    settings = tuple(replace(setting, lambda_=each) for each in lambdas)
    return CoefficientTable(settings, features, values[:, :, 0], values[:, :, 1])


def _number(text: str) -> float:
    return float(text) if text else math.nan


def _rows(table: CoefficientTable, further: Sequence[str]) -> Iterator[list[Cell]]:
    values = zip(table.settings, table.standardized.tolist(), table.original.tolist(), strict=True)
    for setting, scaled, raw in values:
        by_name = setting_values(setting)
        own = [setting.lambda_, setting.l1, setting.l2, *(by_name.get(name) for name in further)]
        for row in zip(table.features, scaled, raw, strict=True):
            yield [*own, *row]
