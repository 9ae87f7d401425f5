"""Plain scalars by the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema).

PyYAML follows YAML 1.1, where `yes` is a boolean, `1e-3` is text, `010` is eight and `2024-01-31` a date.
"""

import re
from collections.abc import Callable
from typing import Any

TAG = "tag:yaml.org,2002:"
TAGS = frozenset(TAG + kind for kind in ("null", "bool", "int", "float", "str"))
LONGEST_NUMBER = 100  # characters

_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], Any]], ...] = (
    ("null", re.compile(r"~|null|Null|NULL|"), lambda text: None),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    ("int", re.compile(r"[-+]?[0-9]+"), int),
    ("int", re.compile(r"0o[0-7]+"), lambda text: int(text, 8)),
    ("int", re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text, 16)),
    ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    ("float", re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda text: float(text.replace(".", ""))),
)


def core_tag(text: str) -> str:
    """The tag of a plain scalar without one: `tag:yaml.org,2002:` and null, bool, int, float or str."""
    return TAG + next((tag for tag, pattern, _ in _RULES if pattern.fullmatch(text)), "str")


def core_value(tag: str, text: str) -> Any:
    """The value of a scalar that carries a core tag; `!!float 3` is 3.0.

    Raises:
        ValueError: the text is not of that tag, or it is a number of more than 100 characters.
    """
    kind = tag.removeprefix(TAG)
    if kind == "str":
        return text
    if kind in ("int", "float") and len(text) > LONGEST_NUMBER:
        raise ValueError(f"a number has at most {LONGEST_NUMBER} characters")
    for name, pattern, convert in _RULES:
        if pattern.fullmatch(text) and (name == kind or (name, kind) == ("int", "float")):
            return float(convert(text)) if kind == "float" else convert(text)
    raise ValueError(f"expected a value of the tag !!{kind}")
