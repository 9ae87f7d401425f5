"""YAML text to PyYAML's nodes, which know their places, with core tags and limits that hold while reading."""

# types-PyYAML leaves the methods that this module builds on untyped.
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Callable
from typing import Any, TypeAlias

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from regctl.errors import SpecError
from regctl.spec.yaml_scalars import TAG, core_tag

MAX_DEPTH = 32
MAX_NODES = 30_000  # read in about two seconds: PyYAML takes some 50 µs for each
TOO_MANY = f"a spec has at most {MAX_NODES} keys and values, counted after aliases are expanded"

Place: TypeAlias = Callable[[int, int], str]  # (line, column), both from 1, to the beginning of a message


def compose(text: str, place: Place) -> yaml.Node | None:
    """The root node of the text's only document, or None when the text holds none.

    Raises:
        SpecError: the text is not YAML, holds a second document, or goes beyond the limits.
    """
    composer = None
    try:
        composer = _LimitedComposer(text)
        return composer.compose_only_document()
    except ReaderError as error:
        where = place(*position(text, error.position))
        problem = f"the character U+{int(error.character):04X} is not allowed in YAML"
    except _Refused as error:
        where, problem = _place_of(error.problem_mark, place), str(error.problem)
    except yaml.MarkedYAMLError as error:
        where, problem = _place_of(error.problem_mark, place), f"not valid YAML: {error.problem}"
    except (ValueError, OverflowError):  # PyYAML checks neither "\UFFFFFFFF" nor the number after %YAML
        where = _place_of(composer and composer.get_mark(), place)
        problem = "not valid YAML: an escape or a version number is out of range"
    raise SpecError([f"{where}: {problem}."])


def position(text: str, index: int) -> tuple[int, int]:
    """The line and column, both from 1, of a character of the text."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _place_of(mark: Any, place: Place) -> str:
    return place(1, 1) if mark is None else place(mark.line + 1, mark.column + 1)


class _Refused(yaml.MarkedYAMLError):
    """YAML that could be read and is not wanted."""


class _LimitedComposer(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML's own reader without its constructor."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0
        self._nodes = 0

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Choose the tag of a node that was given none."""
        if kind is yaml.ScalarNode:
            return core_tag(value) if implicit[0] else TAG + "str"
        return TAG + ("seq" if kind is yaml.SequenceNode else "map")

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose the next node, within the limits."""
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH:
            raise self._refused(f"values may be nested {MAX_DEPTH} deep, not deeper")
        if self._nodes > MAX_NODES:
            raise self._refused(TOO_MANY)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def compose_only_document(self) -> yaml.Node | None:
        """Compose the document of the text, or return None when it holds none."""
        self.get_event()
        node = None if self.check_event(yaml.StreamEndEvent) else self.compose_document()
        if not self.check_event(yaml.StreamEndEvent):
            raise self._refused("expected one document, found another")
        return node

    def _refused(self, problem: str) -> _Refused:
        return _Refused(None, None, problem, self.peek_event().start_mark)
