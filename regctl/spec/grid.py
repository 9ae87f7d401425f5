"""Grids: how a spec writes them, and their values: ascending, ends exact, as short in print as written."""

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from regctl.spec.fields import Count, Degree, Penalty, Rate, Section, Share

MAX_VALUES = 100_000
LOG_KEYS = frozenset({"log", "points", "zero"})
STEP_KEYS = frozenset({"from", "to", "step"})
AUTO_POINTS = 100
EXPECTED = "'auto', a list, {log: [low, high], points: N, zero: true} or {from: a, to: b, step: c}"

_DIGITS = (
    12  # significant digits of a log grid's inner values: float32 has 7, and 1e-5 must not print as 9.99…e-06
)


class LogGrid(Section):
    """`points` values from low to high, equal steps in the logarithm; with `zero`, the value 0 as well."""

    log: Annotated[list[Annotated[float, Field(gt=0, le=1e30)]], Field(min_length=2, max_length=2)] = Field(
        description="[low, high], both above 0."
    )
    points: Annotated[int, Field(ge=2, le=MAX_VALUES)] = Field(25, description="Values, both ends counted.")
    zero: bool = Field(False, description="Whether the grid also has the value 0.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.log
        if low >= high:
            raise ValueError(f"log: expected [low, high] with low below high. Received: [{low:g}, {high:g}]")
        if not ascending(self.values()):
            raise ValueError(f"points: low and high are too close for {self.points}. Received: {self.log}")
        return self

    def values(self) -> tuple[float, ...]:
        """List the values, ascending; between the ends they have 12 significant digits."""
        low, high = self.log
        start, stop = math.log10(low), math.log10(high)
        stride = (stop - start) / (self.points - 1)
        inner = (10 ** (start + i * stride) for i in range(1, self.points - 1))
        return ((0.0,) if self.zero else ()) + (low, *(float(f"{x:.{_DIGITS}g}") for x in inner), high)


class StepGrid(Section):
    """`from`, `from + step`, … up to and including `to`."""

    from_: Penalty = Field(alias="from", description="The first value.")
    to: Penalty = Field(description="The last value.")
    step: Annotated[float, Field(gt=0)] = Field(description="From each value to the next; divides the range.")

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.to <= self.from_:
            raise ValueError(f"to: must be above from. Received: from {self.from_:g} to {self.to:g}")
        steps = (self.to - self.from_) / self.step
        if steps > MAX_VALUES - 0.5:
            raise ValueError(f"step: a grid has at most {MAX_VALUES} values. Received: {steps + 1:.0f}")
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-6:
            sum_ = f"({self.to:g} − {self.from_:g}) / {self.step:g} = {steps:g}"
            raise ValueError(f"step: must divide the range. Received: {sum_}")
        if not ascending(self.values()):
            raise ValueError(f"step: too small beside from. Received: {self.step!r} beside {self.from_!r}")
        return self

    def values(self) -> tuple[float, ...]:
        """List the values, ascending, each computed in decimal as written: 0.3, not 0.1 + 0.1 + 0.1."""
        first, step = Decimal(repr(self.from_)), Decimal(repr(self.step))
        count = round((self.to - self.from_) / self.step)
        return (self.from_, *(float(first + i * step) for i in range(1, count)), self.to)


class RateSteps(StepGrid):
    """Dropout rates from … to, both ends included."""

    from_: Rate = Field(alias="from", description="The first rate.")
    to: Rate = Field(description="The last rate.")


class DegreeSteps(Section):
    """Degrees `from`, `from + step`, … up to and including `to`."""

    from_: Degree = Field(alias="from", description="The first degree.")
    to: Degree = Field(description="The last degree.")
    step: Count = Field(1, description="From each degree to the next; divides the range.")

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.to <= self.from_:
            raise ValueError(f"to: must be above from. Received: from {self.from_} to {self.to}")
        if (self.to - self.from_) % self.step:
            raise ValueError(f"step: must divide the range {self.to - self.from_}. Received: {self.step}")
        return self

    def values(self) -> tuple[float, ...]:
        """List the degrees, ascending."""
        return tuple(range(self.from_, self.to + 1, self.step))


def _kind(value: Any) -> str | None:
    if value == "auto":
        return "<auto>"
    if isinstance(value, list):
        return "<list>"
    if isinstance(value, LogGrid) or (isinstance(value, dict) and "log" in value):
        return "<log>"
    if isinstance(value, StepGrid) or (isinstance(value, dict) and STEP_KEYS & set(value)):
        return "<step>"
    return "<log>" if isinstance(value, dict) and LOG_KEYS & set(value) else None


# Tags are in angle brackets so that no error path mistakes one for a key (`log` would be both).
LambdaGrid = Annotated[
    Annotated[Literal["auto"], Tag("<auto>")]
    | Annotated[list[Penalty], Field(min_length=1, max_length=MAX_VALUES), Tag("<list>")]
    | Annotated[LogGrid, Tag("<log>")]
    | Annotated[StepGrid, Tag("<step>")],
    Discriminator(_kind, custom_error_type="kind", custom_error_message=EXPECTED),
]


def _list_or_steps(value: Any) -> str | None:
    if isinstance(value, list):
        return "<list>"
    return "<step>" if isinstance(value, dict | StepGrid | DegreeSteps) else None


_STEPS = "a list or {from: a, to: b, step: c}"
RateGrid = Annotated[
    Annotated[list[Rate], Field(min_length=1, max_length=MAX_VALUES), Tag("<list>")]
    | Annotated[RateSteps, Tag("<step>")],
    Discriminator(_list_or_steps, custom_error_type="kind", custom_error_message=_STEPS),
]
DegreeGrid = Annotated[
    Annotated[list[Degree], Field(min_length=1), Tag("<list>")] | Annotated[DegreeSteps, Tag("<step>")],
    Discriminator(_list_or_steps, custom_error_type="kind", custom_error_message=_STEPS),
]
ShareGrid = Annotated[list[Share], Field(min_length=1, max_length=1000)]
RatioGrid = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=1, max_length=1000)]

Grid: TypeAlias = Literal["auto"] | Sequence[float] | LogGrid | StepGrid | DegreeSteps


def size(grid: Grid) -> int:
    """How many values a grid has; of `auto`, before the data are read."""
    return AUTO_POINTS if grid == "auto" else len(values(grid))


def values(grid: Grid) -> tuple[float, ...]:
    """Every value of a grid, ascending, so that 0 comes first when the grid has it.

    `auto` has none before the data are read (`steps/grids.py`).
    """
    if isinstance(grid, str):
        raise ValueError(f"a grid's values are not known before the data. Received: {grid!r}")
    if isinstance(grid, LogGrid | StepGrid | DegreeSteps):
        return grid.values()
    return tuple(sorted(value + 0.0 for value in grid))  # −0.0 + 0.0 is 0.0: one zero, not two


def ascending(numbers: Sequence[float]) -> bool:
    """Whether every value is above the one before."""
    return all(low < high for low, high in pairwise(numbers))
