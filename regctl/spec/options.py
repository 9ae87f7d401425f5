"""`dataset.options`: the keyword arguments of a registered data set's function, checked by its signature.

An argument's annotation says what it takes, also with pydantic's limits (`Annotated[int, Field(ge=2)]`); without one,
the default's type does. Looked at only where options are given, or where the data set is a plugin's.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

from regctl import catalog
from regctl.spec.problems import expectation
from regctl.spec.words import did_you_mean, printable, shown

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_PLAIN = (bool, int, float, str, list, type(None))


class OptionError(Exception):
    """A wrong option: `key` is `.noise`, or empty for the options as a whole."""

    def __init__(self, name: str | None, sentence: str) -> None:
        super().__init__(sentence)
        self.name, self.sentence = name, sentence

    @property
    def key(self) -> str:
        """The end of the key path."""
        return "" if self.name is None else f".{printable(self.name)}"


def option_errors(source: str, options: Mapping[str, Any]) -> Iterator[OptionError]:
    """What is wrong with the options of a `dataset.source`."""
    if not catalog.is_dataset(source):
        if options:
            yield OptionError(None, "go with a registered data set, and the source is a file. Remove them.")
        return
    if not options and source in catalog.DATASETS:
        return  # those of regctl's own all have defaults
    declared = _parameters(source)
    for name, value in options.items():
        if name not in declared:
            known = f"Its options: {', '.join(declared)}." if declared else "It has none."
            hint = did_you_mean(name, declared) or f" {known}"
            yield OptionError(name, f"unknown option of data set '{source}'.{hint}")
            continue
        try:
            _taken(declared[name], value)
        except ValidationError as error:
            expected = expectation(error.errors(include_url=False)[0])
            yield OptionError(name, f"expected {expected}. Received: {shown(value)}.")
    for name, parameter in declared.items():
        if parameter.default is parameter.empty and name not in options:
            yield OptionError(name, f"missing option, which data set '{source}' needs.")


def all_options(source: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a registered data set in the order of its function, with the defaults of those not given.

    A default that YAML cannot hold stays the function's own affair.

    Raises:
        OptionError: one is wrong.
    """
    for error in option_errors(source, options):
        raise error
    declared = _parameters(source)
    values = {
        name: _taken(each, options[name]) if name in options else each.default
        for name, each in declared.items()
    }
    return {name: value for name, value in values.items() if isinstance(value, _PLAIN)}


def _parameters(source: str) -> dict[str, inspect.Parameter]:
    found = catalog.found("datasets", source)
    function: Callable[..., Any] = getattr(found, "load", found)
    signature = inspect.signature(function, eval_str=True)
    return {name: each for name, each in signature.parameters.items() if each.kind in _NAMED}


def _taken(parameter: inspect.Parameter, value: Any) -> Any:
    """The value as the function gets it: 60 as 60.0, where it takes a decimal number.

    Raises:
        ValidationError: the function does not take it.
    """
    kind = parameter.annotation
    if kind is parameter.empty:
        kind = type(parameter.default) if isinstance(parameter.default, _PLAIN[:-1]) else Any
    try:
        return TypeAdapter(kind, config=_STRICT).validate_python(value)
    except PydanticUserError:  # an annotation that pydantic does not know: the function has the last word
        return value
