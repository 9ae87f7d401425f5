"""`contours.npz`: the data loss of a model with two weights, and its solutions."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regctl.errors import UsageError
from regctl.records.failures import refuse_unreadable
from regctl.records.files import write_bytes
from regctl.types import Float64

FILE = "contours.npz"


@dataclass(frozen=True)
class ContourRecord:
    """In the weights of the two design columns `names`.

    `first` `[a]` and `second` `[b]` are ascending weights, `loss` `[b, a]` the training data loss at each pair, and
    `path` `[L, 2]` the solutions at `lambdas` `[L]`.
    """

    names: tuple[str, str]
    first: Float64
    second: Float64
    loss: Float64
    lambdas: Float64
    path: Float64


def write_contours(folder: Path, record: ContourRecord) -> None:
    """Write `contours.npz`.

    Raises:
        StorageError: the disk refused.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **vars(record))
    write_bytes(folder / FILE, buffer.getvalue())


def read_contours(folder: Path) -> ContourRecord:
    """What `write_contours` wrote.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path = folder / FILE
    try:
        with np.load(path, allow_pickle=False) as found:
            one, other = (str(name) for name in found["names"])
            arrays = (found[name] for name in ("first", "second", "loss", "lambdas", "path"))
            return ContourRecord((one, other), *arrays)
    except (KeyError, ValueError, OSError) as error:
        refuse_unreadable(path, error)
        message = f"{path}: expected arrays as regctl wrote them. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error
