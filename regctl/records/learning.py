"""`learning.json`: the power law fitted to a learning curve, and its forecast or why there is none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.files import plain, read_json, write_json

FILE = "learning.json"


def write_learning(folder: Path, values: Mapping[str, Any]) -> None:
    """Write `learning.json`: `sizes`, `verdict`, `refusal`, `fitted`, `left_out`, `loss`, `gain` and the rest.

    `rows` has a pair for each share: the share, and how many training rows it is.

    Raises:
        StorageError: the disk refused.
    """
    write_json(folder / FILE, plain(values))


def read_learning(folder: Path) -> dict[str, Any] | None:
    """What `write_learning` wrote; None where there is no such file.

    Raises:
        UsageError: the file is damaged.
    """
    return read_json(folder / FILE) if (folder / FILE).is_file() else None


def read_sizes(folder: Path) -> dict[float, int]:
    """How many training rows each share is; nothing where there is no such file.

    Raises:
        UsageError: the file is damaged.
    """
    found = read_learning(folder)
    try:
        return {} if found is None else {float(share): int(rows) for share, rows in found["rows"]}
    except (KeyError, TypeError, ValueError) as error:
        message = f"{folder / FILE}: expected a learning curve as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error
