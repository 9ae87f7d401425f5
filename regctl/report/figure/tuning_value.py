"""The objective of a search against one of its hyperparameters."""

from collections.abc import Sequence

import altair as alt

from regctl.report.figure.frame import own_ticks
from regctl.report.figure.key import row_of_keys
from regctl.report.figure.objective import Height, Search, height_of, rows_of
from regctl.report.figure.theme import BLUE, headed, styled
from regctl.report.figure.tuning import BEST, HEIGHT, WIDTH, best_layers, point_keys, point_layers
from regctl.report.figure.value_axis import ValueAxis, frozen_values, nudge, value_axis
from regctl.report.hyperparameters import say, title
from regctl.report.numbers import with_error
from regctl.report.searching import best_of, most_epochs

_NUDGE = 0.28  # of the distance between choices


def value_figure(search: Search, name: str, *, subtitle: str | Sequence[str]) -> alt.LayerChart:
    """The objective against a hyperparameter, on a log axis where it was searched so; choices have places.

    Bars are ± one standard deviation over replicates, of the last rung only; earlier rungs are faint. Points of one
    choice lie side by side, so that none covers another.
    """
    having = [each for each in search.searched if name in each.values]
    values = {each.number: frozen_values(dict(each.values))[name] for each in having}
    axis = value_axis(list(values.values()) or [0.0], search.record.space_kinds.get(name, "linear"))
    places = {number: axis.place(value, nudge(number, _NUDGE)) for number, value in values.items()}
    height, x = height_of(search, HEIGHT, spreads=True), _across(axis, name)
    layers = [
        *_bars(search, places, height, x),
        *point_layers(search, places, height, x),
        *best_layers(search, places, height, x),
        *height.edge_layers(having, x, places),
        *row_of_keys([*point_keys(search), BEST, *height.edge_keys(having)]),
    ]
    below = [subtitle] if isinstance(subtitle, str) else list(subtitle)
    if search.replicates and any(each.spread for each in having):
        below.append(f"Bars: ± one standard deviation over {search.replicates}.")
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    found: alt.LayerChart = styled(headed(chart, _title(search, name), below, WIDTH), WIDTH)
    return found


def _title(search: Search, name: str) -> str:
    best = best_of(search.record, search.searched)
    if best is None or best.score is None or name not in best.values:
        return (
            f"{search.objective[:1].upper()}{search.objective[1:]} against {title(name).partition(' (')[0]}"
        )
    score = with_error(best.score, best.spread)
    return f"Best {search.objective} at {say(name, best.values[name])}: {score}"


def _across(axis: ValueAxis, name: str) -> alt.X:
    kind = "log" if axis.kind == "log" else "linear"
    scale = alt.Scale(type=kind, domain=[axis.low, axis.high], nice=False, zero=False)
    ticks = own_ticks(axis.texts)
    return alt.X("x:Q", scale=scale, axis=alt.Axis(title=title(name), titlePadding=8, grid=False, **ticks))


def _bars(search: Search, places: dict[int, float], height: Height, x: alt.X) -> list[alt.Chart]:
    most = most_epochs(search.searched)
    last = [each for each in search.searched if each.epochs >= most and each.spread]
    bars = alt.Chart(alt.Data(values=rows_of(last, places, height)))
    rule = bars.mark_rule(color=BLUE, strokeWidth=1.2, opacity=0.55)
    return [rule.encode(x=x, y=height.up("low"), y2="high:Q")] if last else []
