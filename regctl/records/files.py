"""Files that a reader never sees half written: a private name in the same folder, fsync, rename."""

import csv
import io
import json
import math
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from regctl.errors import UsageError
from regctl.records.failures import storage_error

Cell: TypeAlias = float | int | str | None

# What a spreadsheet may take for the beginning of a formula, in full width too; a text that begins so gets an
# apostrophe before it, and one that already looks as if it had got one gets another.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Turn the disk's refusals into one sentence that names what is already saved.

    Raises:
        StorageError: `path` could not be written.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file at once; on failure an old file is untouched and nothing else is left behind.

    Raises:
        StorageError: the disk refused.
    """
    with saving(path):
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            _write_new(temporary, data)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def _write_new(path: Path, data: bytes) -> None:
    # O_BINARY exists on Windows only. Nobody else reads what is not whole; then 0o666 less the umask: results are as
    # readable as the user's other files.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        write_fully(descriptor, data)
        if os.name != "nt":
            os.fchmod(descriptor, 0o666 & ~_umask())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """The process's umask, which can only be read by setting it: meanwhile to the strictest."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def write_fully(descriptor: int, data: bytes) -> None:
    """Write all of `data`; one `os.write` may take only a part of it."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_text(path: Path, text: str) -> None:
    r"""Write UTF-8. Bytes of a command line that are no text become `\udcNN`, which JSON reads back."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, value: Any, indent: int | None = 2) -> None:
    """Write `value` as strict JSON (see `plain`)."""
    write_text(path, json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """What a JSON file of a run holds.

    Raises:
        UsageError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file.", "Name a run folder that regctl wrote.") from None
    except ValueError as error:
        raise UsageError(
            f"{path}: expected JSON as regctl wrote it. Received: {error}.", "Run again."
        ) from error


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table as `csv_text` gives it."""
    write_text(path, csv_text(header, rows))


def csv_text(header: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> str:
    """A table; floats in the shortest form that reads back the same, None and NaN as empty cells.

    A text that a spreadsheet would run as a formula (`=cmd()`) has an apostrophe before it: see `text_cell`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    quoting = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in chain[Sequence[Cell]]([header], rows):
        # Left to itself, the module does not quote a carriage return, at which readers end the row.
        returns = any(isinstance(value, str) and "\r" in value for value in row)
        (quoting if returns else writer).writerow([cell(value) for value in row])
    return text.getvalue()


def read_csv(path: Path) -> list[dict[str, str]]:
    """A table's rows as text, by column name, as they were before `text_cell`.

    Raises:
        UsageError: the file is missing or a row has not as many cells as the header.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file)) or [[]]
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file.", "Name a run folder that regctl wrote.") from None
    header = [read_text_cell(name) for name in header]
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            expected = f"expected {len(header)} cells, as in the header. Received: {len(row)}."
            raise UsageError(f"{path}:{line}: {expected}", "Restore the file as regctl wrote it.")
    return [dict(zip(header, map(read_text_cell, row), strict=True)) for row in rows]


def cell(value: Cell) -> str:
    """One cell's text; `repr` of a float is its shortest form that reads back the same."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        number = float(value)
        return "" if math.isnan(number) else repr(number)
    return text_cell(value) if isinstance(value, str) else str(value)


def text_cell(text: str) -> str:
    """A text that stays a text in a spreadsheet; what is a number stays one, as the class `-1`."""
    return f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text


def read_text_cell(text: str) -> str:
    """The text that `text_cell` wrote."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()


def plain(value: Any) -> Any:
    """JSON's own types: dataclasses and mappings are objects, arrays and tuples lists, NaN and inf null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value
