"""The learning curve: data losses against the number of training rows, and what twice the rows would bring."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from regctl.report.axes import AXES
from regctl.report.figure.frame import Frame
from regctl.report.figure.key import Key, row_of_keys
from regctl.report.figure.lines import PART_KEYS, line_layers
from regctl.report.figure.marks import off_scale_layers
from regctl.report.figure.off_scale import off_scale
from regctl.report.figure.scales import loss_axis, rows_axis
from regctl.report.figure.theme import INK, headed, styled
from regctl.report.numbers import number, with_interval
from regctl.types import CurvePoint, Interval

_WIDTH, _HEIGHT = 660, 400


@dataclass(frozen=True)
class FittedLaw:
    """A power law fitted to the validation losses, or the reason why there is no forecast.

    `rows` and `loss` `[m]` trace the law, ascending, to the rows of the forecast. `forecast` is the loss at
    `forecast_rows` with its interval; None where it is refused, and `refusal` then says why, in a sentence.
    """

    rows: Sequence[float] = ()
    loss: Sequence[float] = ()
    forecast_rows: float | None = None
    forecast: Interval | None = None
    refusal: str | None = None


def learning_curve(
    points: Sequence[CurvePoint],
    law: FittedLaw | None = None,
    *,
    loss_label: Sequence[str],
    subtitle: str | Sequence[str],
) -> alt.LayerChart:
    """Training and validation data loss against the number of training rows, on a log axis.

    Bands are ± one standard error. The fitted law is dashed and goes on beyond the rows there are; the forecast has a
    point with its interval, a refusal stands in the subtitle.

    Parameters:
        points: `value` is the number of training rows; in any order.
        law: None where none was fitted.
        loss_label: lines of text: what the data loss is, and on which scale.
        subtitle: model, sizes and seeds, in words.
    """
    law = law or FittedLaw()
    ahead = [] if law.forecast_rows is None else [law.forecast_rows]
    x = rows_axis([point.value for point in points] + ahead)
    y = loss_axis(points, AXES["samples"], also=shown_losses(law))
    away = off_scale(points, x, y, _WIDTH)
    frame = Frame(x, y, _WIDTH, _HEIGHT, loss_label, any(group.edge != "below" for group in away), texts=1)
    keys = (*PART_KEYS, *((_LAW,) if law.rows else ()), *((_FORECAST,) if law.forecast else ()))
    layers = [
        *_law_layers(frame, law),
        *line_layers(frame, points),
        *_forecast_layers(frame, law),
        *off_scale_layers(frame, away),
        *row_of_keys(keys),
    ]
    below = (subtitle,) if isinstance(subtitle, str) else tuple(subtitle)
    below += () if law.refusal is None else (f"No forecast: {law.refusal}",)
    chart = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    found: alt.LayerChart = styled(headed(chart, learning_title(points, law), below, _WIDTH), _WIDTH)
    return found


_LAW = Key("fitted power law", INK, dash=(5, 3), width=1.5)
_FORECAST = Key("forecast", INK, line=False, shape="diamond", size=70)


def learning_title(points: Sequence[CurvePoint], law: FittedLaw) -> str:
    """How far the validation loss falls as rows are added."""
    finished = [point for point in points if math.isfinite(point.validation_loss)]
    if not finished:
        return "Every size of the training set has a trial that diverged"
    least, most = (pick(finished, key=lambda point: point.value) for pick in (min, max))
    if least is most:
        return f"Loss with {AXES['samples'].say(least.value)}, the only size that can be compared"
    fewer, more = number(least.validation_loss), number(most.validation_loss)
    verb = "falls" if most.validation_loss < least.validation_loss else "does not fall"
    rows = AXES["samples"]
    verb = f" {verb}" if law.refusal is None else ""  # the refusal may be that it is not shown to fall
    return (
        f"Validation loss{verb}: {fewer} with {rows.say(least.value)}, {more} with {rows.value(most.value)}"
    )


def shown_losses(law: FittedLaw) -> list[float]:
    """The law's losses, which the axis should show."""
    found = law.forecast
    ends = () if found is None else (found.value, found.low, found.high)
    return [*law.loss, *(end for end in ends if end is not None)]


def _law_layers(frame: Frame, law: FittedLaw) -> list[alt.Chart]:
    pairs = [(rows, loss) for rows, loss in zip(law.rows, law.loss, strict=True) if frame.y.shows(loss)]
    data = frame.data({"x": rows, "y": loss} for rows, loss in pairs)
    line = alt.Chart(data).mark_line(color=INK, strokeWidth=_LAW.width, strokeDash=list(_LAW.dash))
    return [line.encode(x=frame.across(), y=frame.up())] if len(pairs) > 1 else []


def _forecast_layers(frame: Frame, law: FittedLaw) -> list[alt.Chart]:
    found, rows = law.forecast, law.forecast_rows
    if found is None or rows is None:
        return []
    place = {"x": rows, "y": frame.y.clamp(found.value)}
    if found.low is not None and found.high is not None:
        place |= {"low": frame.y.clamp(found.low), "high": frame.y.clamp(found.high)}
    here = alt.Chart(frame.data([place]))
    text = f"forecast with {AXES['samples'].say(rows)}: {with_interval(found.value, found.low, found.high)}"
    style = {"align": "right", "baseline": "middle", "fontSize": 11.5, "color": INK, "dx": 6}
    layers = [here.mark_text(text=text, **style).encode(x=frame.across(), y=alt.value(frame.row(-1)))]
    if "low" in place:
        rule = here.mark_rule(color=INK, strokeWidth=1.6)
        layers.append(rule.encode(x=frame.across(), y=frame.up("low"), y2="high:Q"))
    point = here.mark_point(shape="diamond", filled=True, size=90, color=INK, opacity=1)
    return [*layers, point.encode(x=frame.across(), y=frame.up())]
