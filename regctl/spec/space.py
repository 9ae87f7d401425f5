"""What a search may vary: for each hyperparameter its range or its choices, as `tune.space` writes them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    create_model,
    model_serializer,
    model_validator,
)

from regctl.spec.fields import Count, Degree, Penalty, Rate, Section
from regctl.spec.hyperparameter import Hyperparameter, Value
from regctl.spec.model import NoiseKind

MOST_LAYERS = 8  # that can have a rate or a width of their own in a search
MAX_VALUES = 10_000
EXPECTED = "{from: a, to: b}, with step: c or log: true if wanted, or {choices: [a, b]}"

RANGE, CHOICES = "<range>", "<choices>"

Ratio = Annotated[float, Field(gt=0, lt=1)]
StepSize = Annotated[float, Field(gt=0)]
_T = TypeVar("_T")


class Choices(Section, Generic[_T]):
    """One of these values."""

    choices: list[_T] = Field(min_length=1, max_length=MAX_VALUES, description="The values, each once.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        seen: list[object] = []
        for value in self.choices:
            if value in seen:
                raise ValueError(f"choices: every value once. Received: {value!r} more than once")
            seen.append(value)
        return self

    def hyperparameter(self, name: str) -> Hyperparameter:
        """The values in the order given, numbers ascending."""
        values: tuple[Any, ...] = tuple(
            tuple(value) if isinstance(value, list) else value for value in self.choices
        )
        numbers = all(isinstance(value, int | float) for value in values)
        return Hyperparameter(name, tuple(sorted(values)) if numbers else values)


class Range(Section, Generic[_T]):
    """Numbers from … to, both ends included."""

    from_: _T = Field(alias="from", description="The lowest value.")
    to: _T = Field(description="The highest value.")
    step: Annotated[float, Field(gt=0)] | None = Field(
        None, description="From each value to the next; divides the range. By default every number between."
    )
    log: bool = Field(False, description="Whether values are drawn evenly in the logarithm; not from 0.")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        low, high = self._ends
        if high <= low:
            raise ValueError(f"to: must be above from. Received: from {low:g} to {high:g}")
        if self.log and low <= 0:
            raise ValueError(f"from: a logarithm needs a value above 0. Received: {low:g}. Or leave out log")
        if self.log and self.step is not None:
            raise ValueError("step: goes with a range that is not logarithmic. Received: step with log: true")
        if self.step is not None:
            _check_step(low, high, self.step)
        return self

    @property
    def _ends(self) -> tuple[float, float]:
        return float(self.from_), float(self.to)  # type: ignore[arg-type]  # numbers all

    def hyperparameter(self, name: str) -> Hyperparameter:
        """Stepped values, each computed in decimal as written, or the range."""
        low, high = self._ends
        whole = isinstance(self.from_, int)
        if self.step is not None:
            first, step = Decimal(repr(low)), Decimal(repr(self.step))
            count = round((high - low) / self.step)
            values = [low, *(float(first + i * step) for i in range(1, count)), high]
            return Hyperparameter(name, tuple(int(value) if whole else value for value in values))
        return Hyperparameter(name, low=low, high=high, log=self.log, whole=whole)


def _check_step(low: float, high: float, step: float) -> None:
    steps = (high - low) / step
    if steps > MAX_VALUES - 0.5:
        raise ValueError(f"step: a range has at most {MAX_VALUES} values. Received: {steps + 1:.0f}")
    if round(steps) < 1 or abs(steps - round(steps)) > 1e-6:
        raise ValueError(
            f"step: must divide the range. Received: ({high:g} − {low:g}) / {step:g} = {steps:g}"
        )


class WholeRange(Range[Count]):
    """Whole numbers from … to, both ends included."""

    from_: Count = Field(alias="from", description="The lowest value.")
    to: Count = Field(description="The highest value.")
    step: Count | None = Field(None, description="From each value to the next; divides the range.")


class DegreeRange(WholeRange):
    """Degrees from … to, both ends included."""

    from_: Degree = Field(alias="from", description="The lowest degree.")
    to: Degree = Field(description="The highest degree.")


class RateRange(Range[Rate]):
    """Rates from … to, both ends included."""

    from_: Rate = Field(alias="from", description="The lowest rate.")
    to: Rate = Field(description="The highest rate.")


class PenaltyRange(Range[Penalty]):
    """Strengths from … to, both ends included."""

    from_: Penalty = Field(alias="from", description="The lowest value.")
    to: Penalty = Field(description="The highest value.")


class RatioRange(Range[Ratio]):
    """Shares from … to, both ends included."""

    from_: Ratio = Field(alias="from", description="The lowest share.")
    to: Ratio = Field(description="The highest share.")


class StepSizeRange(Range[StepSize]):
    """Step sizes from … to, both ends included."""

    from_: StepSize = Field(alias="from", description="The lowest value.")
    to: StepSize = Field(description="The highest value.")


def _kind(value: Any) -> str | None:
    if isinstance(value, Choices | Range):
        return CHOICES if isinstance(value, Choices) else RANGE
    if not isinstance(value, dict):
        return None
    return RANGE if {"from", "to", "step", "log"} & set(value) else CHOICES


_KINDS = Discriminator(_kind, custom_error_type="kind", custom_error_message=EXPECTED)


class RateChoices(Choices[Rate]):
    """One of these rates."""


class PenaltyChoices(Choices[Penalty]):
    """One of these strengths."""


class RatioChoices(Choices[Ratio]):
    """One of these shares."""


class StepSizeChoices(Choices[StepSize]):
    """One of these step sizes."""


class CountChoices(Choices[Count]):
    """One of these whole numbers."""


class DegreeChoices(Choices[Degree]):
    """One of these degrees."""


def _one_or_each(value: Any) -> str | None:
    if isinstance(value, list):
        return "<list>"
    return "<number>" if isinstance(value, int) and not isinstance(value, bool) else None


Width = Annotated[
    Annotated[Count, Tag("<number>")] | Annotated[list[Count], Field(min_length=1), Tag("<list>")],
    Discriminator(
        _one_or_each,
        custom_error_type="kind",
        custom_error_message="a whole number, or a list with the units of each layer",
    ),
]


class WidthChoices(Choices[Width]):
    """One of these: units of every hidden layer, or a list with those of each."""


class ActivationChoices(Choices[Literal["relu", "elu", "selu", "sigmoid", "tanh"]]):
    """One of these activations."""


class KindChoices(Choices[NoiseKind]):
    """One of these kinds of noise."""


Rates = Annotated[Annotated[RateRange, Tag(RANGE)] | Annotated[RateChoices, Tag(CHOICES)], _KINDS]
Penalties = Annotated[Annotated[PenaltyRange, Tag(RANGE)] | Annotated[PenaltyChoices, Tag(CHOICES)], _KINDS]
Ratios = Annotated[Annotated[RatioRange, Tag(RANGE)] | Annotated[RatioChoices, Tag(CHOICES)], _KINDS]
StepSizes = Annotated[Annotated[StepSizeRange, Tag(RANGE)] | Annotated[StepSizeChoices, Tag(CHOICES)], _KINDS]
Counts = Annotated[Annotated[WholeRange, Tag(RANGE)] | Annotated[CountChoices, Tag(CHOICES)], _KINDS]
Degrees = Annotated[Annotated[DegreeRange, Tag(RANGE)] | Annotated[DegreeChoices, Tag(CHOICES)], _KINDS]
Widths = Annotated[Annotated[WholeRange, Tag(RANGE)] | Annotated[WidthChoices, Tag(CHOICES)], _KINDS]


class _Named(Section):
    """The hyperparameters that have one name each."""

    layers: Counts | None = Field(
        None, description="How many hidden layers: the spec's units cut, or their last repeated."
    )
    units: Widths | None = Field(
        None, description="Units of every hidden layer; choices may also be lists, as [64, 32]."
    )
    activation: ActivationChoices | None = Field(None, description="Of every hidden layer.")
    dropout: Rates | None = Field(None, description="The rate after every hidden layer.")
    input_dropout: Rates | None = Field(None, description="The rate at the input.")
    dropout_kind: KindChoices | None = Field(None, description="What dropout is the rate of.")
    lambda_: Penalties | None = Field(None, alias="lambda", description="λ, of the spec's penalty.")
    l1_ratio: Ratios | None = Field(None, description="The share of λ that is λ₁, with penalty elastic.")
    l1: Penalties | None = Field(None, description="λ₁, of Σ|θ|; the penalty follows from λ₁ and λ₂.")
    l2: Penalties | None = Field(None, description="λ₂, of Σθ².")
    learning_rate: StepSizes | None = Field(None, description="Step size at the start.")
    weight_decay: Penalties | None = Field(None, description="Of adamw.")
    batch_size: Counts | None = Field(None, description="Rows per step.")
    degree: Degrees | None = Field(None, description="Of the polynomial.")


_Base: Any = create_model(
    "_Base",
    __base__=_Named,
    **{  # type: ignore[call-overload]
        f"{name}_{number}": (kind | None, Field(None, description=f"{what} {number} alone."))
        for name, kind, what in (
            ("dropout", Rates, "The rate after hidden layer"),
            ("units", Counts, "Units of hidden layer"),
        )
        for number in range(1, MOST_LAYERS + 1)
    },
)


class Space(_Base):
    """What is searched: a range or choices for each hyperparameter."""

    @model_validator(mode="after")
    def _does_not_contradict_itself(self) -> Self:
        names = set(self.names())
        if not names:
            raise ValueError(
                "expected a hyperparameter to search, as {dropout: {from: 0.0, to: 0.6}}. Received: none"
            )
        for one, others in (
            ("dropout", [f"dropout_{number}" for number in range(1, MOST_LAYERS + 1)]),
            ("units", [f"units_{number}" for number in range(1, MOST_LAYERS + 1)]),
            ("lambda", ["l1", "l2"]),
            ("l1_ratio", ["l1", "l2"]),
        ):
            both = [other for other in others if other in names]
            if one in names and both:
                raise ValueError(f"{both[0]}: says the same as {one}. Received: both. Keep one of them")
        lists = isinstance(self.units, Choices) and any(isinstance(each, list) for each in self.units.choices)
        if lists and self.layers is not None:
            raise ValueError("layers: lists of units say how many layers there are. Received: both")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_searched(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value is not None}

    def names(self) -> Iterator[str]:
        """The hyperparameters that are searched, by the name that the spec gives them."""
        for name, field in type(self).model_fields.items():
            if getattr(self, name) is not None:
                yield field.alias or name

    def entry(self, name: str) -> Choices[Any] | Range[Any]:
        """The range or the choices of a hyperparameter."""
        found: Choices[Any] | Range[Any] = getattr(self, "lambda_" if name == "lambda" else name)
        return found


def values_of(hyperparameter: Hyperparameter) -> tuple[Value, ...]:
    """Every value of a finite hyperparameter."""
    if hyperparameter.values:
        return hyperparameter.values
    return tuple(range(round(hyperparameter.low), round(hyperparameter.high) + 1))
