"""`coefficients.csv`: the coefficients of a linear model under every setting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regctl.records.files import Cell, write_csv
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


def _rows(table: CoefficientTable, further: Sequence[str]) -> Iterator[list[Cell]]:
    values = zip(table.settings, table.standardized.tolist(), table.original.tolist(), strict=True)
    for setting, scaled, raw in values:
        by_name = setting_values(setting)
        own = [setting.lambda_, setting.l1, setting.l2, *(by_name[name] for name in further)]
        for row in zip(table.features, scaled, raw, strict=True):
            yield [*own, *row]
