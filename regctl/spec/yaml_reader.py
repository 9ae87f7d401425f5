"""Safe reading of YAML 1.2 into plain data, with the place of every key and list item.

Refused, with a position: what is not UTF-8 or not YAML; more than 1 MiB, 32 levels or 30 000 keys and
values, counted after aliases are expanded, so that an alias bomb ends here; a key given twice; tags outside
the core schema; a second document.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from regctl.errors import SpecError
from regctl.spec.words import KeyPath, cut, shown
from regctl.spec.yaml_composer import MAX_DEPTH, MAX_NODES, TOO_MANY, Place, compose, position
from regctl.spec.yaml_scalars import TAG, TAGS, core_tag, core_value

MAX_BYTES = 2**20


class Document(NamedTuple):
    """Plain data and where it stood.

    `positions` gives the (line, column), both from 1, of each key and list item by key path; `()` is the top.
    `written` gives numbers, booleans and nulls as they were written, by key path.
    """

    data: Any
    positions: Mapping[KeyPath, tuple[int, int]]
    written: Mapping[KeyPath, str]


def read_mapping(source: bytes, label: str) -> Document:
    """Read a YAML file whose top is a mapping; `label` names the file in messages. Keys are text, as written.

    Raises:
        SpecError: `label:line:column: …` for all that the module refuses.
    """

    def place(line: int, column: int) -> str:
        return f"{label}:{line}:{column}"

    node = compose(_decoded(source, place), place)
    if node is None:
        raise SpecError(
            [f"{place(1, 1)}: expected keys and values (name: …, dataset: …). Received: an empty file."]
        )
    document = _document(node, place)
    if not isinstance(document.data, dict):
        where = place(*document.positions[()])
        received = shown(document.data, document.written.get(()))
        raise SpecError([f"{where}: expected keys and values (name: …, dataset: …). Received: {received}."])
    return document


def read_value(text: str, place: Place) -> Document:
    """Read one value of a command line: `[…]`, `{…}` and quoted text as in YAML, all else one plain scalar.

    So the column `Lot #1: area` needs no quotes: neither a comment nor a block mapping can be meant.

    Raises:
        SpecError: as `read_mapping`.
    """
    text = text.strip()
    node = compose(text, place) if text[:1] in ("[", "{", "'", '"') else None
    if node is None:
        start = yaml.Mark("", 0, 0, 0, None, 0)
        node = yaml.ScalarNode(core_tag(text), text, start, start)
    return _document(node, place)


def _decoded(source: bytes, place: Place) -> str:
    if len(source) > MAX_BYTES:
        raise SpecError([f"{place(1, 1)}: a spec has at most {MAX_BYTES} bytes. Received more."])
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8", "replace")
        where = place(*position(before, len(before)))
        byte = f"the byte 0x{source[error.start]:02x}"
        raise SpecError(
            [f"{where}: expected UTF-8 text. Received: {byte}. Save the file as UTF-8."]
        ) from None


def _document(node: yaml.Node, place: Place) -> Document:
    builder = _Builder(place)
    data = builder.build(node, ())
    if builder.problems:
        raise SpecError(builder.problems)
    return Document(data, builder.positions, builder.written)


class _Builder:
    """Nodes to plain data. An aliased node is built for every place it stands at, and counted each time."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.positions: dict[KeyPath, tuple[int, int]] = {}
        self.written: dict[KeyPath, str] = {}
        self.problems: list[str] = []
        self.nodes = 0

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise SpecError([*self.problems, f"{self._where(node)}: {TOO_MANY}."])
        if len(path) >= MAX_DEPTH:
            raise SpecError(
                [*self.problems, f"{self._where(node)}: an alias holds itself, or nests too deep."]
            )
        self.positions.setdefault(path, _start(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._expect_tag(node, "seq")
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        self._expect_tag(node, "map")
        data: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            self.nodes += 1
            key = self._key(key_node)
            if key in first:
                line = f"the first is in line {first[key]}"
                self._problem(key_node, f"the key {shown(key)} is given twice ({line})")
                continue
            first[key] = _start(key_node)[0]
            self.positions[(*path, key)] = _start(key_node)
            data[key] = self.build(value_node, (*path, key))
        return data

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._problem(node, "expected a word as key. Received: a list or mapping")
            return ""
        return self._text(node)

    def _scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        if node.tag == TAG + "str":
            return self._text(node)
        if node.tag not in TAGS:
            return self._unsupported(node)
        try:
            value = core_value(node.tag, node.value)
        except ValueError as error:
            self._problem(node, f"{error}. Received: {shown(node.value)}")
            return None
        self.written[path] = node.value or "nothing"
        return value

    def _text(self, node: yaml.Node) -> str:
        text = str(node.value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            self._problem(node, "half a surrogate pair is no character. Write the character itself")
        return text

    def _expect_tag(self, node: yaml.Node, kind: str) -> None:
        if node.tag != TAG + kind:
            self._unsupported(node)

    def _unsupported(self, node: yaml.Node) -> None:
        self._problem(node, f"the tag {cut(node.tag.replace(TAG, '!!'))} is not supported here. Remove it")

    def _problem(self, node: yaml.Node, problem: str) -> None:
        self.problems.append(f"{self._where(node)}: {problem}.")

    def _where(self, node: yaml.Node) -> str:
        return self.place(*_start(node))


def _start(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
