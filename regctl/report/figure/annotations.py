"""What a loss curve says beside its lines: its title, its regions and its markers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from regctl.report.axes import Axis
from regctl.report.figure.scales import Across
from regctl.report.numbers import decimals_of, number, with_error
from regctl.types import CurvePoint, Selection

Align: TypeAlias = Literal["left", "center", "right"]
PIXELS_PER_LETTER = 5.6


@dataclass(frozen=True)
class Label:
    """Text at a value, in the `upper` or the lower of the two rows that markers have above the curves."""

    value: float
    text: str
    upper: bool
    align: Align


@dataclass(frozen=True)
class Region:
    """A stretch of the axis between two values (the ends of the axis where None), and its name."""

    name: str
    strong: float | None
    weak: float | None


def title(points: Sequence[CurvePoint], selection: Selection | None, axis: Axis) -> str:
    """In words, what the curve shows."""
    if selection is None:
        return f"No {axis.symbol} can be selected: every setting has a trial that diverged"
    values = [point.value for point in points if math.isfinite(point.validation_loss)]
    minimum = selection.minimum.value
    tried = "tried" if len(values) == len(points) else "that did not diverge"
    if len(values) == 1:
        return f"Loss at {axis.say(minimum)}, the only {axis.symbol} {tried}"
    if minimum == 0 and axis.name in _NO_HELP:
        return f"Validation loss is lowest {_NO_HELP[axis.name]}"
    ends = {max(values, key=axis.order): axis.least, min(values, key=axis.order): axis.most}
    if minimum in ends:
        return f"Validation loss is lowest at the {ends[minimum]} {tried}, {axis.value(minimum)}"
    return f"Validation loss is lowest at {axis.say(minimum)}"


_NO_HELP = {
    "lambda": "at λ = 0: this penalty does not help here",
    "dropout": "at dropout rate 0: dropout does not help here",
}


def regions(points: Sequence[CurvePoint], selection: Selection | None, axis: Across) -> tuple[Region, ...]:
    """Where the validation loss lies more than one standard error above its minimum, on either side of it.

    Underfitting: more regularized, and the training loss is higher too. Overfitting: less regularized, and the
        training loss is lower.
    Anything else (a bump, a failed optimisation) has neither name.
    """
    if selection is None or not axis.axis.stronger:
        return ()
    minimum = selection.minimum
    finished = [point for point in points if math.isfinite(point.validation_loss)]
    ordered = sorted(finished, key=lambda point: axis.axis.order(point.value))
    limit = minimum.validation_loss + (minimum.validation_se or 0.0)
    good = [index for index, point in enumerate(ordered) if point.validation_loss <= limit]
    found = []
    if good[0] > 0 and ordered[0].train_loss > minimum.train_loss:
        edge = axis.middle(ordered[good[0] - 1].value, ordered[good[0]].value)
        found.append(Region("underfitting", None, edge))
    if good[-1] < len(ordered) - 1 and ordered[-1].train_loss < minimum.train_loss:
        edge = axis.middle(ordered[good[-1]].value, ordered[good[-1] + 1].value)
        found.append(Region("overfitting", edge, None))
    return tuple(found)


def marker_labels(selection: Selection, axis: Across, width: int) -> tuple[Label, ...]:
    """The minimum's label and, where there is one, the one-standard-error choice's: no line crosses a text.

    A line begins at its own row. With its text on the far side of the other's line, any row will do for a marker; with
    its text between the two lines, it needs the upper row, above where the other line begins.
    """
    minimum, choice = selection.minimum, selection.one_standard_error
    error = minimum.validation_se
    text = f"minimum: {axis.axis.say(minimum.value)}, loss {with_error(minimum.validation_loss, error)}"
    outward: Align = (
        "left" if choice is None or axis.share(choice.value) <= axis.share(minimum.value) else "right"
    )
    side = _side(text, axis.share(minimum.value), width, outward)
    if choice is None:
        return (Label(minimum.value, text, False, side),)
    if choice.value == minimum.value:
        also = "also the one-standard-error choice"
        return Label(minimum.value, text, True, side), Label(minimum.value, also, False, side)
    loss = number(choice.validation_loss, decimals_of(error))
    other = f"one standard error: {axis.axis.say(choice.value)}, loss {loss}"
    away: Align = "right" if outward == "left" else "left"
    other_side = _side(other, axis.share(choice.value), width, away)
    upper = other_side != away
    return Label(minimum.value, text, not upper, side), Label(choice.value, other, upper, other_side)


def _side(text: str, share: float, width: int, preferred: Align) -> Align:
    """`left`: the text begins at its value; `right`: it ends there. The preferred, if there is room."""
    needed = len(text) * PIXELS_PER_LETTER
    room = {"left": (1 - share) * width, "right": share * width}
    return preferred if room[preferred] >= needed else ("left" if room["left"] >= room["right"] else "right")
