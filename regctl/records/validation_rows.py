"""`validation_rows.npz`: the per-row validation losses that paired comparisons rest on."""

import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from regctl.errors import UsageError
from regctl.records.failures import refuse_unreadable
from regctl.records.files import write_bytes
from regctl.records.trial_record import is_hyperparameter, names_of, setting_from, setting_values
from regctl.types import Float32, Float64, Int64, Setting

FILE = "validation_rows.npz"


@dataclass(frozen=True)
class ValidationRows:
    """Per-row validation data losses.

    `loss` float32 `[settings, replicates, rows]`, NaN for a replicate that diverged; `rows` int64 positions
    in the source; `seeds` int64 `[replicates]`; `blocks` int64 `[rows]` or None when rows are independent.
    Under k-fold each row's loss is that of the fold that holds it out, `rows` are those that some fold holds out, and
    `repeats` int64 `[replicates]` counts how often they have been divided before. It is 0 with a holdout.
    """

    settings: tuple[Setting, ...]
    seeds: Int64
    rows: Int64
    loss: Float32
    repeats: Int64
    blocks: Int64 | None = None


def write_validation_rows(
    folder: Path,
    settings: Sequence[Setting],
    replicates: Sequence[tuple[int, int]],
    rows: Sequence[int] | Int64,
    loss: Float64 | Float32,
    blocks: Int64 | None = None,
) -> None:
    """Write `validation_rows.npz`; each hyperparameter is an array `[settings]` of its own name.

    `replicates` are (seed, repeat).

    What a setting does not have is NaN there.

    Raises:
        ValueError: the shapes disagree.
    """
    if loss.shape != (len(settings), len(replicates), len(rows)):
        raise ValueError(f"loss {loss.shape} is not [{len(settings)}, {len(replicates)}, {len(rows)}]")
    seeds, repeats = zip(*replicates, strict=True)
    values = [setting_values(setting) for setting in settings]
    arrays: dict[str, NDArray[np.float32] | Float64 | Int64] = {
        "loss": loss.astype(np.float32),
        "rows": np.asarray(rows, dtype=np.int64),
        "seeds": np.asarray(seeds, dtype=np.int64),
        "repeats": np.asarray(repeats, dtype=np.int64),
    }
    arrays |= {name: _column([each.get(name) for each in values]) for name in names_of(settings)}
    if blocks is not None:
        arrays["blocks"] = blocks
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_bytes(folder / FILE, buffer.getvalue())


def read_validation_rows(folder: Path) -> ValidationRows:
    """What `write_validation_rows` wrote.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path = folder / FILE
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
            names = [name for name in found.files if is_hyperparameter(name)]
            columns = zip(*(_values(found[name]) for name in names), strict=True)
            settings = tuple(setting_from(dict(zip(names, values, strict=True))) for values in columns)
            blocks = found.get("blocks")
            return ValidationRows(
                settings, found["seeds"], found["rows"], found["loss"], found["repeats"], blocks
            )
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file.", "Name a run folder that regctl wrote.") from None
    except (KeyError, ValueError, OSError, EOFError, TypeError, zipfile.BadZipFile) as error:
        refuse_unreadable(path, error)
        message = f"{path}: expected arrays as regctl wrote them. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error


def _column(values: Sequence[float | None]) -> Float64 | Int64:
    return np.array([math.nan if value is None else value for value in values])


def _values(column: Float64 | Int64) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.tolist()]
