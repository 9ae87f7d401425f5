"""`fit.csv`, `fit_points.csv`, `fit.json`: what models of one input predict along it, their rows, and the input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regctl.errors import UsageError
from regctl.records.files import read_csv, read_json, write_csv, write_json
from regctl.types import Float64

FITS, POINTS, INPUT = "fit.csv", "fit_points.csv", "fit.json"


@dataclass(frozen=True)
class FittedCurve:
    """A setting's model: `prediction` `[m]` in the target's unit at `x` `[m]` in the input's, ascending.

    `value` is the setting's on the run's axis (λ without one), `other` on the second axis, None where there is none.
    """

    value: float
    other: float | None
    x: Float64
    prediction: Float64


@dataclass(frozen=True)
class FitPoints:
    """The rows of a part, `train` or `validation`: `x` and `y` `[n]` as read."""

    part: str
    x: Float64
    y: Float64


def write_fits(folder: Path, axis: str, by: str | None, curves: Iterable[FittedCurve]) -> None:
    """Write `fit.csv`: `axis`, `by` (if there is one), `x` and `prediction`, a row for each place on each curve.

    Raises:
        StorageError: the disk refused.
    """
    names = [axis] if by is None else [axis, by]
    rows = (
        [*([each.value] if by is None else [each.value, each.other]), *pair]
        for each in curves
        for pair in zip(each.x.tolist(), each.prediction.tolist(), strict=True)
    )
    write_csv(folder / FITS, [*names, "x", "prediction"], rows)


def write_fit_points(folder: Path, parts: Iterable[FitPoints], column: str, unit: str | None) -> None:
    """Write `fit_points.csv`, `part`, `x` and `y`, and `fit.json`: the column and the unit of x.

    Raises:
        StorageError: the disk refused.
    """
    rows = (
        [each.part, *pair] for each in parts for pair in zip(each.x.tolist(), each.y.tolist(), strict=True)
    )
    write_csv(folder / POINTS, ["part", "x", "y"], rows)
    write_json(folder / INPUT, {"column": column, "unit": unit})


def read_fit_input(folder: Path) -> tuple[str, str | None]:
    """The name and the unit of x.

    Raises:
        UsageError: the file is missing or damaged.
    """
    found = read_json(folder / INPUT)
    try:
        return str(found["column"]), found["unit"]
    except (KeyError, TypeError) as error:
        raise _damaged(folder / INPUT, error) from error


def read_fits(folder: Path, axis: str, by: str | None) -> tuple[FittedCurve, ...]:
    """The curves of `fit.csv`, in its order.

    Raises:
        UsageError: the file is missing or damaged.
    """
    grouped: dict[tuple[float, float | None], list[tuple[float, float]]] = {}
    path = folder / FITS
    try:
        for row in read_csv(path):
            place = float(row[axis]), None if by is None else float(row[by])
            prediction = float(row["prediction"]) if row["prediction"] else np.nan
            grouped.setdefault(place, []).append((float(row["x"]), prediction))
    except (KeyError, ValueError) as error:
        raise _damaged(path, error) from error
    return tuple(FittedCurve(*place, *_columns(pairs)) for place, pairs in grouped.items())


def read_fit_points(folder: Path) -> tuple[FitPoints, ...]:
    """The rows of `fit_points.csv`, by part.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path, grouped = folder / POINTS, dict[str, list[tuple[float, float]]]()
    try:
        for row in read_csv(path):
            grouped.setdefault(row["part"], []).append((float(row["x"]), float(row["y"])))
    except (KeyError, ValueError) as error:
        raise _damaged(path, error) from error
    return tuple(FitPoints(part, *_columns(pairs)) for part, pairs in grouped.items())


def _columns(pairs: Sequence[tuple[float, float]]) -> tuple[Float64, Float64]:
    x, y = np.array(pairs, np.float64).T
    return x, y


def _damaged(path: Path, error: Exception) -> UsageError:
    message = f"{path}: expected a table as regctl wrote it. Received: {error!r}."
    return UsageError(message, "Restore the file, or run again.")
