"""Settings of a search as lines across its hyperparameters, coloured by their objective."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from regctl.records.search_record import Searched
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.objective import Height, Search, height_of
from regctl.report.figure.theme import INK, VERMILION, headed, styled, viridis, wrapped
from regctl.report.figure.tuning import tuning_title
from regctl.report.figure.value_axis import ValueAxis, frozen_values, nudge, value_axis
from regctl.report.hyperparameters import symbol
from regctl.report.searching import ladders, ranked

_LEAST_WIDTH, _BETWEEN, _HEIGHT = 660, 118, 380
_NUDGE = 0.16
_FAILED = "#a8a8a8"
_NONE = -0.09  # where a setting without such a value passes below an axis
_SHADES = 40


def parallel_figure(search: Search, *, subtitle: str | Sequence[str]) -> alt.LayerChart:
    """One line per setting through its values, to its objective on the last axis, better at the top.

    The last axis is also the colour's legend: dark is better. The best line is thick; settings that failed end before
    the last axis, in grey. A setting of Hyperband ends at its best rung.
    """
    names = tuple(search.record.space)
    settings = [frozen_values(dict(each[0].values)) for each in ladders(search.searched)]
    axes = {
        name: value_axis([v[name] for v in settings if name in v] or [0.0], search.record.space_kinds[name])
        for name in names
    }
    width = max(_LEAST_WIDTH, _BETWEEN * len(names))
    height = height_of(search, _HEIGHT)
    columns = {name: width * place / len(names) for place, name in enumerate(names)}
    scored, failed = ranked(search.record, search.searched), _failures(search)
    layers = [
        *_lines(_failed_rows(failed, axes, columns), 1.0, 0.7),
        *_lines(_scored_rows(reversed(scored[1:]), axes, columns, height, width), 1.1, 0.65),
        *_gradient(width),
        *_best(scored[:1], axes, columns, height, width),
        *_axes(axes, columns, [name for name in names if any(name not in values for values in settings)]),
        *_objective_axis(height, search, width),
        *row_of_keys(_keys(scored, failed)),
    ]
    whole = width + 60
    chart = alt.layer(*layers).properties(width=width, height=_HEIGHT)
    found: alt.LayerChart = styled(headed(chart, tuning_title(search), subtitle, whole), whole)
    return found


def _keys(scored: Sequence[Searched], failed: Sequence[Searched]) -> list[Key]:
    keys = (
        (len(scored) > 0, Key("best setting", VERMILION, width=3)),
        (len(scored) > 1, Key("others, dark is better (see the last axis)", viridis(0.15), width=1.2)),
        (len(failed) > 0, Key("failed", _FAILED, width=1)),
    )
    return [key for shown, key in keys if shown]


def _failures(search: Search) -> list[Searched]:
    kept = {each.number for each in ranked(search.record, search.searched)}
    return [each[0] for each in ladders(search.searched) if not any(rung.number in kept for rung in each)]


def _path(
    each: Searched, axes: Mapping[str, ValueAxis], columns: Mapping[str, float], most: float
) -> list[dict[str, Any]]:
    values = frozen_values(dict(each.values))
    shares = {
        name: axis.share(axis.place(values[name], nudge(each.number, most))) if name in values else _NONE
        for name, axis in axes.items()
    }
    return [{"x": columns[name], "y": share, "setting": each.number} for name, share in shares.items()]


def _scored_rows(
    settings: Any, axes: Mapping[str, ValueAxis], columns: Mapping[str, float], height: Height, width: float
) -> list[dict[str, Any]]:
    rows = []
    for each in settings:
        end = _goodness(height, each.score)
        path = [*_path(each, axes, columns, _NUDGE), {"x": width, "y": end, "setting": each.number}]
        rows += [{**row, "colour": _colour(end)} for row in path]
    return rows


def _failed_rows(
    settings: Sequence[Searched], axes: Mapping[str, ValueAxis], columns: Mapping[str, float]
) -> list[dict[str, Any]]:
    return [{**row, "colour": _FAILED} for each in settings for row in _path(each, axes, columns, _NUDGE)]


def _goodness(height: Height, score: float) -> float:
    """How far up the last axis a score is; the better end is the upper one."""
    return 1 - height.share(score) if height.direction == "min" else height.share(score)


def _colour(goodness: float) -> str:
    return viridis(0.95 * (1 - goodness))


def _channels() -> dict[str, Any]:
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 1], range=[_HEIGHT, 36], nice=False), axis=None)
    return {"x": x, "y": y}


def _lines(rows: Sequence[Mapping[str, Any]], width: float, opacity: float) -> list[alt.Chart]:
    colour = alt.Color("colour:N", scale=None)
    line = alt.Chart(alt.Data(values=list(rows))).mark_line(strokeWidth=width, opacity=opacity)
    return [line.encode(**_channels(), color=colour, detail="setting:N")] if rows else []


def _best(
    best: Sequence[Searched],
    axes: Mapping[str, ValueAxis],
    columns: Mapping[str, float],
    height: Height,
    width: float,
) -> list[alt.Chart]:
    """The best setting's line, white around it so that it stands out of the others, with its values as points."""
    rows = []
    for each in best:
        rows = [*_path(each, axes, columns, 0.0)]
        rows += [{"x": width, "y": _goodness(height, each.score or 0.0), "setting": each.number}]
    data = alt.Chart(alt.Data(values=rows))
    layers = [data.mark_line(color="white", strokeWidth=6), data.mark_line(color=VERMILION, strokeWidth=3)]
    layers += [data.mark_point(filled=True, shape="circle", size=50, color=VERMILION, opacity=1)]
    return [layer.encode(**_channels()) for layer in layers] if rows else []


def _axes(
    axes: Mapping[str, ValueAxis], columns: Mapping[str, float], lacking: Sequence[str]
) -> list[alt.Chart]:
    """Every axis with its values; below those that some setting is `lacking` it says so."""
    layers = []
    for name, axis in axes.items():
        ticks = {axis.share(place): text for place, text in axis.texts.items()}
        ticks |= {_NONE: "none"} if name in lacking else {}
        layers += _axis(columns[name], ticks, wrapped(symbol(name), _BETWEEN - 14, 12))
    return layers


def _objective_axis(height: Height, search: Search, width: float) -> list[alt.Chart]:
    ticks = {_goodness(height, tick): height.axis.label(tick) for tick in height.axis.ticks}
    return _axis(width, ticks, wrapped(search.objective, _BETWEEN - 14, 12), right=True)


def _axis(x: float, ticks: Mapping[float, str], title: Sequence[str], right: bool = False) -> list[alt.Chart]:
    """A vertical line with texts beside its ticks, white around them, and its name above."""
    rows = [
        {"x": x, "y": share, "text": text}
        for share, text in ticks.items()
        if share == _NONE or -0.001 <= share <= 1.001
    ]
    data, side = alt.Chart(alt.Data(values=rows)), 1 if right else -1
    rule = alt.Chart(alt.Data(values=[{"x": x, "y": 0, "y2": 1}])).mark_rule(color="#555555", strokeWidth=1)
    place = {"align": "left" if right else "right", "baseline": "middle", "dx": (14 if right else 6) * side}
    halo = data.mark_text(fontSize=11, stroke="white", strokeWidth=4, opacity=0.9, **place)
    text = data.mark_text(fontSize=11, color=INK, **place)
    mark = data.mark_tick(orient="horizontal", color="#555555", thickness=1, size=7)
    lines = list(title)[:2]
    anchor = "right" if right else "left" if x == 0 else "center"
    heading = alt.Chart(alt.Data(values=[{}])).mark_text(
        text=lines if len(lines) > 1 else lines[0], align=anchor, baseline="bottom", fontSize=12, color=INK,
        lineHeight=13, dy=-13 * (len(lines) - 1),
    )  # fmt: skip
    channels, words = _channels(), alt.Text("text:N")
    return [
        rule.encode(**channels, y2="y2:Q"),
        halo.encode(**channels, text=words),
        mark.encode(**channels),
        text.encode(**channels, text=words),
        heading.encode(x=alt.value(x), y=alt.value(27)),
    ]


def _gradient(width: float) -> list[alt.Chart]:
    """The colours along the last axis."""
    ends = [(place / _SHADES, (place + 1.1) / _SHADES) for place in range(_SHADES)]  # no seams between them
    rows = [
        {"x": width, "x2": width + 9, "y": low, "y2": min(high, 1.0), "colour": _colour(low)}
        for low, high in ends
    ]
    data = alt.Chart(alt.Data(values=rows)).mark_rect(opacity=1, strokeWidth=0)
    return [data.encode(**_channels(), x2="x2:Q", y2="y2:Q", color=alt.Color("colour:N", scale=None))]
