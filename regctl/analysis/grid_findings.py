"""Findings about where on the grid of an axis the minimum lies; their codes stand in the table of `findings.py`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regctl.types import CurvePoint, Finding, Selection


@dataclass(frozen=True)
class _Axis:
    """An axis in words: its name, what more and less of it are called, and what does not help at its natural end."""

    name: str
    words: tuple[str, str]
    natural: float
    useless: str
    suggestion: str
    largest: float = math.inf
    rest: str = "best_regularized"


_AXES: Mapping[str, _Axis] = {
    "lambda": _Axis(
        "λ",
        ("larger λ", "smaller λ, and to 0"),
        0.0,
        "this penalty does not help here",
        "A larger model, or more epochs, may have use for it.",
    ),
    "dropout": _Axis(
        "dropout rate",
        ("larger rates", "smaller rates, and to 0"),
        0.0,
        "dropout does not help here",
        "A larger model, or more epochs, may have use for it.",
    ),
    "degree": _Axis(
        "degree",
        ("higher degrees", "lower degrees"),
        1.0,
        "higher powers do not help here",
        "More rows, or a penalty beside the degree, may have use for them.",
        rest="best_of_higher",
    ),
    "l1_ratio": _Axis(
        "l1_ratio",
        ("larger values", "smaller values, and to 0"),
        0.0,
        "an L1 share of the penalty does not help here",
        "Take penalty: l2, which is the same and faster.",
        largest=1.0,
    ),
}


def edge_of_grid(points: Sequence[CurvePoint], selection: Selection, axis: str = "lambda") -> Finding | None:
    """REG101 or REG102 of a sweep along one axis; see `edge_of_line`."""
    return edges_of_grid(points, selection, axis)[0]


def edges_of_grid(
    points: Sequence[CurvePoint], selection: Selection, own: str, by: str | None = None
) -> tuple[Finding | None, ...]:
    """REG101 or REG102 along the sweep's own axis and, where it is crossed, along the other one, too.

    Along each axis the points are those that share the minimum's value of the other.
    """
    minimum = selection.minimum
    line = [point for point in points if point.other == minimum.other]
    found = [_edge_of([point.value for point in line], line, minimum, own)]
    if by is not None:
        line = [point for point in points if point.value == minimum.value]
        found.append(_edge_of([point.other or 0.0 for point in line], line, minimum, by))
    return tuple(found)


def _edge_of(
    values: Sequence[float], line: Sequence[CurvePoint], minimum: CurvePoint, axis: str
) -> Finding | None:
    return edge_of_line(values, [point.validation_loss for point in line], line.index(minimum), axis)


def edge_of_line(
    values: Sequence[float], losses: Sequence[float], minimum: int, axis: str = "lambda"
) -> Finding | None:
    """REG101: the minimum is at an end of the grid; REG102: at its natural end, λ = 0, rate 0 or degree 1.

    Settings that diverged do not count: nothing is known beyond the outermost that did not. Along `samples` there is
    no such finding: more rows than there are cannot be tried.

    Parameters:
        values: of the axis, one per setting on the line.
        losses: mean validation losses; not finite where a replicate diverged.
        minimum: the place of the lowest.
        axis: `lambda`, `dropout`, `degree`, `l1_ratio` or `samples`.
    """
    finished = sorted(value for value, loss in zip(values, losses, strict=True) if math.isfinite(loss))
    if len(finished) < 2 or axis == "samples":
        return None
    known, value = _AXES[axis], values[minimum]
    tried = "tried" if len(finished) == len(values) else "that did not diverge"
    larger, smaller = ("highest", "lowest") if axis == "degree" else ("largest", "smallest")
    evidence = {axis: value, "validation_loss": losses[minimum]}
    if value == known.natural:
        others = [loss for each, loss in zip(values, losses, strict=True) if each != value]
        return _no_help(known, losses[minimum], min(filter(math.isfinite, others)))
    if value == finished[-1] and value < known.largest:
        return _edge(f"{larger} {known.name} {tried}", known.words[0], evidence, value)
    if value == finished[0]:
        return _edge(f"{smaller} {known.name} {tried}", known.words[1], evidence, value)
    return None


def _edge(which: str, towards: str, evidence: Mapping[str, float], value: float) -> Finding:
    message = f"The minimum of the validation loss is at the {which} ({value:.3g})."
    return Finding("REG101", "warning", message, evidence, f"Extend the grid to {towards}: `--extend`.")


def _no_help(axis: _Axis, loss: float, best: float) -> Finding:
    where = f"{axis.name} {axis.natural:g}" if axis.name == "degree" else f"{axis.name} = {axis.natural:g}"
    message = f"The minimum of the validation loss is at {where}: {axis.useless}."
    evidence = {"validation_loss": loss, axis.rest: best}
    return Finding("REG102", "note", message, evidence, axis.suggestion)
