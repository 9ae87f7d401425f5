"""The spec with every default filled in: as YAML, as leaves, and with some values set anew."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from regctl.errors import SpecError
from regctl.spec.overrides import Override, key_path, put_override
from regctl.spec.problems import problems
from regctl.spec.schema import Spec
from regctl.spec.sources import Sources
from regctl.spec.words import KeyPath, dotted, shown
from regctl.spec.yaml_reader import Document
from regctl.spec.yaml_scalars import TAG, core_tag

_WIDEST = 100  # characters of a list on one line; longer lists get a line for each item


def resolved_yaml(spec: Spec) -> str:
    """Write the whole spec as YAML, keys in schema order; read again, it is the same spec."""
    text: str = yaml.dump(
        _plain(spec), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text


def yaml_text(text: str) -> str:
    """A text as one line of YAML that reads back the same, in quotes where it must be."""
    written: str = yaml.dump(text, Dumper=_Dumper, allow_unicode=True, width=float("inf"))
    return written.removesuffix("\n").removesuffix("\n...")


def leaves(spec: Spec) -> dict[str, Any]:
    """Every value of the spec by dotted key, in schema order. A list is one leaf, a column's unit another."""
    return {dotted(path): value for path, value in leaf_paths(spec)}


def leaf_paths(spec: Spec) -> Iterator[tuple[KeyPath, Any]]:
    """Yield the leaves of `leaves` by key path."""
    yield from _leaves(_plain(spec), ())


def with_values(spec: Spec, values: Mapping[str, Any]) -> Spec:
    """The spec with other values at some dotted keys, validated: `{"regularization.lambda": 0.01}`.

    Raises:
        SpecError: a value is not what its key takes.
        KeyError: a spec has no such key.
    """
    data = _plain(spec)
    given = tuple(put_override(data, _override(key, value)) for key, value in values.items())
    try:
        return Spec.model_validate(data)
    except ValidationError as error:
        sources = Sources("spec", Document(None, {(): (1, 1)}, {}), given, data)
        raise SpecError([problem.text for problem in problems(error, data, sources)]) from None


def _override(key: str, value: Any) -> Override:
    path = key_path(key)
    if path is None:
        raise KeyError(key)
    return Override(path, Document(value, {}, {}), f"{key}={shown(value)}")


def _plain(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(by_alias=True)


def _leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if not isinstance(value, dict) or not value:
        yield path, value
        return
    for key, below in value.items():
        yield from _leaves(below, (*path, key))


class _Dumper(yaml.SafeDumper):
    """Sections as blocks, lists in brackets, text quoted when YAML 1.1 or 1.2 would read something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values twice: a spec has no anchors."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    # PyYAML quotes what YAML 1.1 would misread; not what 1.2 would, nor line breaks such as U+0085.
    plain = core_tag(text) == TAG + "str" and text.isprintable()
    style = None if plain else '"'
    return dumper.represent_scalar(TAG + "str", text, style)


def _list(dumper: _Dumper, items: list[Any]) -> yaml.Node:
    return dumper.represent_sequence(TAG + "seq", items, flow_style=len(str(items)) <= _WIDEST)


def _mapping(dumper: _Dumper, mapping: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping(TAG + "map", mapping, flow_style=not mapping)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _mapping)
