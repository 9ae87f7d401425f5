"""A spec from its file and overrides: read, laid over, located, validated; all problems reported at once."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from regctl import catalog
from regctl.errors import SpecError
from regctl.spec.fields import MODEL_NAME
from regctl.spec.models import model_problem
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
_MODEL = ("model", "name")


class LoadedSpec(NamedTuple):
    """A valid spec and where it came from.

    `spec.dataset.source` is a registered name or an absolute path; `path` is absolute; `source` is the file
    byte for byte. `origins` covers every leaf of the spec (the keys of `resolved.leaves`), in schema order; `sources`
    tells where each key stands, for what is found out later.
    """

    spec: Spec
    path: Path
    source: bytes
    origins: Mapping[str, Origin]
    sources: Sources


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
    origins = sources.origins(leaf for leaf, _ in leaf_paths(valid[0]))
    return LoadedSpec(valid[0], path, source, origins, sources)


def _validated(sources: Sources, folder: Path) -> Spec:
    """The spec, its paths absolute; a path that an override sets is relative to the current folder."""
    data = deepcopy(sources.data)
    found = _locate_data(data, folder, sources)
    found += [*_unknown_model(data, sources), *([] if found else _wrong_options(data, sources))]
    try:
        spec = Spec.model_validate(data)
    except ValidationError as error:
        found += problems(error, data, sources)
    if found:
        raise SpecError([problem.text for problem in sorted(found)])
    return spec


def _locate_data(data: Any, folder: Path, sources: Sources) -> list[Problem]:
    """Make the path of the data absolute, and say what is wrong with it as given or as it is then."""
    section, key = data.get(_SOURCE[0]), _SOURCE[1]
    given = section.get(key) if isinstance(section, dict) else None
    if not isinstance(given, str) or not given:
        return []  # the schema says it
    section[key] = data_path(given, Path.cwd() if sources.overridden(_SOURCE) else folder)
    problem = data_problem(given, section[key])
    return [] if problem is None else [sources.problem(_SOURCE, problem)]


def _unknown_model(data: Any, sources: Sources) -> list[Problem]:
    """The schema takes any name, since a run's own spec outlives the plugin that it was trained with."""
    section = data.get(_MODEL[0])
    given = section.get(_MODEL[1]) if isinstance(section, dict) else None
    problem = model_problem(given) if isinstance(given, str) and re.match(MODEL_NAME, given) else None
    return [] if problem is None else [sources.problem(_MODEL, problem)]


def _wrong_options(data: Any, sources: Sources) -> list[Problem]:
    """What is wrong with `dataset.options`, as the function of the data set takes them."""
    section = data.get("dataset")
    if not isinstance(section, dict):
        return []  # the schema says it
    source, options = section.get("source"), section.get("options", {})
    if not isinstance(source, str) or not isinstance(options, dict):
        return []
    if not options and (source in catalog.DATASETS or not catalog.is_dataset(source)):
        return []  # nothing is given, and what regctl's own need has a default
    from regctl.spec.options import option_errors

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
