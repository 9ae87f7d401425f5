"""CSV files as columns of cells, strictly: UTF-8, one header, as many fields in every record."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from regctl.datasets.unpacking import gunzipped
from regctl.datasets.wording import counted
from regctl.errors import DataError
from regctl.types import Int64


def read_cells(path: Path, content: bytes) -> tuple[dict[str, tuple[str, ...]], Int64]:
    """The cells by column, and the line each row starts on, int64 `[n]`, counted from 1.

    Comma-separated UTF-8, with or without a byte order mark; fields may be quoted and then hold commas,
    doubled quotes and line breaks (RFC 4180). Blank lines are skipped.

    Raises:
        DataError: wrong encoding, a record with too many or too few fields, a bad header, or no rows; with
            file and line.
    """
    records = _records(path, _decoded(path, _unpacked(path, content)))
    header = _header(path, records)
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, fields in records:
        _check_width(path, line, fields, header)
        lines.append(line)
        rows.append(fields)
    if not rows:
        raise DataError(f"{path}: a header but no rows.", "Expected one record per line below the header.")
    columns = zip(*rows, strict=True)
    return dict(zip(header, columns, strict=True)), np.array(lines, dtype=np.int64)


def _unpacked(path: Path, content: bytes) -> bytes:
    packed = path.name.lower().endswith(".gz")
    return gunzipped(path, content, "Compress the CSV file again.") if packed else content


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise DataError(
            f"{path}:{line}: expected UTF-8 text, received byte 0x{byte:02x}.", "Save the file as CSV UTF-8."
        ) from None


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "A field that holds a quote or a line break stands in quotes, with its own quotes doubled."
        raise DataError(f"{path}:{line}: not readable as CSV ({error}).", hint) from None


def _header(path: Path, records: Iterator[tuple[int, list[str]]]) -> list[str]:
    first = next(records, None)
    if first is None:
        raise DataError(f"{path}: the file is empty.", "Expected a header and one record per line.")
    line, names = first
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
        raise DataError(
            f"{path}:{line}: expected columns separated by commas, received {names[0]!r}.",
            "Save the file with commas between the fields.",
        )
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise DataError(
                f"{path}:{line}: column {position} of {len(names)} has no name.",
                "Name it, or write the table without its row numbers (pandas: index=False).",
            )
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise DataError(
            f"{path}:{line}: {times} columns are named {name!r}.", "Give every column its own name."
        )
    return names


def _check_width(path: Path, line: int, fields: list[str], header: list[str]) -> None:
    if len(fields) == len(header):
        return
    more = len(fields) > len(header)
    raise DataError(
        f"{path}:{line}: expected {counted(len(header), 'field')} as in the header, received {len(fields)}.",
        "Quote a field that holds a comma." if more else "Leave a missing value empty: a,,c.",
    )
