"""What a sweep can vary: each axis's place in a setting, its grid in the spec, and which models have it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from regctl.errors import SpecError, UsageError
from regctl.spec import grid
from regctl.spec.loading import LoadedSpec
from regctl.spec.schema import Spec

if TYPE_CHECKING:  # a spec is read without NumPy
    from regctl.types import Setting

Axis: TypeAlias = Literal["lambda", "degree", "dropout", "samples"]
By: TypeAlias = Literal["lambda", "degree", "dropout", "samples", "l1_ratio"]

# Which end of an axis is the more regularized; None along `samples`, where neither is.
LARGER_IS_STRONGER: dict[str, bool | None] = {
    "lambda": True,
    "degree": False,
    "dropout": True,
    "samples": None,
    "l1_ratio": True,
}
_EXAMPLES = {
    "lambda": "lambda: {log: [1.0e-6, 1.0], points: 25, zero: true}",
    "degree": "degree: [1, 2, 3, 4, 6, 8, 12]",
    "dropout": "dropout: {from: 0.0, to: 0.8, step: 0.1}",
    "samples": "samples: [0.05, 0.1, 0.15, 0.25, 0.4, 0.6, 0.8, 1.0]",
    "l1_ratio": "l1_ratio: [0.1, 0.5, 0.9]",
}


@dataclass(frozen=True)
class Axes:
    """The axis that a sweep runs along and the one that crosses it; none of `train`."""

    own: Axis | None = None
    by: By | None = None

    def __iter__(self) -> Iterator[By]:
        """Each axis there is, the own one first."""
        return iter(axis for axis in (self.own, self.by) if axis is not None)

    def __contains__(self, axis: object) -> bool:
        return axis in (self.own, self.by)


def axis_value(setting: "Setting", axis: str) -> float:
    """Where a setting lies on an axis."""
    value: float = getattr(setting, "lambda_" if axis == "lambda" else axis)
    return value


def with_axis(setting: "Setting", axis: str, value: float) -> "Setting":
    """The setting at another place on an axis; a dropout rate holds for every hidden layer."""
    if axis == "lambda":
        return replace(setting, lambda_=value)
    if axis == "dropout":
        return replace(setting, dropout=value, rates=())
    if axis == "degree":
        return replace(setting, degree=int(value))
    return replace(setting, samples=value) if axis == "samples" else replace(setting, l1_ratio=value)


def grid_of(spec: Spec, axis: str) -> grid.Grid | None:
    """The spec's grid of an axis."""
    found: grid.Grid | None = getattr(spec.sweep, "lambda_" if axis == "lambda" else axis)
    return found


def required_grid(spec: Spec, axis: str) -> grid.Grid:
    """The grid that a sweep over an axis needs.

    Raises:
        SpecError: the spec has none, or its model has no such axis.
    """
    found, problem = grid_of(spec, axis), axis_problem(spec, axis)
    if found is None or problem is not None:
        raise SpecError([f"sweep.{axis}: {problem}"])
    return found


def check_axes(loaded: LoadedSpec, axes: Axes) -> None:
    """Raise every axis that cannot be swept, with its place in the spec.

    Raises:
        SpecError: the spec has no grid of an axis, or its model has no such axis.
    """
    wrong = [(axis, problem) for axis in axes if (problem := axis_problem(loaded.spec, axis)) is not None]
    if wrong:
        raise SpecError([loaded.sources.problem(("sweep", axis), problem).text for axis, problem in wrong])


def axis_problem(spec: Spec, axis: str) -> str | None:
    """Why the spec cannot be swept along an axis; None when it can."""
    if (reason := lacking(spec, axis)) is not None:
        return f"{reason}."
    missing = f"missing. Add a grid, as `sweep: {{{_EXAMPLES[axis]}}}`."
    return missing if grid_of(spec, axis) is None else None


def lacking(spec: Spec, axis: str) -> str | None:
    """Why the spec's model has no such axis; None when it has."""
    model = spec.model.name
    if axis == "degree" and model != "polynomial":
        return f"only model polynomial has a degree. Received: model {model}"
    if axis == "dropout" and spec.model.is_linear:
        return f"dropout acts after hidden layers, and model {model} has none. Sweep lambda instead"
    if axis == "l1_ratio" and spec.regularization.penalty != "elastic":
        return f"goes with penalty elastic. Received: penalty {spec.regularization.penalty}"
    return None


def axis_values(spec: Spec, axis: str, ends: bool = False) -> Sequence[float]:
    """The values of an axis's grid, ascending; with `ends` the first and the last alone."""
    values = grid.values(required_grid(spec, axis))
    return tuple(dict.fromkeys((values[0], values[-1]))) if ends else values


def crossed(spec: Spec, own: Axis | None, by: str | None) -> Axes:
    """The axes of a sweep. Along `samples`, λ is chosen anew at each share where the spec has a grid of it.

    Raises:
        UsageError: an axis cannot be crossed with itself.
    """
    if own is not None and own == by:
        raise UsageError(f"--by: {own} is the axis already. Name another one.")
    if own == "samples" and by is None and spec.sweep.lambda_ is not None:
        return Axes(own, "lambda")
    return Axes(own, by)  # type: ignore[arg-type]  # the command line has checked its name
