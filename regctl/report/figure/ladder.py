"""Hyperband's rounds: what each setting scored at each rung, and which went on."""

import math
from collections.abc import Sequence

import altair as alt

from regctl.records.search_record import Searched
from regctl.report.figure.frame import own_ticks
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.objective import Height, Search, height_of
from regctl.report.figure.scales import LossAxis
from regctl.report.figure.theme import BLUE, VERMILION, headed, styled, width_of
from regctl.report.hyperparameters import say_all
from regctl.report.numbers import count, number
from regctl.report.searching import best_of, finished, ladders

_WIDTH, _HEIGHT, _SPACE = 660, 380, 14
_STOPPED = "#9a9a9a"
_STOPPED_KEY = Key("stopped early", _STOPPED, shape="circle", width=1.2, size=24)
_REACHED_KEY = Key("reached the last rung", BLUE, shape="circle", width=1.8, size=30)
_WINNER_KEY = Key("best", VERMILION, shape="circle", width=3, size=60)

Ladder = Sequence[Searched]


def ladder_figure(search: Search, *, subtitle: str | Sequence[str]) -> alt.VConcatChart:
    """The objective against epochs (log), a line per setting through its rungs; a panel for each bracket.

    The bracket that halves most often comes first. Grey lines are settings that were stopped before the bracket's last
    rung; the best setting of all is the thick one.
    """
    found = ladders(search.searched)
    brackets = sorted({each[0].bracket or 0 for each in found}, reverse=True)
    height = height_of(search, _HEIGHT)
    width = (_WIDTH - _SPACE * (len(brackets) - 1)) // max(len(brackets), 1)
    low, high = (pick((each.epochs for each in search.searched), default=1) for pick in (min, max))
    keys = row_of_keys([_STOPPED_KEY, _REACHED_KEY, _WINNER_KEY, *height.edge_keys(search.searched)], 6)
    panels = []
    for place, bracket in enumerate(brackets):
        own = [each for each in found if (each[0].bracket or 0) == bracket]
        x = _across(own, (low, high), width)
        layers = _lines(search, own, height, x, place == 0)
        panels.append(
            alt.layer(*layers, *_heading(bracket, own, width)).properties(width=width, height=_HEIGHT)
        )
    legend = alt.layer(*keys).properties(width=_WIDTH, height=12)
    chart = alt.vconcat(legend, alt.hconcat(*panels, spacing=_SPACE), spacing=24)
    whole: alt.VConcatChart = styled(headed(chart, _title(search), subtitle, _WIDTH), _WIDTH)
    return whole


def _title(search: Search) -> str:
    best = best_of(search.record, search.searched)
    if best is None or best.score is None:
        return "Hyperband: every request failed"
    score = number(best.score)
    return f"Hyperband's best, {say_all(best.values)}: {search.objective} {score} after {count(best.epochs, 'epoch')}"


def _heading(bracket: int, own: Sequence[Ladder], width: int) -> list[alt.Chart]:
    """Two lines above a panel where they fit, else the first."""
    here = alt.Chart(alt.Data(values=[{}]))
    text = f"bracket {bracket}: {count(len(own), 'setting')}"
    text = text if width_of(text) <= width else f"bracket {bracket}: {len(own)}"
    name = here.mark_text(text=text, align="left", baseline="middle", fontSize=11.5, fontWeight="bold")
    return [name.encode(x=alt.value(0), y=alt.value(-10))]


def _across(own: Sequence[Ladder], ends: tuple[int, int], width: int) -> alt.X:
    """All panels have the same epochs; each has ticks at its own rungs, as far as they do not collide."""
    low, high = float(ends[0]), float(ends[1])
    low, high = (low, high) if high > low else (low / 1.5, high * 1.5)
    room = (high / low) ** 0.06
    scale = alt.Scale(type="log", domain=[low / room, high * room], nice=False)
    kept: list[int] = []
    for tick in sorted({each.epochs for ladder in own for each in ladder}, reverse=True):
        apart = math.inf if not kept else math.log(kept[-1] / tick) / math.log(high / low) * width
        kept += [tick] if apart >= 8 + width_of(f"{tick:,}", 11) else []
    texts = own_ticks({float(tick): f"{tick:,}" for tick in kept})
    title = "epochs (log scale)" if width >= 130 else "epochs"
    return alt.X("x:Q", scale=scale, axis=alt.Axis(title=title, titlePadding=8, grid=False, **texts))


def _lines(search: Search, own: Sequence[Ladder], height: Height, x: alt.X, named: bool) -> list[alt.Chart]:
    best = best_of(search.record, search.searched)
    last = max((each.epochs for ladder in own for each in finished(ladder)), default=0)
    layers = []
    groups = (
        (_STOPPED_KEY, [each for each in own if each[-1].epochs < last or not finished(each[-1:])]),
        (_REACHED_KEY, [each for each in own if each[-1].epochs >= last and finished(each[-1:])]),
        (_WINNER_KEY, [each for each in own if best is not None and best in each]),
    )
    for key, group in groups:
        rows = [row for ladder in group for row in _rows(ladder, height.axis)]
        data = alt.Chart(alt.Data(values=rows))
        channels = {"x": x, "y": height.up(named=named)}
        line = data.mark_line(color=key.colour, strokeWidth=key.width, opacity=0.9)
        points = data.mark_point(shape="circle", filled=True, size=key.size, color=key.colour, opacity=1)
        layers += [line.encode(**channels, detail="setting:N"), points.encode(**channels)]
    requests = [each for ladder in own for each in ladder]
    return [*layers, *height.edge_layers(requests, x, {each.number: float(each.epochs) for each in requests})]


def _rows(ladder: Ladder, axis: LossAxis) -> list[dict[str, float]]:
    return [
        {"x": each.epochs, "y": each.score, "setting": ladder[0].number}
        for each in finished(ladder)
        if each.score is not None and axis.shows(each.score)
    ]
