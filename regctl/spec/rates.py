"""Dropout rates as a spec writes them: one for all hidden layers, one for each, or from the first to the last."""

from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Field, Tag

from regctl.spec.fields import Rate, Section

EXPECTED = "a number, a list of numbers, or {first: a, last: b}"

_DIGITS = 12  # significant digits of a rate between two others: 0.3, not 0.30000000000000004


class Ramp(Section):
    """Rates in equal steps from the first hidden layer to the last."""

    first: Rate = Field(description="The rate of the first hidden layer.")
    last: Rate = Field(description="The rate of the last hidden layer.")

    def values(self, layers: int) -> list[float]:
        """The rate of each of so many layers, two at least; the ends are exact."""
        stride = (self.last - self.first) / (layers - 1)
        inner = (self.first + stride * number for number in range(1, layers - 1))
        return [self.first, *(float(f"{rate:.{_DIGITS}g}") for rate in inner), self.last]


def _kind(value: Any) -> str | None:
    if isinstance(value, list):
        return "<list>"
    if isinstance(value, Ramp | dict):
        return "<ramp>"
    return "<number>" if isinstance(value, int | float) and not isinstance(value, bool) else None


Rates: TypeAlias = Annotated[
    Annotated[Rate, Tag("<number>")]
    | Annotated[list[Rate], Field(min_length=1), Tag("<list>")]
    | Annotated[Ramp, Tag("<ramp>")],
    Discriminator(_kind, custom_error_type="kind", custom_error_message=EXPECTED),
]


def highest(rates: float | list[float] | Ramp) -> float:
    """The largest rate of any layer."""
    if isinstance(rates, Ramp):
        return max(rates.first, rates.last)
    return max(rates) if isinstance(rates, list) else rates


def rates_problem(rates: float | list[float] | Ramp, layers: int | None) -> str | None:
    """What is wrong with rates for a model with so many layers to drop; None when nothing is.

    `layers` is None for a model of the user's own, whose layers are not known yet.
    """
    if isinstance(rates, Ramp) and layers is None:
        return "{first, last} goes with the presets. Give a list, with a rate for each layer that drops"
    if isinstance(rates, Ramp) and layers == 1:
        return "{first, last} needs two hidden layers at least. Received: 1. Give a number"
    if isinstance(rates, list) and layers is not None and len(rates) != layers:
        expected = "1 layer that drops" if layers == 1 else f"{layers} layers that drop"
        return f"expected a rate for each of the model's {expected}. Received: {len(rates)} rates"
    return None


def by_layer(rates: float | list[float] | Ramp, layers: int | None) -> tuple[float, tuple[float, ...]]:
    """One rate for all layers and (), or 0 and a rate for each: `dropout` and `rates` of a `types.Setting`."""
    if isinstance(rates, Ramp):
        rates = rates.values(layers or 2)
    if not isinstance(rates, list):
        return rates, ()
    return (rates[0], ()) if len(set(rates)) == 1 else (0.0, tuple(rates))
