"""A spec from its file and overrides: read, laid over, located, validated; all problems reported at once."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from regctl.errors import SpecError
from regctl.spec.builders import build_path, build_problem
from regctl.spec.fields import BUILD
from regctl.spec.options import option_errors
from regctl.spec.overrides import parse_override, put_override
from regctl.spec.paths import data_path, data_problem, find_spec, read_spec
from regctl.spec.problems import problems
from regctl.spec.resolved import leaf_paths
from regctl.spec.schema import Spec
from regctl.spec.sources import Origin, Problem, Sources
from regctl.spec.words import KeyPath
from regctl.spec.yaml_reader import read_mapping

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")

_SOURCE = ("dataset", "source")
_BUILD = ("model", "build")


@dataclass(frozen=True)
class LoadedSpec:
    """A valid spec and where it came from.

    `spec.dataset.source` is a registered name or an absolute path; `path` is absolute; `source` is the file
    byte for byte. `origins` covers every leaf of the spec (the keys of `resolved.leaves`), in schema order.
    """

    spec: Spec
    path: Path
    source: bytes
    origins: Mapping[str, Origin]


def load_spec(spec: str | Path, overrides: Sequence[str] = ()) -> LoadedSpec:
    """Load a spec, given as a path or the bare name of a shipped spec, with `key.path=value` overrides.

    Raises:
        SpecError: all problems of the file and of the overrides at once, each with its place.
    """
    path, label = find_spec(spec)
    source = read_spec(path, label)
    parsed, wrong = _each(parse_override, overrides)
    try:
        document = read_mapping(source, label)
    except SpecError as error:
        raise SpecError([*error.problems, *wrong]) from None
    data = deepcopy(document.data)
    placed, misplaced = _each(lambda override: put_override(data, override), parsed)
    sources = Sources(label, document, tuple(placed), data)
    valid, invalid = _each(lambda folder: _validated(sources, folder), [path.parent])
    if invalid or wrong or misplaced:
        raise SpecError([*invalid, *wrong, *misplaced])
    return LoadedSpec(valid[0], path, source, sources.origins(leaf for leaf, _ in leaf_paths(valid[0])))


def _validated(sources: Sources, folder: Path) -> Spec:
    """The spec, its paths absolute; a path that an override sets is relative to the current folder."""
    data = deepcopy(sources.data)
    found = [
        *_locate(data, _SOURCE, folder, sources, data_path, data_problem),
        *_locate(data, _BUILD, folder, sources, build_path, lambda _, path: build_problem(path)),
        *_wrong_options(data, sources),
    ]
    try:
        spec = Spec.model_validate(data)
    except ValidationError as error:
        found += problems(error, data, sources)
    if found:
        raise SpecError([problem.text for problem in sorted(found)])
    return spec


def _locate(
    data: Any,
    path: tuple[str, str],
    folder: Path,
    sources: Sources,
    located: Callable[[str, Path], str],
    wrong: Callable[[str, str], str | None],
) -> list[Problem]:
    """Make the value at a path absolute, and say what is wrong with it as given or as it is then."""
    section, key = data.get(path[0]), path[1]
    given = section.get(key) if isinstance(section, dict) else None
    if not isinstance(given, str) or (path == _BUILD and not re.match(BUILD, given)) or not given:
        return []  # the schema says it
    section[key] = located(given, Path.cwd() if sources.overridden(path) else folder)
    problem = wrong(given, section[key])
    return [] if problem is None else [sources.problem(path, problem)]


def _wrong_options(data: Any, sources: Sources) -> list[Problem]:
    """What is wrong with `dataset.options`, as the function of the data set takes them."""
    section = data.get("dataset")
    if not isinstance(section, dict):
        return []  # the schema says it
    source, options = section.get("source"), section.get("options", {})
    if not isinstance(source, str) or not isinstance(options, dict):
        return []
    path: KeyPath = ("dataset", "options")
    wrong = option_errors(source, {key: value for key, value in options.items() if isinstance(key, str)})
    return [
        sources.problem(path if error.name is None else (*path, error.name), error.sentence)
        for error in wrong
    ]


def _each(step: Callable[[_Given], _Made], items: Iterable[_Given]) -> tuple[list[_Made], list[str]]:
    """What a step makes of each item, and the problems of those it refuses."""
    made: list[_Made] = []
    wrong: list[str] = []
    for item in items:
        try:
            made.append(step(item))
        except SpecError as error:
            wrong += error.problems
    return made, wrong
