"""Accuracy of a classification against the swept axis."""

import math
from collections.abc import Sequence

import altair as alt

from regctl.report.axes import Axis
from regctl.report.figure.frame import Frame
from regctl.report.figure.lines import key_layers, line_layers
from regctl.report.figure.marks import break_layers
from regctl.report.figure.scales import across, linear_axis
from regctl.report.figure.theme import INK, headed, styled, width_of
from regctl.report.figure.thinning import thinned_points
from regctl.report.numbers import with_error
from regctl.types import CurvePoint

_WIDTH, _HEIGHT = 660, 380


def accuracy_curve(
    points: Sequence[CurvePoint], selected: float | None, *, axis: Axis, subtitle: str | Sequence[str]
) -> alt.LayerChart:
    """Share of training and validation rows predicted right, with bands of ± one standard error.

    Parameters:
        points: accuracies in the place of the losses, in any order.
        selected: the selected setting's value on the axis; None when there is none.
        axis: that the points' values are on.
        subtitle: model, grid and seeds, in words.
    """
    x = across(axis, [point.value for point in points])
    finite = [each for point in points for each in _ends(point) if math.isfinite(each)]
    y = linear_axis([min(1.0, max(0.0, each)) for each in finite] or [0.0, 1.0])
    frame = Frame(x, y, _WIDTH, _HEIGHT, ("accuracy", "(share of rows predicted right)"), away=False, texts=1)
    layers = [
        *line_layers(frame, thinned_points(points, [] if selected is None else [selected])),
        *break_layers(frame),
        *key_layers(),
    ]
    chosen = next((point for point in points if point.value == selected), None)
    layers += _selected(frame, chosen) if chosen is not None else []
    chart = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    found: alt.LayerChart = styled(headed(chart, _title(chosen, axis), subtitle, _WIDTH), _WIDTH)
    return found


def _ends(point: CurvePoint) -> list[float]:
    pairs = ((point.train_loss, point.train_se), (point.validation_loss, point.validation_se))
    return [value + sign * (error or 0.0) for value, error in pairs for sign in (-1, 1)]


def _title(chosen: CurvePoint | None, axis: Axis) -> str:
    if chosen is None:
        return f"Accuracy against {axis.symbol}"
    accuracy = with_error(chosen.validation_loss, chosen.validation_se)
    return f"Validation accuracy is {accuracy} at the selected {axis.say(chosen.value)}"


def _selected(frame: Frame, chosen: CurvePoint) -> list[alt.Chart]:
    """A dashed line at the selected setting, named at its top."""
    here, top = alt.Chart(frame.data([{"x": chosen.value}])), frame.row(0)
    text = f"selected: {frame.x.axis.say(chosen.value)}"
    fits = (1 - frame.x.share(chosen.value)) * frame.width > width_of(text) + 8
    side = {"align": "left", "dx": 5} if fits else {"align": "right", "dx": -5}
    label = here.mark_text(text=text, fontSize=11.5, color=INK, baseline="middle", **side)
    rule = here.mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2)
    return [
        rule.encode(x=frame.across(), y=alt.value(top - 8), y2=alt.value(frame.height)),
        label.encode(x=frame.across(), y=alt.value(top)),
    ]
