"""Values of more than one kind, told apart by their YAML type so that a message can say what was expected."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from regctl.spec.fields import Name
from regctl.spec.tasks import Metric


def _features_kind(value: Any) -> str | None:
    if isinstance(value, list):
        return "<list>"
    return "<all>" if value == "all" else None


Features = Annotated[
    Annotated[Literal["all"], Tag("<all>")] | Annotated[list[Name], Field(min_length=1), Tag("<list>")],
    Discriminator(
        _features_kind,
        custom_error_type="kind",
        custom_error_message="'all' or a list of column names",
    ),
]


def _metrics_kind(value: Any) -> str | None:
    if isinstance(value, list):
        return "<list>"
    return "<auto>" if value == "auto" else None


Metrics = Annotated[
    Annotated[Literal["auto"], Tag("<auto>")] | Annotated[list[Metric], Field(min_length=1), Tag("<list>")],
    Discriminator(
        _metrics_kind,
        custom_error_type="kind",
        custom_error_message="'auto' or a list of metrics",
    ),
]


def _class_kind(value: Any) -> str | None:
    if value is None:
        return "<none>"
    if isinstance(value, bool):
        return "<truth>"
    return "<text>" if isinstance(value, str) else "<number>" if isinstance(value, int | float) else None


ClassName = Annotated[
    Annotated[None, Tag("<none>")]
    | Annotated[bool, Tag("<truth>")]
    | Annotated[float, Tag("<number>")]
    | Annotated[Name, Tag("<text>")],
    Discriminator(
        _class_kind,
        custom_error_type="kind",
        custom_error_message="a class: text, a number, or true or false",
    ),
]
