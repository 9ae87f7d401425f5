"""Rows of different parts that agree in every feature and not in the target: are they measures of one thing?"""

from collections.abc import Sequence

import numpy as np

from regctl.datasets.findings import straddling_twins
from regctl.datasets.hashing import row_hashes
from regctl.types import Finding, Int64, Table

MOST_CELLS = 10_000_000  # beyond, nothing is looked for: hashing them takes more than about two seconds
NAMED_BY_FEATURES = 0.5  # of the rows: where fewer feature rows differ, equal ones are no wonder


def twins_apart(table: Table, target: str, hashes: Sequence[bytes], parts: Int64) -> tuple[Finding, ...]:
    """REG504 of all rows; `hashes` are theirs, target included, `parts` int64 `[n]`.

    Looked for where at least half as many feature rows differ as there are rows.
    """
    if len(table) * len(table.columns) > MOST_CELLS:
        return ()
    whole = np.unique(np.array(hashes, dtype="S32"), return_inverse=True)[1]
    features = row_hashes(table, target, np.zeros(len(table)))
    kinds, of_row = np.unique(np.array(features, dtype="S32"), return_inverse=True)
    if len(kinds) < NAMED_BY_FEATURES * len(table):
        return ()
    pairs = np.unique(np.stack([of_row, whole], axis=1), axis=0)[:, 0]
    differing = np.bincount(pairs, minlength=len(kinds)) > 1  # several targets of one feature row
    low, high = np.full(len(kinds), parts.max()), np.full(len(kinds), parts.min())
    np.minimum.at(low, of_row, parts)
    np.maximum.at(high, of_row, parts)
    return straddling_twins((differing & (high > low))[of_row])
