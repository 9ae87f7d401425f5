"""Arrays in an npz file: never pickled, never objects, and read back only when every byte is as it was written."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regctl.records.failures import refuse_unreadable
from regctl.records.files import write_bytes

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write a whole file at once.

    Raises:
        StorageError: the disk refused.
    """
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_bytes(path, buffer.getvalue())


def read_arrays(path: Path) -> Arrays | None:
    """All arrays of a file; None where it is missing or not whole.

    Raises:
        StorageError: it is there, and the disk does not give it back: what it holds is not lost.
    """
    try:
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as archive:
                # NumPy compares a checksum only where it reads to an array's end, and a damaged header ends it early.
                if archive.testzip() is not None:
                    return None
            file.seek(0)
            with np.load(file, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, KeyError, RuntimeError, struct.error, zipfile.BadZipFile) as error:
        refuse_unreadable(path, error)
        return None
