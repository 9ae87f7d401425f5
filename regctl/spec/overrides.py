"""Overrides: `-S key.path=value` on the command line, laid over the file's data before they are validated."""

from copy import deepcopy
from shlex import quote
from typing import Any, NamedTuple

from regctl.errors import SpecError
from regctl.spec import grid, keys
from regctl.spec.words import cut, did_you_mean, dotted, printable, shown
from regctl.spec.yaml_reader import Document, read_value


class Override(NamedTuple):
    """One override: where it puts which value. In messages `label` stands in place of `file:line:column`."""

    path: tuple[str, ...]
    document: Document
    label: str


def parse_override(text: str) -> Override:
    """Read `key.path=value`; the value is YAML as in the file.

    Raises:
        SpecError: there is no `=`, the key is unknown, or the value is not YAML.
    """
    label = f"-S {quote(cut(text))}"
    key, equals, value = text.partition("=")
    path = key_path(key.strip())
    if path is None:
        raise SpecError([f"{label}: unknown key.{_suggestion(key.strip())}"])
    if not equals:
        raise SpecError([f"{label}: expected key=value, such as {dotted(path)}=1."])
    return Override(path, read_value(value, lambda line, column: label), label)


def put_override(data: dict[str, Any], override: Override) -> Override:
    """Put an override's value in its place in the data, and return the override.

    A value replaces what was there, a mapping included; a key below a mapping changes that key alone.
    Mappings on the way are made where they are missing.

    Raises:
        SpecError: there is something else than a mapping on the way, or the key is of another kind of grid.
    """
    *sections, key = override.path
    here: Any = data
    for depth, step in enumerate(sections, start=1):
        if here.get(step) is None:
            here[step] = {}
        here = here[step]
        if not isinstance(here, dict):
            raise SpecError([_no_place(override, depth, here)])
    if sections == ["sweep", "lambda"] and _other_kind(key) & set(here):
        raise SpecError([_no_place(override, len(sections), here)])
    here[key] = deepcopy(override.document.data)
    return override


def key_path(key: str) -> tuple[str, ...] | None:
    """The steps of a dotted key, or None when there is no such key. Below `dataset.units` is one column."""
    path: tuple[str, ...] = ()
    rest = key
    while rest:
        here = keys.known(path)
        if here is keys.ANY_KEY:
            return (*path, rest)
        step, _, rest = rest.partition(".")
        if not here or step not in here:
            return None
        path = (*path, step)
    return path or None


def _other_kind(key: str) -> frozenset[str]:
    return grid.STEP_KEYS if key in grid.LOG_KEYS else grid.LOG_KEYS


def _no_place(override: Override, depth: int, here: Any) -> str:
    section, key = dotted(override.path[:depth]), override.path[depth]
    problem = f"{override.label}: {section} is {shown(here)}, where '{printable(key)}' has no place."
    if section == "sweep.lambda":
        return f"{problem} Give the whole grid: {grid.EXPECTED}."
    return f"{problem} Expected keys and values there."


def _suggestion(key: str) -> str:
    known = {".".join(path): path for path in keys.all_keys()}
    same_word = [name for name, path in known.items() if path[-1] == key.rpartition(".")[2]]
    if same_word:
        return f" Did you mean {' or '.join(map(repr, same_word))}?"
    return did_you_mean(key, known) or f" Known keys begin with {', '.join(keys.tree())}."
