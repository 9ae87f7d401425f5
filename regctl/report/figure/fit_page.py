"""The fit plot with sliders, as one HTML file that needs no network."""

import html
from collections.abc import Mapping, Sequence

import altair as alt

from regctl.records.fits import FitPoints, FittedCurve
from regctl.report.axes import Axis
from regctl.report.figure.fit import (
    HEIGHT,
    WIDTH,
    FitAxes,
    fit_axes,
    fit_title,
    point_keys,
    point_layers,
    thinned_note,
)
from regctl.report.figure.key import row_of_keys
from regctl.report.figure.theme import INK, headed, styled

# Vega shows a slider's own number beside it, which is a place in the grid and says nothing.
_STYLE = """<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
.vega-embed { width: 100%; }
.vega-embed svg { max-width: 100%; height: auto; }
body { font-family: 'Liberation Sans', Arial, Helvetica, sans-serif; margin: 16px; }
.vega-bind { font-size: 14px; margin: 6px 0; }
.vega-bind-name { display: inline-block; min-width: 9em; }
.vega-bind input[type=range] { width: 320px; max-width: 60vw; vertical-align: middle; }
.vega-bind input[type=range] ~ * { display: none; }
</style>
"""


def fit_page(
    curves: Sequence[FittedCurve],
    parts: Sequence[FitPoints],
    selected: tuple[float, float | None] | None,
    notes: Mapping[tuple[float, float | None], str],
    *,
    axis: Axis,
    by: Axis | None,
    x_label: str,
    y_label: Sequence[str],
    subtitle: str | Sequence[str],
) -> str:
    """HTML with a slider for each axis; the curve drawn is that of the setting they point at.

    Parameters are `fit_plot`'s; `notes` are texts for settings, shown while theirs is the curve.
    """
    import vl_convert

    axes = fit_axes(parts, x_label, y_label)
    own = sorted({curve.value for curve in curves})
    other = sorted({curve.other for curve in curves if curve.other is not None})
    start = selected or (curves[0].value, curves[0].other)
    sliders = [_slider("own", axis, own, start[0])]
    if by is not None and other:
        sliders.append(_slider("other", by, other, start[1] or 0.0))
    at = {(curve.value, curve.other): _place(curve, own, other) for curve in curves}
    layers = [*point_layers(axes, parts), *row_of_keys(point_keys(parts))]
    layers += [_line(axes, curves, at), *_texts(curves, notes, at, axis, by)]
    below = [*([subtitle] if isinstance(subtitle, str) else subtitle), *thinned_note(parts)]
    chart = alt.layer(*layers).add_params(*sliders).properties(width=WIDTH, height=HEIGHT)
    title = fit_title(selected, axis, by)
    whole = styled(headed(chart, title, below, WIDTH), WIDTH)
    definition = whole.to_dict(validate=False) | {"usermeta": {"embedOptions": {"actions": False}}}
    page: str = vl_convert.vegalite_to_html(definition, bundle=True, renderer="svg")
    named = page.replace("<title>Chart</title>", f"<title>{html.escape(title)}</title>", 1)
    return _without_markup(named).replace("<head>", f"<head>{_STYLE}", 1)


def _without_markup(page: str) -> str:
    """The page with no `<` in the chart's definition: a column named `</script>` would end the script there."""
    end = page.rindex("\n    const opts = ")
    start = page.rindex("\n", 0, end)  # the definition is one line: JSON writes a line break as \\n
    return page[:start] + page[start:end].replace("<", "\\u003c") + page[end:]


def _place(curve: FittedCurve, own: Sequence[float], other: Sequence[float]) -> tuple[int, int]:
    return own.index(curve.value), 0 if curve.other is None else other.index(curve.other)


def _slider(name: str, axis: Axis, values: Sequence[float], start: float) -> alt.Parameter:
    """A slider over places in the grid, from the smallest value to the largest."""
    bound = alt.binding_range(min=0, max=max(len(values) - 1, 1), step=1, name=axis.symbol)
    return alt.param(name=name, value=values.index(start) if start in values else 0, bind=bound)


def _chosen(by_two: bool) -> str:
    return "datum.i == own" + (" && datum.j == other" if by_two else "")


def _line(
    axes: FitAxes, curves: Sequence[FittedCurve], at: Mapping[tuple[float, float | None], tuple[int, int]]
) -> alt.Chart:
    """All curves as one text of numbers, of which a filter lets one through."""
    span = axes.y.high - axes.y.low
    rows = ["i,j,x,y"]
    for curve in curves:
        i, j = at[curve.value, curve.other]
        heights = curve.prediction.clip(axes.y.low - span, axes.y.high + span)
        rows += [f"{i},{j},{x:.6g},{y:.6g}" for x, y in zip(curve.x, heights, strict=True) if y == y]
    form = {"type": "csv", "parse": dict.fromkeys(("i", "j", "x", "y"), "number")}
    chart = alt.Chart(alt.InlineData(values="\n".join(rows), format=alt.DataFormat(**form)))
    line = chart.mark_line(color=INK, strokeWidth=2.5, clip=True)
    by_two = curves[0].other is not None
    return line.encode(x=axes.across(), y=axes.up()).transform_filter(_chosen(by_two))


def _texts(
    curves: Sequence[FittedCurve],
    notes: Mapping[tuple[float, float | None], str],
    at: Mapping[tuple[float, float | None], tuple[int, int]],
    axis: Axis,
    by: Axis | None,
) -> list[alt.Chart]:
    """Which setting's curve it is, and its note."""
    rows = []
    for curve in curves:
        i, j = at[curve.value, curve.other]
        second = "" if by is None or curve.other is None else f", {by.say(curve.other)}"
        note = notes.get((curve.value, curve.other), "")
        rows.append({"i": i, "j": j, "name": axis.say(curve.value) + second, "note": note})
    layers = []
    for field, height, size in (("name", 14, 14), ("note", 34, 12)):
        chart = alt.Chart(alt.Data(values=rows)).transform_filter(_chosen(curves[0].other is not None))
        style = {"align": "left", "baseline": "middle", "fontSize": size, "color": INK}
        bold = {"fontWeight": "bold"} if field == "name" else {}
        text = chart.mark_text(**style, **bold)
        layers.append(text.encode(x=alt.value(8), y=alt.value(height), text=f"{field}:N"))
    return layers
