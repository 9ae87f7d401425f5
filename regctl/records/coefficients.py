"""`coefficients.csv`: the coefficients of a linear model under every setting."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from regctl.records.files import Cell, write_csv
from regctl.records.trial_record import setting_values, varying
from regctl.types import Float64, Setting

FILE = "coefficients.csv"
_COLUMNS = ("feature", "standardized", "original")


def write_coefficients(
    folder: Path,
    settings: Sequence[Setting],
    features: Sequence[str],
    standardized: Float64,
    original: Float64,
) -> None:
    """Write `coefficients.csv`: a row for each setting and feature, after the setting's values.

    λ, λ₁ and λ₂ always have a column, another hyperparameter where it varies.

    Parameters:
        folder: the run's.
        settings: L of them.
        features: names, `[k]`.
        standardized: of the design's columns, for the scaled target, `[L, k]`.
        original: of the raw columns, for the target in its own unit or, after a log transform, its logarithm, `[L, k]`.

    Raises:
        StorageError: the disk refused.
    """
    further = varying(settings, besides=("lambda", "l1_ratio"))
    header = ["lambda", "l1", "l2", *further, *_COLUMNS]
    write_csv(folder / FILE, header, _rows(settings, further, features, standardized, original))


def _rows(
    settings: Sequence[Setting],
    further: Sequence[str],
    features: Sequence[str],
    standardized: Float64,
    original: Float64,
) -> Iterator[list[Cell]]:
    for setting, scaled, raw in zip(settings, standardized.tolist(), original.tolist(), strict=True):
        values = setting_values(setting)
        own = [setting.lambda_, setting.l1, setting.l2, *(values.get(name) for name in further)]
        for row in zip(features, scaled, raw, strict=True):
            yield [*own, *row]
