"""The contour picture of a model with two weights: data loss, penalty, and the path of the solution."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
from numpy.typing import NDArray

from regctl.report.axes import AXES
from regctl.report.figure.frame import own_ticks
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.scales import linear_axis
from regctl.report.figure.theme import BLUE, INK, ORANGE, VERMILION, headed, styled, viridis, width_of
from regctl.types import Float64

SIZE = 500
LEVELS = 9
_MOST_NAMED = 6


@dataclass(frozen=True)
class Contours:
    """What the picture is made of, in the weights of the standardized columns.

    `first` `[a]` and `second` `[b]` are ascending, equally spaced weights of the two columns; `loss` `[b, a]` the data
    loss on the training rows at each pair, the intercept at its best. `path` `[L, 2]` are the solutions at `lambdas`.
    `l1_ratio` is 0 for circles (L2), 1 for diamonds (L1), between for what lies between.
    """

    names: tuple[str, str]
    first: Float64
    second: Float64
    loss: Float64
    lambdas: tuple[float, ...]
    path: Float64
    l1_ratio: float


def contour_picture(
    picture: Contours, selected: float | None, *, loss_label: str, subtitle: str | Sequence[str]
) -> alt.LayerChart:
    """Contours of the data loss, of the penalty, and the path from λ = 0 to large λ; a unit is as long either way.

    The penalty's contours pass through the named points of the path: there the two families touch.

    Parameters:
        picture: the arrays.
        selected: the selected λ; None when there is none.
        loss_label: what the data loss is, in a line.
        subtitle: model and penalty, in words.
    """
    order = np.argsort(picture.lambdas)
    lambdas, path = [float(picture.lambdas[index]) for index in order], picture.path[order]
    across, up = _channels(picture)
    named = _named(lambdas, path, selected, picture)
    layers = [
        *_loss_lines(picture, path[0], across, up),
        *_penalty_lines(picture, [path[index] for index in named], across, up),
        *_axes(across, up),
        *_path(path, across, up),
        *_points(picture, lambdas, path, named, selected, across, up),
        *row_of_keys(_keys(picture, selected)),
    ]
    chart = alt.layer(*layers).properties(width=SIZE, height=_height(picture))
    notes = [*([subtitle] if isinstance(subtitle, str) else subtitle), f"Contours: {loss_label}"]
    found: alt.LayerChart = styled(headed(chart, _title(picture), notes, SIZE + 60), SIZE + 60)
    return found


def _title(picture: Contours) -> str:
    shape = {0.0: "circles", 1.0: "diamonds"}.get(picture.l1_ratio, "rounded diamonds")
    return f"From the minimum of the data loss to 0, where its contours touch the penalty's {shape}"


def _height(picture: Contours) -> float:
    return SIZE * float(np.ptp(picture.second)) / float(np.ptp(picture.first))


def _channels(picture: Contours) -> tuple[alt.X, alt.Y]:
    channels = []
    for kind, field, name, values in (
        (alt.X, "x", picture.names[0], picture.first),
        (alt.Y, "y", picture.names[1], picture.second),
    ):
        axis = linear_axis([float(values[0]), float(values[-1])])
        inside = [tick for tick in axis.ticks if values[0] <= tick <= values[-1]]
        ticks = own_ticks({tick: axis.label(tick) for tick in inside})
        scale = alt.Scale(domain=[float(values[0]), float(values[-1])], nice=False, zero=False)
        title = f"weight of {name} (standardized)"
        look = alt.Axis(title=title, grid=False, titlePadding=8, titleLimit=SIZE, **ticks)
        channels.append(kind(f"{field}:Q", scale=scale, axis=look))
    return channels[0], channels[1]


def levels(loss: Float64, lowest: float) -> list[float]:
    """Losses to draw contours at: denser near the lowest, as equal steps of its square root's distance."""
    highest = float(np.max(loss))
    return [lowest + (highest - lowest) * (step / (LEVELS + 0.5)) ** 2 for step in range(1, LEVELS + 1)]


def segments(first: Float64, second: Float64, loss: Float64, level: float) -> list[tuple[float, ...]]:
    """The contour at a level as line segments (x, y, x2, y2): marching squares with linear interpolation."""
    found = []
    for row, column in zip(*np.nonzero(_crossed(loss, level)), strict=True):
        corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        cuts = []
        for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
            low, high = loss[one] - level, loss[other] - level
            if (low < 0) != (high < 0):
                share = low / (low - high)
                cuts += [
                    first[one[1]] + share * (first[other[1]] - first[one[1]]),
                    second[one[0]] + share * (second[other[0]] - second[one[0]]),
                ]
        found += [tuple(float(each) for each in cuts[start : start + 4]) for start in range(0, len(cuts), 4)]
    return found


def _crossed(loss: Float64, level: float) -> NDArray[np.bool_]:
    """The cells whose corners lie on both sides of the level."""
    below = loss < level
    corners = np.stack([below[:-1, :-1], below[:-1, 1:], below[1:, 1:], below[1:, :-1]]).sum(axis=0)
    crossed: NDArray[np.bool_] = (corners > 0) & (corners < 4)
    return crossed


def _loss_lines(picture: Contours, solution: Float64, across: alt.X, up: alt.Y) -> list[alt.Chart]:
    layers, drawn = [], levels(picture.loss, float(picture.loss.min()))
    for place, level in enumerate(drawn):
        cut = segments(picture.first, picture.second, picture.loss, level)
        rows = ["x,y,x2,y2", *(",".join(f"{each:.6g}" for each in segment) for segment in cut)]
        form = alt.DataFormat(type="csv", parse=dict.fromkeys(("x", "y", "x2", "y2"), "number"))
        chart = alt.Chart(alt.InlineData(values="\n".join(rows), format=form))
        colour = viridis(0.1 + 0.75 * place / max(len(drawn) - 1, 1))
        rule = chart.mark_rule(color=colour, strokeWidth=1.1, strokeCap="round", clip=True)
        layers.append(rule.encode(x=across, y=up, x2="x2:Q", y2="y2:Q"))
    least = alt.Chart(alt.Data(values=[{"x": float(solution[0]), "y": float(solution[1])}]))
    return layers if len(layers) else [least.mark_point().encode(x=across, y=up)]


def penalty(weights: Float64, l1_ratio: float) -> float:
    """R Σ|θ| + (1 − r) Σθ², of two weights."""
    return float(l1_ratio * np.abs(weights).sum() + (1 - l1_ratio) * np.square(weights).sum())


def penalty_line(value: float, l1_ratio: float, turns: int = 180) -> Float64:
    """The pairs of weights `[turns + 1, 2]` whose penalty has a value.

    Along the direction (cos φ, sin φ) at distance t it is r t (|cos φ| + |sin φ|) + (1 − r) t².
    """
    angle = np.linspace(0, 2 * np.pi, turns + 1)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    linear, square = l1_ratio * np.abs(direction).sum(axis=1), 1 - l1_ratio
    distance = (
        2 * value / (linear + np.sqrt(linear**2 + 4 * square * value)) if value > 0 else np.zeros(len(angle))
    )
    found: Float64 = direction * distance[:, None]
    return found


def _penalty_lines(picture: Contours, points: Sequence[Float64], across: alt.X, up: alt.Y) -> list[alt.Chart]:
    layers = []
    for point in points:
        line = penalty_line(penalty(point, picture.l1_ratio), picture.l1_ratio)
        rows = [{"x": x, "y": y, "turn": turn} for turn, (x, y) in enumerate(line.tolist())]
        mark = alt.Chart(alt.Data(values=rows)).mark_line(
            color=ORANGE, strokeWidth=1.3, strokeDash=[4, 3], clip=True
        )
        layers.append(mark.encode(x=across, y=up, order="turn:Q"))
    return layers


def _axes(across: alt.X, up: alt.Y) -> list[alt.Chart]:
    here = alt.Chart(alt.Data(values=[{"x": 0.0, "y": 0.0}]))
    style = {"color": "#bbbbbb", "strokeWidth": 1, "clip": True}
    return [here.mark_rule(**style).encode(x=across), here.mark_rule(**style).encode(y=up)]


def _path(path: Float64, across: alt.X, up: alt.Y) -> list[alt.Chart]:
    rows = [{"x": x, "y": y, "turn": turn} for turn, (x, y) in enumerate(path.tolist())]
    chart = alt.Chart(alt.Data(values=rows))
    return [
        chart.mark_line(color=BLUE, strokeWidth=2.5).encode(x=across, y=up, order="turn:Q"),
        chart.mark_point(color=BLUE, filled=True, size=16, opacity=1).encode(x=across, y=up),
    ]


def _named(lambdas: Sequence[float], path: Float64, selected: float | None, picture: Contours) -> list[int]:
    """A few solutions well apart from each other: the first, the last, the selected, and some between."""
    apart = 0.13 * float(np.ptp(picture.first))
    singled = [lambdas.index(selected)] if selected in lambdas else []
    chosen = singled or [0]
    for index in (0, len(lambdas) - 1, *range(len(lambdas))):
        near = min(float(np.linalg.norm(path[index] - path[other])) for other in chosen)
        needed = apart / 2 if index in (0, len(lambdas) - 1) else apart  # the ends matter most
        if near >= needed and len(chosen) < _MOST_NAMED:
            chosen.append(index)
    return sorted(chosen)


def _points(
    picture: Contours,
    lambdas: Sequence[float],
    path: Float64,
    named: Sequence[int],
    selected: float | None,
    across: alt.X,
    up: alt.Y,
) -> list[alt.Chart]:
    """The named solutions with their λ, on the side of the path where there is room; the selected has a ring."""
    layers = []
    for index in named:
        x, y = (float(each) for each in path[index])
        here = alt.Chart(alt.Data(values=[{"x": x, "y": y}]))
        look = {"fill": BLUE, "stroke": "white"}
        if lambdas[index] == selected:
            look = {"fill": "white", "stroke": VERMILION}
        size = 130 if lambdas[index] == selected else 50
        point = here.mark_point(size=size, opacity=1, strokeWidth=2, **look)
        text = AXES["lambda"].say(lambdas[index])
        right = (x - picture.first[0]) / float(np.ptp(picture.first)) * SIZE + width_of(text) + 16 < SIZE
        side = {"align": "left", "dx": 9} if right else {"align": "right", "dx": -9}
        halo = here.mark_text(text=text, fontSize=11.5, dy=-9, stroke="white", strokeWidth=3, **side)
        label = here.mark_text(text=text, fontSize=11.5, dy=-9, color=INK, **side)
        layers += [each.encode(x=across, y=up) for each in (point, halo, label)]
    return layers


def _keys(picture: Contours, selected: float | None) -> list[Key]:
    keys = [Key("data loss", viridis(0.4), width=1.2), Key("penalty", ORANGE, dash=(4, 3), width=1.4)]
    keys.append(Key("solutions", BLUE, shape="circle", width=2.5))
    if selected is not None and math.isfinite(selected):
        keys.append(Key("selected", VERMILION, shape="circle", line=False, filled=False, size=100))
    return keys
