"""What a loss curve says beside its lines: its title, its regions and its markers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from regctl.report.figure.scales import StrengthAxis
from regctl.report.numbers import decimals_of, number, short, with_error
from regctl.types import CurvePoint, Selection

Align: TypeAlias = Literal["left", "center", "right"]
PIXELS_PER_LETTER = 5.6


@dataclass(frozen=True)
class Label:
    """Text at a λ, in the `upper` or the lower of the two rows that markers have above the curves."""

    value: float
    text: str
    upper: bool
    align: Align


@dataclass(frozen=True)
class Region:
    """A stretch of the axis between two λ (edges of the axis where None), and its name."""

    name: str
    strong: float | None
    weak: float | None


def title(points: Sequence[CurvePoint], selection: Selection | None) -> str:
    """In words, what the curve shows."""
    if selection is None:
        return "No λ can be selected: every setting has a trial that diverged"
    values = [point.value for point in points if math.isfinite(point.validation_loss)]
    minimum = selection.minimum.value
    tried = "tried" if len(values) == len(points) else "that did not diverge"
    if len(values) == 1:
        return f"Loss at λ = {short(minimum)}, the only λ {tried}"
    if minimum == 0:
        return "Validation loss is lowest at λ = 0: this penalty does not help here"
    if minimum == max(values):
        return f"Validation loss is lowest at the strongest λ {tried}, {short(minimum)}"
    if minimum == min(values):
        return f"Validation loss is lowest at the weakest λ {tried}, {short(minimum)}"
    return f"Validation loss is lowest at λ = {short(minimum)}"


def regions(points: Sequence[CurvePoint], selection: Selection | None) -> tuple[Region, ...]:
    """Where the validation loss lies more than one standard error above its minimum, on either side of it.

    Underfitting: stronger, and the training loss is higher too. Overfitting: weaker, and the training loss is
        lower.
    Anything else (a bump, a failed optimisation) has neither name.
    """
    if selection is None:
        return ()
    minimum = selection.minimum
    ordered = sorted((p for p in points if math.isfinite(p.validation_loss)), key=lambda p: -p.value)
    limit = minimum.validation_loss + (minimum.validation_se or 0.0)
    good = [index for index, point in enumerate(ordered) if point.validation_loss <= limit]
    found = []
    if good[0] > 0 and ordered[0].train_loss > minimum.train_loss:
        found.append(Region("underfitting", None, _between(ordered[good[0] - 1], ordered[good[0]])))
    if good[-1] < len(ordered) - 1 and ordered[-1].train_loss < minimum.train_loss:
        found.append(Region("overfitting", _between(ordered[good[-1]], ordered[good[-1] + 1]), None))
    return tuple(found)


def _between(strong: CurvePoint, weak: CurvePoint) -> float:
    """Halfway on the log scale; before λ = 0, halfway into the axis break."""
    return math.sqrt(strong.value * (weak.value or strong.value / 10))


def marker_labels(selection: Selection, axis: StrengthAxis, width: int) -> tuple[Label, ...]:
    """The minimum's label and the one-standard-error choice's, placed so that no line crosses a text.

    A line begins at its own row. The choice lies left of the minimum: with its text left of its line, any row
    will do; with its text right of it, it needs the upper row, above where the minimum's line begins.
    """
    minimum, choice = selection.minimum, selection.one_standard_error
    error = minimum.validation_se
    text = f"minimum: λ = {short(minimum.value)}, loss {with_error(minimum.validation_loss, error)}"
    side = _side(text, axis.share(minimum.value), width, "left")
    if choice.value == minimum.value:
        also = "also the one-standard-error choice"
        return Label(minimum.value, text, True, side), Label(minimum.value, also, False, side)
    loss = number(choice.validation_loss, decimals_of(error))
    other = f"one standard error: λ = {short(choice.value)}, loss {loss}"
    other_side = _side(other, axis.share(choice.value), width, "right")
    upper = other_side == "left"
    return Label(minimum.value, text, not upper, side), Label(choice.value, other, upper, other_side)


def _side(text: str, share: float, width: int, preferred: Align) -> Align:
    """`left`: the text begins at its λ; `right`: it ends there. The preferred, if there is room."""
    needed = len(text) * PIXELS_PER_LETTER
    room = {"left": (1 - share) * width, "right": share * width}
    return preferred if room[preferred] >= needed else ("left" if room["left"] >= room["right"] else "right")
