"""Parts as a column gives them."""

import numpy as np

from regctl.datasets.raw import RawColumn, Source
from regctl.datasets.wording import quoted
from regctl.errors import DataError
from regctl.types import PART_NAMES, Int64

_PARTS = {name: index for index, name in enumerate(PART_NAMES)}
_TRUTHS = ({"true": 0, "false": 2}, {"1": 0, "0": 2})


def given_parts(source: Source, column: RawColumn) -> Int64:
    """Each row's part, int64 `[n]`: 0 train, 1 validation, 2 test.

    The column says train, validation or test, in any case; or true/false or 1/0, where true marks training
    rows and the rest is test.

    Raises:
        DataError: the values are of neither kind.
    """
    words = _words(column)
    for meaning in (_PARTS, *_TRUTHS):
        if set(words) <= set(meaning):
            return np.array([meaning[word] for word in words], dtype=np.int64)
    unknown = sorted(set(words) - set(_PARTS)) if set(words) & set(_PARTS) else sorted(set(words))
    row = words.index(unknown[0])
    raise DataError(
        f"{source.place(row)}: split.column {column.name!r}: expected train, validation or test, true/false "
        f"or 1/0; received {quoted(unknown)}.",
        "Rename those values in the file, or name another column.",
    )


def _words(column: RawColumn) -> list[str]:
    if column.kind == "number":
        return [f"{value:.15g}" for value in column.values]
    return [str(value).strip().lower() for value in column.values]
