"""Folders of IDX files, as MNIST has them: `train-images-idx3-ubyte.gz` and `train-labels-idx1-ubyte.gz`, and so on.

An IDX file is two zero bytes, a type (8: unsigned bytes), the number of dimensions, each dimension as a big-endian
32-bit number, then the bytes in row order (LeCun, Cortes and Burges, "The MNIST database"). The rows of all pairs of
images and labels are pooled: train, then t10k or test, then others by name.
"""

import hashlib
import re
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regctl.datasets.images import Arrays, source_of_arrays
from regctl.datasets.raw import Source
from regctl.datasets.unpacking import gunzipped
from regctl.datasets.wording import counted, quoted
from regctl.errors import DataError
from regctl.spec.paths import is_idx

_NAME = re.compile(r"(?P<set>.*?)[-_.]?(?P<what>images|labels)[-_.]idx\d[-.]ubyte(\.gz)?", re.IGNORECASE)
_PARTS = {"train": "train", "t10k": "test", "test": "test", "val": "validation", "validation": "validation"}
_ORDER = ("train", "validation", "test")
_EXPECTED = "such as train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz"
_BYTES = 8


def read_idx_folder(path: Path) -> Source:
    """The images and labels of a folder's IDX files: pixel columns, the target `label`, and `part` for several pairs.

    The hash is that of lines `sha256  name`, as `sha256sum` prints them, of the files in the order they are read.

    Raises:
        DataError: there is none, images lack their labels, a file is damaged, or sizes and counts do not agree.
    """
    try:
        files = sorted(file for file in path.iterdir() if is_idx(file.name))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).", "Check its permissions.") from None
    if not files:
        raise DataError(f"{path}: expected IDX files, {_EXPECTED}. Received: a folder without any.")
    pairs = _pairs(path, files)
    return read_idx_files(path, [pairs[name] for name in sorted(pairs, key=_place)], "label")


def read_idx_files(
    path: Path, pairs: Sequence[tuple[Path, Path]], target: str, names: Sequence[str] = ()
) -> Source:
    """The images and labels of pairs of files; `path` is for messages, `names` are those of the labels from 0.

    Raises:
        DataError: as `read_idx_folder`, or a label has no name.
    """
    parts, lines = [], []
    for images, labels in pairs:
        contents = [_content(file) for file in (images, labels)]
        for file, content in zip((images, labels), contents, strict=True):
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {file.name}\n")
        x, y = _array(images, contents[0], (3, 4)), _array(labels, contents[1], (1,))
        if len(x) != len(y):
            raise DataError(
                f"{labels}: expected {counted(len(x), 'label')}, one for each image of {images.name}. "
                f"Received: {len(y)}.",
                "Give images the labels that belong to them.",
            )
        parts.append(Arrays(str(images), x, _named(labels, y, names), _part(images)))
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    return source_of_arrays(path, digest, parts, target)


def _pairs(path: Path, files: Sequence[Path]) -> Mapping[str, tuple[Path, Path]]:
    found: dict[tuple[str, str], Path] = {}
    for file in files:
        match = _NAME.fullmatch(file.name)
        if match is None:
            raise DataError(
                f"{file}: expected a name that says images or labels, {_EXPECTED}.",
                "Rename it, or move it away.",
            )
        key = match["set"].lower(), match["what"].lower()
        if key in found:
            raise DataError(
                f"{path}: {found[key].name} and {file.name} are the same file twice.", "Remove one."
            )
        found[key] = file
    names = sorted({name for name, _ in found})
    for name in names:
        for what in ("images", "labels"):
            if (name, what) not in found:
                there = quoted([file.name for key, file in found.items() if key[0] == name])
                raise DataError(
                    f"{path}: expected images and their labels. Received: {there} without {what}."
                )
    return {name: (found[name, "images"], found[name, "labels"]) for name in names}


def _place(name: str) -> tuple[int, str]:
    part = _PARTS.get(name, name)
    return (_ORDER.index(part) if part in _ORDER else len(_ORDER)), name


def _part(images: Path) -> str:
    match = _NAME.fullmatch(images.name)
    name = "" if match is None else match["set"].lower()
    return _PARTS.get(name, name)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(
            f"{file}: cannot be read ({error.strerror}).", "Check its kind and permissions."
        ) from None


def _array(file: Path, content: bytes, dimensions: Sequence[int]) -> NDArray[Any]:
    if file.name.lower().endswith(".gz"):
        content = gunzipped(file, content, "Download it again.")
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _BYTES or content[3] not in dimensions:
        wanted = " or ".join(map(str, dimensions))
        raise DataError(
            f"{file}: expected an IDX file of unsigned bytes in {wanted} dimensions. Received: one that starts with "
            f"{content[:4].hex(' ') or 'nothing'}.",
            "Download it again.",
        )
    start = 4 + 4 * content[3]
    shape = struct.unpack(f">{content[3]}I", content[4:start]) if len(content) >= start else (0,)
    expected = start + int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise DataError(
            f"{file}: expected {expected} bytes, as its header says. Received: {len(content)}.",
            "Download it again.",
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _named(labels: Path, y: NDArray[Any], names: Sequence[str]) -> NDArray[Any]:
    if not names:
        return y
    if y.max(initial=0) >= len(names):
        raise DataError(f"{labels}: expected labels below {len(names)}. Received: {int(y.max())}.")
    named: NDArray[Any] = np.array(names, dtype=object)[y]
    return named
