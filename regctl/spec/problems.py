"""Pydantic's errors as sentences: where, what was expected, what was received, what to do."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from regctl.spec import grid, keys
from regctl.spec.fields import PATTERNS
from regctl.spec.sources import LAST, Problem, Sources
from regctl.spec.words import KeyPath, did_you_mean, nearest, shown

MOST = 100  # reported at once; a file with more is another kind of file

_EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_type": lambda context: "true or false",
    "dict_type": lambda context: "keys and values",
    "finite_number": lambda context: "a finite number",
    "float_type": lambda context: "a number",
    "greater_than": lambda context: f"a number above {context['gt']:g}",
    "greater_than_equal": lambda context: f"a number of at least {context['ge']:g}",
    "int_type": lambda context: "a whole number",
    "kind": lambda context: str(context["expected"]),
    "less_than": lambda context: f"a number below {context['lt']:.12g}",
    "less_than_equal": lambda context: f"a number of at most {context['le']:.12g}",
    "list_type": lambda context: "a list, such as [a, b]",
    "literal_error": lambda context: str(context["expected"]),
    "model_type": lambda context: "keys and values",
    "string_pattern_mismatch": lambda context: PATTERNS[context["pattern"]],
    "string_too_short": lambda context: "text that is not empty",
    "string_type": lambda context: "text",
    "too_long": lambda context: f"at most {_values(context['max_length'])}",
    "too_short": lambda context: f"at least {_values(context['min_length'])}",
}


def problems(error: ValidationError, data: Any, sources: Sources) -> list[Problem]:
    """Say every error that pydantic found in `data`, in order of place; of more than 100, the first 100."""
    placed = [_Error(_path(detail, data), detail) for detail in error.errors(include_url=False)]
    placed.sort(key=lambda one: sources.order(one.place))
    first = placed[:MOST]
    slips = {one.meant for one in first if one.kind == "extra_forbidden"}
    found = [
        sources.problem(one.path, one.sentence(sources), at=one.place)
        for one in first
        if one.kind != "missing" or one.path not in slips
    ]
    if len(placed) > MOST:
        found.append(Problem(LAST, f"… and {len(placed) - MOST} more problems."))
    return found


def expectation(detail: ErrorDetails) -> str:
    """What one of pydantic's errors expected: `a number of at least 2`."""
    say = _EXPECTED.get(detail["type"])
    context = {"expected": detail["msg"]} | detail.get("ctx", {})
    return f"another value ({detail['msg']})" if say is None else say(context)


class _Error:
    """One of pydantic's errors: the `path` of its key, and that of the key whose `place` is named."""

    def __init__(self, path: KeyPath, detail: ErrorDetails) -> None:
        self.kind = detail["type"]
        self._received = detail["input"]
        self._context: Mapping[str, Any] = {"expected": detail["msg"]} | detail.get("ctx", {})
        below, self._rule = _aimed(path, str(self._context.get("error", "")))
        self.path = (*path, *below)
        self.place = path[:-1] if self.kind == "missing" else self.path

    @property
    def meant(self) -> KeyPath:
        """The path an unknown key is most likely a slip of."""
        key = nearest(str(self.path[-1]), keys.known(self.path[:-1]) or ())
        return (*self.path[:-1], key or "")

    def sentence(self, sources: Sources) -> str:
        """What is wrong, without the place."""
        if self.kind == "extra_forbidden":
            return self._unknown()
        if self.kind == "missing":
            return f"missing key. {keys.description(self.path)}"
        if self.kind == "value_error":
            return f"{self._rule}."
        received = shown(self._received, sources.written(self.path))
        return f"expected {_EXPECTED[self.kind](self._context)}. Received: {received}.{self._advice()}"

    def _unknown(self) -> str:
        *section, key = self.path
        known = keys.known(tuple(section)) or {}
        if key in known:
            return f"this key belongs to another kind of grid. Expected {grid.EXPECTED}."
        hint = keys.suggestion((*map(str, section), str(key)))
        return f"unknown key.{hint or ' Known keys: ' + ', '.join(known) + '.'}"

    def _advice(self) -> str:
        if self.kind == "string_type" and isinstance(self._received, int | float):
            return " Put it in quotes to make it text."
        if self.kind in ("literal_error", "kind") and isinstance(self._received, str):
            return did_you_mean(self._received, re.findall(r"'([^']*)'", self._context["expected"]))
        return ""


def _path(detail: ErrorDetails, data: Any) -> KeyPath:
    """Pydantic's path without its own tags (`<list>`): the steps that the data have, and a missing key."""
    path: KeyPath = ()
    here: Any = data
    for step in detail["loc"]:
        if step in here if isinstance(here, dict) else isinstance(here, list) and isinstance(step, int):
            path, here = (*path, step), here[step]
    return (*path, detail["loc"][-1]) if detail["type"] == "missing" else path


def _aimed(path: KeyPath, rule: str) -> tuple[KeyPath, str]:
    """Split a section's own rule, `momentum: goes with …`, into the key below it and the sentence."""
    key, _, sentence = rule.partition(": ")
    steps = tuple(key.split("."))
    return (steps, sentence) if steps[-1] in (keys.known((*path, *steps[:-1])) or ()) else ((), rule)


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"
