"""Findings of the data, codes REG500 to REG599.

| code | severity | says |
| --- | --- | --- |
| REG501 | warning | identical rows lie in different parts: the spec gave the parts, or an order in time |
| REG502 | note | a part's share of rows is over 0.05 away from the spec's: rows had to stay together |
| REG503 | note | a class has less than a fifth of an even share of the training rows |
| REG504 | note | 1 % of the rows or more agree in every feature, and not in the target, with a row of another part |
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from regctl.datasets.wording import counted
from regctl.types import PART_NAMES, Finding, Int64

_TOLERANCE = 0.05
_TWINS = 0.01
RARE = 0.2  # of an even share: 10 % of two classes, 2 % of ten


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


def straddling_twins(twins: NDArray[np.bool_]) -> tuple[Finding, ...]:
    """REG504, when 1 % of the rows or more are `twins` (bool `[n]`) of a row of another part, with another target."""
    rows = np.flatnonzero(twins)
    if len(rows) < max(2, _TWINS * len(twins)):
        return ()
    message = (
        f"{counted(len(rows), 'row')} of {len(twins):,} agree in every feature, and not in the target, with a row of "
        "another part: several measures of one thing, perhaps."
    )
    evidence = {"rows": len(rows), "of": len(twins), "first_rows": [int(row) for row in rows[:5]]}
    hint = "If rows belong together (of one person, house or day), keep them in one part: split.group."
    return (Finding("REG504", "note", message, evidence, hint),)


def class_imbalance(classes: Int64, names: Sequence[str], balanced: bool) -> tuple[Finding, ...]:
    """REG503, when the rarest class has less than a fifth of 1/K of the training rows.

    Parameters:
        classes: number of each training row's class, int64 `[n]`.
        names: of the K classes.
        balanced: whether `training.class_weight` weighs them alike.
    """
    shares = np.bincount(classes, minlength=len(names)) / len(classes)
    rarest, largest = int(shares.argmin()), int(shares.argmax())
    if shares[rarest] >= RARE / len(names):
        return ()
    message = (
        f"Classes are unbalanced: {names[rarest]!r} is {100 * shares[rarest]:.2g} % of the training rows, "
        f"{names[largest]!r} {100 * shares[largest]:.3g} %; accuracy says little about the former."
    )
    evidence = {"rarest": names[rarest], "share": float(shares[rarest]), "limit": RARE / len(names)}
    weigh = "" if balanced else ", and try training.class_weight: balanced"
    return (Finding("REG503", "note", message, evidence, f"Read balanced_accuracy and pr_auc{weigh}."),)


def _percent(shares: Iterable[float]) -> str:
    return " / ".join(f"{100 * share:.3g}" for share in shares)
