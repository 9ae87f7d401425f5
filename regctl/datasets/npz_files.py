"""NPZ files: arrays `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test` as Keras's data sets have them.

The rows of the latter are pooled, train before test, since a run divides rows in three itself; the column `part` says
`train` or `test` for `split: {column: part}`. Nothing is unpickled.
"""

import hashlib
import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regctl.datasets.images import Arrays, source_of_arrays
from regctl.datasets.raw import Source
from regctl.datasets.wording import quoted
from regctl.errors import DataError

_PAIR = ("x", "y")
_KERAS = ("x_train", "y_train", "x_test", "y_test")
_AGAIN = "Write the file again with numpy.savez."


def read_npz(path: Path, content: bytes, target: str = "y") -> Source:
    """The rows of an NPZ file, columns as `source_of_arrays` names them; `y` may be lacking.

    Raises:
        DataError: not such a file, other arrays, arrays of Python objects, or shapes that do not agree.
    """
    arrays = _arrays(path, content)
    if set(_KERAS) <= set(arrays):
        parts = [
            Arrays(f"{path} x_{part}", arrays[f"x_{part}"], _flat(arrays[f"y_{part}"]), part)
            for part in ("train", "test")
        ]
    else:
        parts = [Arrays(f"{path} x", arrays["x"], _flat(arrays["y"]) if "y" in arrays else None)]
    return source_of_arrays(path, hashlib.sha256(content).hexdigest(), parts, target)


def _flat(y: NDArray[Any]) -> NDArray[Any]:
    """`[n]` from `[n, 1]`, as some of Keras's data sets have it."""
    return y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y


def _arrays(path: Path, content: bytes) -> Mapping[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.removesuffix(".npy"): name for name in archive.namelist()}
            wanted = _wanted(path, names)
            return {name: _array(path, name, archive.read(names[name])) for name in wanted}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path}: not a whole NPZ file ({error}).", _AGAIN) from None


def _wanted(path: Path, names: Mapping[str, str]) -> list[str]:
    if set(_KERAS) <= set(names):
        return list(_KERAS)
    if "x" in names:
        return [name for name in _PAIR if name in names]
    raise DataError(
        f"{path}: expected arrays x and y, or x_train, y_train, x_test and y_test. Received: {quoted(sorted(names))}.",
        "Save them under those names: numpy.savez(file, x=x, y=y).",
    )


def _array(path: Path, name: str, content: bytes) -> NDArray[Any]:
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        header = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = header(file)
        if dtype.hasobject:
            raise DataError(
                f"{path}: array {name!r}: expected numbers or texts. Received: Python objects, which "
                "are not read, as they can carry code.",
                "Save arrays of one shape and type, such as float32 or uint8: images all of one size.",
            )
        if len(content) - file.tell() != math.prod(shape) * dtype.itemsize:  # before memory is taken for them
            raise ValueError(
                f"its header says {list(shape)} of {dtype}, and it holds {len(content) - file.tell()} bytes"
            )
        file.seek(0)
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(f"{path}: array {name!r} cannot be read ({error}).", _AGAIN) from None
    return array
