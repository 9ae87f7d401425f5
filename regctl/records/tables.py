"""`results.csv`, `curve.csv` and `history.parquet`: the tables of a run."""

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regctl.errors import UsageError
from regctl.records.failures import refuse_unreadable
from regctl.records.files import Cell, read_csv, write_bytes, write_csv
from regctl.records.trial_record import TrialRecord, is_hyperparameter, setting_from, setting_values, varying
from regctl.types import CurvePoint, Float64, History

if TYPE_CHECKING:
    import polars as pl

RESULTS = "results.csv"
CURVE = "curve.csv"
HISTORY = "history.parquet"

_ALWAYS = ("lambda", "degree", "dropout", "samples", "learning_rate")
_LAST = ("best_epoch", "epochs", "nonzero", "degrees_of_freedom", "objective_gap")
_CURVE_COLUMNS = ("n", "train_loss", "train_se", "validation_loss", "validation_se", "se_rows", "se_seeds")


def write_results(folder: Path, records: Sequence[TrialRecord]) -> None:
    """Write `results.csv`: one row per trial in the order of ids.

    `l1` and `l2` are λ₁ and λ₂. What a trial does not have (`fold`) is an empty cell. A further hyperparameter gets a
    column when it varies; otherwise its one value stands in the resolved spec.

    Raises:
        ValueError: there are no trials.
        StorageError: the disk refused.
    """
    if not records:
        raise ValueError("no trials to write")
    ordered = sorted(records, key=lambda record: record.id)
    further = varying([record.setting for record in ordered], besides=_ALWAYS)
    metrics = _metric_names(ordered)
    rows = [_result_row(record, further, metrics) for record in ordered]
    write_csv(folder / RESULTS, list(rows[0]), [list(row.values()) for row in rows])


def _metric_names(records: Sequence[TrialRecord]) -> list[str]:
    names = (name for record in records for name in (*record.train_metrics, *record.validation_metrics))
    return list(dict.fromkeys(names))


def _result_row(record: TrialRecord, varying: Sequence[str], metrics: Sequence[str]) -> dict[str, Cell]:
    values = setting_values(record.setting)
    row: dict[str, Cell] = {
        "trial": record.id,
        "status": record.status,
        "seed": record.seed,
        "fold": record.fold,
    }
    row |= {"lambda": values["lambda"], "l1": record.setting.l1, "l2": record.setting.l2}
    row |= {name: values[name] for name in ("degree", "dropout", "samples")}
    row |= {"learning_rate": values["learning_rate"]}
    row |= {name: values.get(name) for name in varying}
    row |= {name: getattr(record, name) for name in ("train_loss", "validation_loss", "penalty")}
    row |= {f"train_{name}": record.train_metrics.get(name) for name in metrics}
    row |= {f"validation_{name}": record.validation_metrics.get(name) for name in metrics}
    return row | {name: getattr(record, name) for name in _LAST}


def read_results(folder: Path, held: Mapping[str, float | None]) -> tuple[TrialRecord, ...]:
    """The trials of `results.csv`.

    Parameters:
        folder: the run's.
        held: values of hyperparameters that have no column because they do not vary (see `setting_values`).

    Raises:
        UsageError: the file is missing or damaged.
    """
    path = folder / RESULTS
    try:
        return tuple(_result(row, held) for row in read_csv(path))
    except (KeyError, ValueError) as error:
        raise _damaged(path, error) from error


def _result(row: Mapping[str, str], held: Mapping[str, float | None]) -> TrialRecord:
    # An empty cell of `dropout` says that the layers have rates of their own; others say nothing.
    known = {name: _optional(row[name]) for name in row if is_hyperparameter(name)}
    known = {name: value for name, value in known.items() if value is not None or name == "dropout"}
    status = row["status"]
    return TrialRecord(
        id=int(row["trial"]),
        status="diverged" if status == "diverged" else "failed" if status == "failed" else "done",
        seed=int(row["seed"]),
        fold=int(row["fold"]) if row["fold"] else None,
        setting=setting_from({**held, **known}),
        train_loss=_number(row["train_loss"]),
        validation_loss=_number(row["validation_loss"]),
        penalty=_number(row["penalty"]),
        epochs=int(row["epochs"]),
        best_epoch=int(row["best_epoch"]),
        nonzero=int(row["nonzero"]),
        train_metrics=_metrics(row, "train_"),
        validation_metrics=_metrics(row, "validation_"),
        degrees_of_freedom=_optional(row["degrees_of_freedom"]),
        objective_gap=_optional(row["objective_gap"]),
    )


def _metrics(row: Mapping[str, str], prefix: str) -> dict[str, float]:
    names = (name for name in row if name.startswith(prefix) and name != f"{prefix}loss")
    return {name.removeprefix(prefix): _number(row[name]) for name in names}


def write_curve(folder: Path, axis: str, points: Sequence[CurvePoint], by: str | None = None) -> None:
    """Write `curve.csv`: one row per setting, in the order given; the axis comes first, then `by`, the second one."""
    axes = [axis] if by is None else [axis, by]
    rows = [
        [*(point.value, point.other)[: len(axes)], *(getattr(point, name) for name in _CURVE_COLUMNS)]
        for point in points
    ]
    write_csv(folder / CURVE, [*axes, *_CURVE_COLUMNS], rows)


def read_curve(folder: Path, axis: str, by: str | None = None) -> tuple[CurvePoint, ...]:
    """The points of `curve.csv`.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path = folder / CURVE
    try:
        return tuple(_point(row, axis, by) for row in read_csv(path))
    except (KeyError, ValueError) as error:
        raise _damaged(path, error) from error


def _point(row: Mapping[str, str], axis: str, by: str | None) -> CurvePoint:
    return CurvePoint(
        value=float(row[axis]),
        n=int(row["n"]),
        train_loss=_number(row["train_loss"]),
        train_se=_optional(row["train_se"]),
        validation_loss=_number(row["validation_loss"]),
        validation_se=_optional(row["validation_se"]),
        se_rows=_optional(row["se_rows"]),
        se_seeds=_optional(row["se_seeds"]),
        other=None if by is None else float(row[by]),
    )


def write_history(
    folder: Path, histories: Mapping[int, History], folds: Mapping[int, int | None] | None = None
) -> None:
    """Write `history.parquet`: `trial`, `fold`, `epoch` from 1, `train_loss`, `validation_loss` (null: none).

    `folds` are those of the trials.
    """
    import polars as pl

    lengths = {trial: len(history.validation_loss) for trial, history in histories.items()}
    frame = pl.DataFrame(
        {
            "trial": np.repeat(np.array(list(lengths), dtype=np.int64), list(lengths.values())),
            "fold": pl.Series(
                [(folds or {}).get(trial) for trial, length in lengths.items() for _ in range(length)],
                dtype=pl.Int64,
            ),
            "epoch": _joined([np.arange(1, length + 1) for length in lengths.values()]).astype(np.int64),
            "train_loss": _joined([history.train_loss for history in histories.values()]),
            "validation_loss": _joined([history.validation_loss for history in histories.values()]),
        }
    )
    buffer = io.BytesIO()
    frame.with_columns(pl.col("train_loss", "validation_loss").fill_nan(None)).write_parquet(buffer)
    write_bytes(folder / HISTORY, buffer.getvalue())


def _joined(arrays: Sequence[np.ndarray]) -> Float64:
    return np.concatenate([np.zeros(0), *arrays], dtype=np.float64)


def read_history(folder: Path, trial: int | None = None) -> "pl.DataFrame":
    """The table that `write_history` wrote, or the rows of one trial.

    Raises:
        UsageError: the file is missing or damaged.
    """
    import polars as pl

    path = folder / HISTORY
    try:
        table = pl.scan_parquet(path)
        return (table if trial is None else table.filter(pl.col("trial") == trial)).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        refuse_unreadable(path, error)
        raise _damaged(path, error) from error


def _number(text: str) -> float:
    return float(text) if text else math.nan


def _optional(text: str) -> float | None:
    return float(text) if text else None


def _damaged(path: Path, error: Exception) -> UsageError:
    message = f"{path}: expected a table as regctl wrote it. Received: {error!r}."
    return UsageError(message, "Restore the file, or run again.")
