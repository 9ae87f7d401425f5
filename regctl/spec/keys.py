"""The keys a spec may have, as a tree read off the schema, and what to say about a key that is none."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias, get_args, get_origin

from pydantic.fields import FieldInfo

from regctl.spec.fields import Deferred, Section
from regctl.spec.schema import Spec
from regctl.spec.words import KeyPath, nearest

Tree: TypeAlias = Mapping[str, Any]

ANY_KEY: Tree = {}  # the keys are the user's own: columns


@cache
def tree(section: type[Section] = Spec) -> Tree:
    """Key → the tree below it, or None below a plain value. A grid's tree has the keys of every kind."""
    return {key: _below(_annotation(field)) for key, field in _fields(section).items()}


def known(path: KeyPath) -> Tree | None:
    """The tree below a path: `ANY_KEY` where the keys are the user's own, None where there can be no keys."""
    here: Tree | None = tree()
    for step in path:
        if here is None or not isinstance(step, str):
            return None
        here = here.get(step)
    return here


def all_keys(here: Tree | None = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every section and key, in schema order."""
    for key, below in (tree() if here is None else here).items():
        yield (*path, key)
        yield from all_keys(below or {}, (*path, key))


def suggestion(path: tuple[str, ...]) -> str:
    """` Did you mean '…'?` for an unknown key: the same word elsewhere, or else a near one."""
    *section, key = path
    homes: dict[str, list[str]] = {}
    for other in all_keys():
        homes.setdefault(other[-1], []).append(".".join(other))
    if key not in homes and (near := nearest(key, known(tuple(section)) or ())):
        return f" Did you mean '{near}'?"
    if near := nearest(key, homes):
        return f" Did you mean {' or '.join(map(repr, homes[near]))}?"
    return ""


def description(path: KeyPath) -> str:
    """What the schema says a key is for."""
    sections: list[type[Section]] = [Spec]
    text = ""
    for step in path:
        field = next(
            (_fields(section)[step] for section in sections if step in _fields(section)), FieldInfo()
        )
        sections = list(_sections(_annotation(field)))
        text = field.description or "".join((section.__doc__ or "") for section in sections[:1])
    return text


def _fields(section: type[Section]) -> dict[Any, FieldInfo]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _annotation(field: FieldInfo) -> Any:
    """What a field takes; of a deferred section, its class."""
    deferred = next((each for each in field.metadata if isinstance(each, Deferred)), None)
    return field.annotation if deferred is None else deferred.section()


def _below(annotation: Any) -> Tree | None:
    if get_origin(annotation) is dict:
        return ANY_KEY
    merged: dict[str, Any] = {}
    for section in _sections(annotation):
        merged |= tree(section)
    return merged or None


def _sections(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections(argument)
