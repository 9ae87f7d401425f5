"""Columns between which an L1 penalty chooses by chance."""

from collections.abc import Sequence

import numpy as np

from regctl.types import Design, Finding, Int64

ALIKE = 0.95
MOST_COLUMNS = 2_000  # of the design; the first of them are looked at
MOST_ROWS = 5_000
_NAMED = 3


def arbitrary_choice(names: Sequence[str], design: Design, origin: Int64) -> Finding | None:
    """REG605: pairs of design columns of different raw columns whose correlation is ±0.95 or beyond.

    Of nearly equal columns the lasso keeps about any one, and another split another (Zou and Hastie 2005, section 2.3).

    Parameters:
        names: of the columns.
        design: training rows `[n, d]`; the first 5,000 rows and 2,000 columns are looked at.
        origin: int64 `[d]`, the raw column that each comes from; columns of one (as levels of a text) do not count.
    """
    x = design[:MOST_ROWS, :MOST_COLUMNS].astype(np.float64)
    x = x - x.mean(axis=0)
    size = np.sqrt((x**2).sum(axis=0))
    x /= np.where(size > 0, size, 1.0)
    correlation = np.triu(x.T @ x, 1)
    own = origin[: x.shape[1]]
    correlation[own[:, None] == own[None, :]] = 0.0
    first, second = np.nonzero(np.abs(correlation) >= ALIKE)
    if not len(first):
        return None
    found = correlation[first, second]
    order = np.argsort(-np.abs(found), kind="stable")[:_NAMED]
    pairs = [(names[first[at]], names[second[at]], float(found[at])) for at in order]
    told = ", ".join(f"{a} and {b} ({value:.2f})" for a, b, value in pairs)
    count = "1 pair" if len(first) == 1 else f"{len(first):,} pairs"
    more = ", …" if len(first) > len(pairs) else ""
    message = (
        f"{count} of columns correlate at {ALIKE:g} or more ({told}{more}): which of them the L1 penalty keeps is "
        "arbitrary."
    )
    evidence = {"pairs": len(first), "closest": [list(pair) for pair in pairs], "limit": ALIKE}
    hint = "Do not read a zero as unimportant; penalty: elastic keeps such columns together."
    return Finding("REG605", "note", message, evidence, hint)
