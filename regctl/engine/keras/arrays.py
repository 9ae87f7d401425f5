"""What folds hold, in files that every worker maps into its memory: the rows are there once, however many workers."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from regctl.errors import MachineError
from regctl.types import Folds, Prepared

_ARRAYS = tuple(field.name for field in fields(Prepared) if field.name != "names")


def save_folds(folder: Path, folds: Folds) -> None:
    """One `.npy` file for each array of each fold.

    Raises:
        MachineError: the disk refused.
    """
    try:
        for fold, prepared in folds.items():
            for name in _ARRAYS:
                array = getattr(prepared, name)
                if array is not None:
                    np.save(_path(folder, fold, name), array, allow_pickle=False)
    except OSError as error:
        why = error.strerror or str(error)
        message = f"{folder.parent}: the training rows could not be written for the workers ({why})."
        raise MachineError(message, "Make room there, or set TMPDIR to a folder on another disk.") from error


def load_fold(folder: Path, fold: int | None, names: tuple[str, ...]) -> Prepared:
    """A fold as saved, its arrays mapped, not read."""
    found: dict[str, Any] = {
        name: np.load(path, mmap_mode="r", allow_pickle=False)
        if (path := _path(folder, fold, name)).exists()
        else None
        for name in _ARRAYS
    }
    return Prepared(names=names, **found)


def _path(folder: Path, fold: int | None, name: str) -> Path:
    return folder / f"{'holdout' if fold is None else fold}-{name}.npy"
