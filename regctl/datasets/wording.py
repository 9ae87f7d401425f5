"""Names in messages: the nearest valid one, and short lists."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

_SHOWN = 10
_NOTED = 3


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


def left_out_notes(reasons: Mapping[str, str]) -> list[str]:
    """A note for each column that is left out; of more than three for one reason (pixels, say), one for all."""
    groups: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        groups.setdefault(reason, []).append(name)
    notes = []
    for reason, names in groups.items():
        if len(names) <= _NOTED:
            notes += [f"Column {name!r} is left out: {reason}." for name in names]
        else:
            notes.append(f"{len(names)} columns are left out ({quoted(names)}): each {_each(reason)}.")
    return notes


def _each(reason: str) -> str:
    """`it is 0 in every row` → `is 0 in every row`."""
    return reason.removeprefix("it ")


def counted(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
