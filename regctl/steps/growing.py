"""A grid that grows: beyond an edge that holds the minimum, or finer around it. Only what is new is trained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product

from regctl.engine.plan import make_trials
from regctl.spec.axes import axis_value
from regctl.spec.resolved import with_values
from regctl.spec.settings import own_setting, settings_at
from regctl.steps.choosing import Choice
from regctl.steps.planning import Experiment, with_trials
from regctl.types import Setting

EXTENSIONS = 3  # how often a grid grows beyond its edge before it is left there
BEYOND = 5  # values that are added beyond an edge at once
BETWEEN = 4  # values that are added on either side of the minimum
LIMITS: Mapping[str, tuple[float, float]] = {
    "lambda": (1e-12, 1e12),
    "degree": (1, 100),
    "dropout": (0.0, 0.95),
    "l1_ratio": (0.0, 1.0),
}

Growth = Callable[[str, Sequence[float], float], list[float]]


def extended(experiment: Experiment, choice: Choice) -> Experiment | None:
    """The experiment with values beyond each edge that holds the minimum; None where none does."""
    return _grown(experiment, choice, beyond)


def refined(experiment: Experiment, choice: Choice) -> Experiment | None:
    """The experiment with values between the minimum and its neighbours; None where there is no room."""
    return _grown(experiment, choice, between)


def beyond(axis: str, values: Sequence[float], minimum: float) -> list[float]:
    """Values that continue an ascending grid past its minimum, in its own steps; none unless that is at an edge.

    λ continues by its ratio, and what lies below the smallest λ above 0 is 0 where the grid has it.
    """
    if axis == "samples" or len(values) < 2 or minimum not in (values[0], values[-1]):
        return []
    up = minimum == values[-1]
    if axis == "lambda":
        return _by_ratio(values, up)
    step = values[-1] - values[-2] if up else values[0] - values[1]
    return _inside(axis, [minimum + step * (place + 1) for place in range(BEYOND)], values)


def between(axis: str, values: Sequence[float], minimum: float) -> list[float]:
    """Values between the minimum of an ascending grid and its neighbours: equal steps, of λ in the logarithm."""
    place = list(values).index(minimum)
    neighbours = [values[at] for at in (place - 1, place + 1) if 0 <= at < len(values)]
    new: list[float] = []
    if axis == "samples":
        return new
    for neighbour in neighbours:
        parts = [(number + 1) / (BETWEEN + 1) for number in range(BETWEEN)]
        if axis == "lambda":
            low, high = sorted((minimum, neighbour))
            low = low or high / 10
            new += [low * (high / low) ** part for part in parts] if high else []
        else:
            new += [minimum + (neighbour - minimum) * part for part in parts]
    return _inside(axis, new, values)


def _by_ratio(values: Sequence[float], up: bool) -> list[float]:
    positive = [value for value in values if value > 0]
    if not up and values[0] == 0:  # no λ is below 0
        return []
    if len(positive) < 2:
        return []
    ratio = positive[-1] / positive[-2] if up else positive[0] / positive[1]
    start = positive[-1] if up else positive[0]
    return _inside("lambda", [start * ratio ** (place + 1) for place in range(BEYOND)], values)


def _inside(axis: str, new: Sequence[float], values: Sequence[float]) -> list[float]:
    """The new values, short in print, inside what the axis allows, less those that the grid has."""
    low, high = LIMITS[axis]
    readable = (float(round(value)) if axis == "degree" else float(f"{value:.6g}") for value in new)
    return sorted({value for value in readable if low <= value <= high} - set(values))


def _grown(experiment: Experiment, choice: Choice, growth: Growth) -> Experiment | None:
    minimum = choice.record.minimum
    if minimum is None:
        return None
    axes = tuple(experiment.axes)
    grids = {axis: sorted({axis_value(each, axis) for each in experiment.settings}) for axis in axes}
    new = {axis: growth(axis, grids[axis], axis_value(minimum, axis)) for axis in axes}
    if not any(new.values()):
        return None
    wider: dict[str, Sequence[float]] = {axis: sorted({*grids[axis], *new[axis]}) for axis in axes}
    return _with_settings(experiment, wider)


def _with_settings(experiment: Experiment, grids: Mapping[str, Sequence[float]]) -> Experiment:
    own = own_setting(experiment.spec)
    settings = tuple(settings_at(own, grids, places) for places in product(*grids.values()))
    known = {trial.setting for trial in experiment.trials}
    new: list[Setting] = [setting for setting in settings if setting not in known]
    listed = {
        f"sweep.{axis}": [int(value) if axis == "degree" else value for value in values]
        for axis, values in grids.items()
    }
    experiment = replace(experiment, settings=settings, spec=with_values(experiment.spec, listed))
    trials = make_trials(new, experiment.spec.training, experiment.folds, first=len(experiment.trials))
    return with_trials(experiment, trials)
