"""`confusion.csv`: the selected setting's validation rows by class and predicted class."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from regctl.errors import UsageError
from regctl.records.files import Cell, read_csv, write_csv
from regctl.types import Int64

FILE = "confusion.csv"


def write_confusion(folder: Path, classes: Sequence[str], counts: Int64) -> None:
    """Write `confusion.csv`: `class`, `predicted`, `rows`, a row for each pair of the K classes.

    `counts` `[K, K]` has the rows of class i that are predicted to be of class j at [i, j].

    Raises:
        StorageError: the disk refused.
    """
    rows: list[list[Cell]] = [
        [name, other, int(counts[i, j])] for i, name in enumerate(classes) for j, other in enumerate(classes)
    ]
    write_csv(folder / FILE, ["class", "predicted", "rows"], rows)


def read_confusion(folder: Path, classes: Sequence[str]) -> Int64:
    """The counts `[K, K]` of `confusion.csv`, in the order of the classes.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path, place = folder / FILE, {name: index for index, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), np.int64)
    try:
        for row in read_csv(path):
            counts[place[row["class"]], place[row["predicted"]]] = int(row["rows"])
    except (KeyError, ValueError) as error:
        message = f"{path}: expected a table as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error
    return counts
