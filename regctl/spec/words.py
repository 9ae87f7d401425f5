"""How messages show keys and values: on one line, cut to a readable length, with the nearest known word."""

from collections.abc import Iterable
from typing import Any, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]

_LONGEST = 60


def dotted(path: KeyPath) -> str:
    """A key path as users write it: `sweep.lambda[2]`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{printable(step)}" for step in path)
    return "".join(steps).removeprefix(".")


def shown(value: Any, written: str | None = None) -> str:
    """A value as a message shows it: as `written` if that is known, text in quotes, at most 60 characters."""
    return cut(_plain(value) if written is None else written)


def cut(text: str) -> str:
    """One printable line of at most 60 characters."""
    text = printable(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def printable(text: str) -> str:
    """The text with line breaks and control characters escaped, so that it cannot disturb a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` is most likely a slip of, or None."""
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word[:100].lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?`, or nothing when no known word is near."""
    near = nearest(word, known)
    return "" if near is None else f" Did you mean '{near}'?"


def _plain(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) + "}"
    return repr(value)
