"""Texts from data and specs as a page shows them: what cannot be seen, or turns the writing around, is a space."""

from typing import Any


def visible(text: str, lines: bool = False) -> str:
    """The text on one line, or with its own line breaks; tabs, marks and lone surrogates are spaces."""
    return "".join(
        letter if letter.isprintable() or (lines and letter == "\n") else " " for letter in str(text)
    )


def visible_values(value: Any) -> Any:
    """`visible` of every text in lists and objects."""
    if isinstance(value, str):
        return value if value.isprintable() else visible(value)
    if isinstance(value, dict):
        return {visible(key): visible_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [
            visible_values(item) if isinstance(item, str | dict | list | tuple) else item for item in value
        ]
    return value
