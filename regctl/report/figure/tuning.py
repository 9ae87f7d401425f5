"""A search as it went: the objective of each request in order, and the best so far."""

from collections.abc import Sequence

import altair as alt

from regctl.report.figure.frame import own_ticks
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.objective import Height, Search, height_of, rows_of
from regctl.report.figure.scales import linear_ticks
from regctl.report.figure.theme import BLUE, VERMILION, headed, styled
from regctl.report.hyperparameters import say_all
from regctl.report.numbers import count, with_error
from regctl.report.searching import best_of, most_epochs, running_best

WIDTH, HEIGHT = 660, 380
FAINT = "#9db8cc"


def tuning_figure(search: Search, *, subtitle: str | Sequence[str]) -> alt.LayerChart:
    """The objective against the number of the request, from 1, with the best so far as steps.

    Hyperband's continued rungs are requests of their own; those that trained for fewer epochs than the last rung are
    faint, since their scores are not comparable with its. Failed requests are crosses above.
    """
    ordered = sorted(search.searched, key=lambda each: each.number)
    places = {each.number: float(place) for place, each in enumerate(ordered, start=1)}
    height, x = height_of(search, HEIGHT), _across(len(ordered), search.record.tuner == "hyperband")
    steps = _steps(search, places, height, x)
    layers = [
        *point_layers(search, places, height, x),
        *steps,
        *best_layers(search, places, height, x),
        *height.edge_layers(ordered, x, places),
        *row_of_keys([*point_keys(search), *([_STEPS] if steps else []), BEST, *height.edge_keys(ordered)]),
    ]
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    found: alt.LayerChart = styled(headed(chart, tuning_title(search), subtitle, WIDTH), WIDTH)
    return found


BEST = Key("best", VERMILION, line=False, shape="circle", filled=False, size=110)
_STEPS = Key("best so far", VERMILION)


def tuning_title(search: Search) -> str:
    """The best setting and its score."""
    best = best_of(search.record, search.searched)
    if best is None or best.score is None:
        return "No best setting: every request failed" if search.searched else "Nothing has been tried yet"
    return f"Best {search.objective}: {with_error(best.score, best.spread)} with {say_all(best.values)}"


def point_layers(search: Search, places: dict[int, float], height: Height, x: alt.X) -> list[alt.Chart]:
    """A point for each request with a score on the axis; faint where more epochs were given to others."""
    most = most_epochs(search.searched)
    layers = []
    for full in (False, True):
        requests = [each for each in search.searched if (each.epochs >= most) is full]
        rows = rows_of(requests, places, height)
        look = {"fill": BLUE, "stroke": "white"} if full else {"fill": "white", "stroke": FAINT}
        points = alt.Chart(alt.Data(values=rows)).mark_point(
            shape="circle", size=46 if full else 30, strokeWidth=0.6 if full else 1.4, opacity=1, **look
        )
        layers += [points.encode(x=x, y=height.up())]
    return layers


def point_keys(search: Search) -> list[Key]:
    """Their legend."""
    most = most_epochs(search.searched)
    if all(each.epochs >= most for each in search.searched):
        return [Key("setting", BLUE, shape="circle", line=False, size=46)]
    return [
        Key(f"trained for {count(most, 'epoch')}", BLUE, shape="circle", line=False, size=46),
        Key("for fewer", FAINT, shape="circle", line=False, filled=False, size=36),
    ]


def best_layers(search: Search, places: dict[int, float], height: Height, x: alt.X) -> list[alt.Chart]:
    """A ring around the best."""
    best = best_of(search.record, search.searched)
    rows = [] if best is None else rows_of([best], places, height)
    ring = alt.Chart(alt.Data(values=rows)).mark_point(
        shape="circle", size=150, stroke=VERMILION, strokeWidth=2.4, opacity=1
    )
    return [ring.encode(x=x, y=height.up())]


def _across(requests: int, continued: bool) -> alt.X:
    room = max(0.04 * requests, 0.5)
    scale = alt.Scale(domain=[1 - room, requests + room], nice=False, zero=False)
    ticks = {tick for tick in linear_ticks(1, max(requests, 2)) if tick == round(tick)} | {1.0}
    title = "request of the tuner, in order (a continued rung is one of its own)"
    title = title if continued else "setting, in the order tried"
    texts = own_ticks({float(tick): f"{round(tick):,}" for tick in sorted(ticks)})
    return alt.X("x:Q", scale=scale, axis=alt.Axis(title=title, titlePadding=8, grid=False, **texts))


def _steps(search: Search, places: dict[int, float], height: Height, x: alt.X) -> list[alt.Chart]:
    rows = [
        {"x": places[number], "y": score}
        for number, score in running_best(search.record, search.searched)
        if height.axis.shows(score)
    ]
    line = alt.Chart(alt.Data(values=rows)).mark_line(
        interpolate="step-after", color=VERMILION, strokeWidth=1.8
    )
    return [line.encode(x=x, y=height.up())] if len(rows) > 1 else []
