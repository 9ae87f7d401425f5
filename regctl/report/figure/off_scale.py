"""Settings that are no points on a loss curve: their loss is beyond the axis, or a trial diverged."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from regctl.report.figure.annotations import PIXELS_PER_LETTER, Align
from regctl.report.figure.scales import Across, LossAxis
from regctl.report.numbers import short
from regctl.types import CurvePoint

Edge: TypeAlias = Literal["above", "below", "diverged"]
Extent: TypeAlias = tuple[float, float]
_MARK = 7.0  # pixels from the middle of a mark to its end
GAP = 10  # and to its text


@dataclass(frozen=True)
class OffScale:
    """Neighbouring settings off the scale for one reason; `text` is empty where it would cover something."""

    values: tuple[float, ...]
    edge: Edge
    text: str
    align: Align

    @property
    def beside(self) -> float:
        """The setting whose mark the text stands beside."""
        return self.values[-1] if self.align == "left" else self.values[0]


def off_scale(
    points: Sequence[CurvePoint], across: Across, loss: LossAxis, width: int
) -> tuple[OffScale, ...]:
    """What the axes do not show, from left to right; neighbours share a text beside their marks."""
    ordered = sorted(points, key=lambda point: across.share(point.value))
    groups = list(_groups(ordered, loss))
    taken: dict[bool, list[Extent]] = {
        low: [
            _extent(across, value, width)
            for edge, group in groups
            for value in _values(group)
            if _is_low(edge) is low
        ]
        for low in (False, True)
    }
    return tuple(_placed(group, edge, across, loss, width, taken[_is_low(edge)]) for edge, group in groups)


def _groups(points: Sequence[CurvePoint], axis: LossAxis) -> Iterator[tuple[Edge, tuple[CurvePoint, ...]]]:
    for edge, neighbours in groupby(points, key=lambda point: _edge(point, axis)):
        if edge is not None:
            yield edge, tuple(neighbours)


def _edge(point: CurvePoint, axis: LossAxis) -> Edge | None:
    if not math.isfinite(point.validation_loss):
        return "diverged"
    if max(point.train_loss, point.validation_loss) > axis.high:
        return "above"
    return "below" if point.train_loss < axis.low else None


def _is_low(edge: Edge) -> bool:
    return edge == "below"


def _values(points: Sequence[CurvePoint]) -> tuple[float, ...]:
    return tuple(point.value for point in points)


def _extent(axis: Across, value: float, width: int) -> Extent:
    middle = axis.share(value) * width
    return middle - _MARK, middle + _MARK


def _placed(
    group: Sequence[CurvePoint],
    edge: Edge,
    across: Across,
    loss: LossAxis,
    width: int,
    taken: list[Extent],
) -> OffScale:
    """Give a group its text where there is room, and mark the room as taken."""
    values = _values(group)
    first, last = (across.share(value) * width for value in (values[0], values[-1]))
    for text in _texts(group, edge, loss):
        length = GAP + len(text) * PIXELS_PER_LETTER
        sides: tuple[tuple[Align, Extent], ...] = (
            ("left", (last + _MARK, last + length)),
            ("right", (first - length, first - _MARK)),
        )
        for align, (start, end) in sides:
            if start >= 0 and end <= width and all(end <= low or high <= start for low, high in taken):
                taken.append((start, end))
                return OffScale(values, edge, text, align)
    return OffScale(values, edge, "", "left")


def _texts(points: Sequence[CurvePoint], edge: Edge, axis: LossAxis) -> tuple[str, ...]:
    """What to say of neighbours, the fullest first."""
    if edge == "diverged":
        return ("diverged",) if len(points) == 1 else (f"{len(points)} settings diverged", "diverged")
    if edge == "below":
        loss = short(min(point.train_loss for point in points), 2)
        return f"training loss {loss}", loss
    losses = {
        "validation": max(point.validation_loss for point in points),
        "training": max(point.train_loss for point in points),
    }
    up_to = "" if len(points) == 1 else "up to "
    high = [f"{part} {up_to}{short(loss, 2)}" for part, loss in losses.items() if loss > axis.high]
    return f"off the scale: {', '.join(high)}", short(max(losses.values()), 2)
