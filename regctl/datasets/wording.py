"""Names in messages: the nearest valid one, and short lists."""

import difflib
from collections.abc import Iterable, Sequence

_SHOWN = 10


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`Did you mean 'Sale_Price'?`, or the first of the valid names when none is near."""
    known = list(names)
    lowered: dict[str, str] = {}
    for candidate in known:
        lowered.setdefault(candidate.casefold(), candidate)
    near = difflib.get_close_matches(name.casefold(), lowered, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {lowered[near[0]]!r}?"
    return f"Known: {quoted(known)}."


def quoted(names: Sequence[str]) -> str:
    """`'a', 'b'`; beyond ten names, `…`."""
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return f"{shown}, …" if len(names) > _SHOWN else shown


def counted(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
