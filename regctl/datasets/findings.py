"""Findings of the data, codes REG500 to REG599.

| code | severity | says |
| --- | --- | --- |
| REG501 | warning | identical rows lie in different parts: the spec gave the parts, or an order in time |
| REG502 | note | a part's share of rows is over 0.05 away from the spec's: rows had to stay together |
"""

from collections.abc import Iterable, Sequence

import numpy as np

from regctl.datasets.wording import counted
from regctl.types import PART_NAMES, Finding, Int64

_TOLERANCE = 0.05


def straddling_duplicates(duplicates: Int64, parts: Int64, key: str) -> tuple[Finding, ...]:
    """REG501, when rows with the same number in `duplicates` lie in different parts (or folds); both int64 `[n]`."""
    low = np.full(duplicates.max() + 1, parts.max())
    high = np.full(duplicates.max() + 1, parts.min())
    np.minimum.at(low, duplicates, parts)
    np.maximum.at(high, duplicates, parts)
    apart = high > low
    if not apart.any():
        return ()
    groups, rows = int(apart.sum()), np.flatnonzero(apart[duplicates])
    message = (
        f"{counted(len(rows), 'row')} in {counted(groups, 'group')} of identical rows lie in different "
        f"parts, because {key} decides the parts."
    )
    evidence = {"groups": groups, "rows": len(rows), "first_rows": [int(row) for row in rows[:5]]}
    hint = (
        "Losses on rows that were also trained on are too good; remove the duplicates or give them one part."
    )
    return (Finding("REG501", "warning", message, evidence, hint),)


def uneven_shares(parts: Int64, asked: Sequence[float], why: str) -> tuple[Finding, ...]:
    """REG502, when a part's share of the rows is more than 0.05 away from the share asked for."""
    shares = np.bincount(parts, minlength=len(PART_NAMES)) / len(parts)
    if np.abs(shares - np.asarray(asked)).max() <= _TOLERANCE:
        return ()
    got = {name: round(float(share), 4) for name, share in zip(PART_NAMES, shares, strict=True)}
    message = f"The parts hold {_percent(shares)} % of the rows, not {_percent(asked)} %: {why}."
    evidence = {"shares": got, "asked": dict(zip(PART_NAMES, asked, strict=True))}
    return (
        Finding(
            "REG502",
            "note",
            message,
            evidence,
            "Smaller groups, a finer time or another split.seed may come closer.",
        ),
    )


def _percent(shares: Iterable[float]) -> str:
    return " / ".join(f"{100 * share:.3g}" for share in shares)
