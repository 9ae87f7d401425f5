"""The gap between validation and training loss, in a panel below the loss curve."""

import math
from collections.abc import Sequence

import altair as alt

from regctl.report.figure.frame import Frame, own_ticks
from regctl.report.figure.scales import linear_axis
from regctl.report.figure.theme import GREEN
from regctl.types import CurvePoint

_HEIGHT = 110


def gap_panel(frame: Frame, points: Sequence[CurvePoint]) -> alt.LayerChart:
    """Validation less training data loss against the swept axis, as a line over a shaded area from 0.

    Only where the loss curve shows both: one setting that exploded may not flatten the rest.
    """
    shown = [
        point
        for point in sorted(points, key=lambda each: each.value)
        if math.isfinite(point.validation_loss)
        and max(point.validation_loss, point.train_loss) <= frame.y.high
    ]
    rows = [{"x": point.value, "y": point.validation_loss - point.train_loss} for point in shown]
    axis = linear_axis([0.0, *(row["y"] for row in rows)])
    ticks = own_ticks({tick: axis.label(tick) for tick in axis.ticks})
    scale = alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False)
    title = ["gap: validation", "− training"]
    y = alt.Y("y:Q", scale=scale, axis=alt.Axis(title=title, titlePadding=10, **ticks))
    chart = alt.Chart(frame.data(rows))
    zero = alt.Chart(alt.Data(values=[{"y": 0.0}])).mark_rule(color="#555555", strokeWidth=1)
    layers = [
        chart.mark_area(color=GREEN, opacity=0.18).encode(x=frame.across(), y=y, y2=alt.datum(0.0)),
        zero.encode(y=y),
        chart.mark_line(color=GREEN, strokeWidth=2).encode(x=frame.across(), y=y),
        chart.mark_point(color=GREEN, shape="diamond", filled=True, size=40, opacity=1).encode(
            x=frame.across(), y=y
        ),
    ]
    return alt.layer(*layers).properties(width=frame.width, height=_HEIGHT)
