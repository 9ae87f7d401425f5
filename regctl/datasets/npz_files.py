"""NPZ files: arrays `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test` as Keras's data sets have them.

The rows of the latter are pooled, train before test, since a run divides rows in three itself; the column `part` says
`train` or `test` for `split: {column: part}`. Nothing is unpickled.
"""

import hashlib
import io
import lzma
import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.lib.format as npy
from numpy.typing import NDArray

from regctl.datasets.images import Arrays, source_of_arrays
from regctl.datasets.raw import Source
from regctl.datasets.unpacking import check_unpacked
from regctl.datasets.wording import quoted
from regctl.errors import DataError
from regctl.spec.words import printable

_PAIR = ("x", "y")
_KERAS = ("x_train", "y_train", "x_test", "y_test")
# What zipfile and the packers behind it (zlib, bz2, lzma) raise over damaged bytes.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError),
    *(ValueError, IndexError, struct.error),
)
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
            check_unpacked(path, sum(archive.getinfo(names[name]).file_size for name in wanted), len(content))
            return {name: _array(path, name, archive.read(names[name])) for name in wanted}
    except _DAMAGED as error:
        raise DataError(f"{path}: not a whole NPZ file ({printable(str(error))}).", _AGAIN) from None


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
    held, shape, dtype = _header(path, name, content)
    if dtype.hasobject:
        raise DataError(
            f"{path}: array {name!r}: expected numbers or texts. Received: Python objects, which are not read, as they "
            "can carry code.",
            "Save arrays of one shape and type, such as float32 or uint8: images all of one size.",
        )
    if held != math.prod(shape) * dtype.itemsize:  # before memory is taken for them
        raise _unreadable(path, name, f"its header says {list(shape)} of {dtype}, and it holds {held} bytes")
    try:
        array: NDArray[Any] = npy.read_array(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OverflowError) as error:  # a type without a size; a size beyond 64 bits
        raise _unreadable(path, name, str(error)) from None
    return array


def _header(path: Path, name: str, content: bytes) -> tuple[int, tuple[int, ...], np.dtype[Any]]:
    """The bytes behind an array's header, its shape, and its type.

    NumPy reads the header as Python's literals. Of damaged ones, Python's own parser says whatever it likes:
    SyntaxError, TypeError, TokenError, and of many brackets MemoryError.
    """
    file = io.BytesIO(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            first = npy.read_magic(file) == (1, 0)
            shape, _, dtype = (npy.read_array_header_1_0 if first else npy.read_array_header_2_0)(file)
    except Exception as error:
        raise _unreadable(path, name, f"its header: {type(error).__name__}") from None
    return len(content) - file.tell(), shape, dtype


def _unreadable(path: Path, name: str, why: str) -> DataError:
    return DataError(f"{path}: array {name!r} cannot be read ({printable(why)}).", _AGAIN)
