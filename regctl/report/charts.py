"""The loss curve, and how a figure is written: one Altair definition gives SVG and PNG."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt

from regctl.records.files import saving, write_bytes, write_text
from regctl.report.axes import AXES, Axis
from regctl.report.figure.annotations import regions, title
from regctl.report.figure.frame import Frame
from regctl.report.figure.gap import gap_panel
from regctl.report.figure.lines import key_layers, line_layers
from regctl.report.figure.marks import break_layers, marker_layers, off_scale_layers, region_layers
from regctl.report.figure.off_scale import off_scale
from regctl.report.figure.scales import across, loss_axis
from regctl.report.figure.theme import headed, styled
from regctl.report.figure.thinning import thinned_points
from regctl.types import CurvePoint, Selection

_WIDTH, _HEIGHT = 660, 400
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def loss_curve(
    points: Sequence[CurvePoint],
    selection: Selection | None,
    *,
    loss_label: Sequence[str],
    subtitle: str | Sequence[str],
    axis: Axis = AXES["lambda"],
) -> alt.LayerChart | alt.VConcatChart:
    """Training and validation data loss against the swept axis, as the textbook draws regularization.

    λ runs from strong (left) to weak (right) on a log axis; λ = 0 has its own place at the right end, one
    decade below the smallest other after a visible break, and is not joined to the line. A polynomial's degree and
    dropout rates run from low to high on a linear axis; below the curve of a dropout rate is the gap between
    training and validation. Bands are ± one standard error. The minimum has a dot and a dashed line, the
    one-standard-error choice a diamond and a dotted line. What a sensible axis does not show (a setting that exploded
    or diverged) is marked at its edge. Of more than 600 settings, the lines go through 600 evenly spaced ones.

    Parameters:
        points: of the curve, in any order.
        selection: None when no setting can be selected.
        loss_label: lines of text: what the data loss is, and on which scale.
        subtitle: model, grid and seeds, in words.
        axis: that the points' values are on.
    """
    x = across(axis, [point.value for point in points])
    y = loss_axis(points, axis)
    drawn = thinned_points(points, _singled_out(selection))
    away = off_scale(points, x, y, _WIDTH)
    with_gap = axis.name == "dropout"
    above = any(group.edge != "below" for group in away)
    frame = Frame(x, y, _WIDTH, _HEIGHT, loss_label, above, named=not with_gap)
    layers = [
        *region_layers(frame, regions(points, selection, x)),
        *line_layers(frame, drawn),
        *break_layers(frame),
        *marker_layers(frame, selection),
        *off_scale_layers(frame, away),
        *key_layers(),
    ]
    chart: Any = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    if with_gap:
        below = Frame(x, y, _WIDTH, _HEIGHT, loss_label, above)
        chart = alt.vconcat(chart, gap_panel(below, drawn), spacing=14)
    found: alt.LayerChart | alt.VConcatChart = styled(
        headed(chart, title(points, selection, axis), subtitle, _WIDTH), _WIDTH
    )
    return found


def _singled_out(selection: Selection | None) -> list[float]:
    if selection is None:
        return []
    found = (selection.minimum, selection.one_standard_error, selection.selected)
    return [point.value for point in found if point is not None]


def save(chart: Any, folder: Path, stem: str) -> tuple[Path, Path]:
    """Write `<stem>.svg` and `<stem>.png` (two pixels to the unit); nothing is fetched from anywhere.

    Raises:
        StorageError: the disk refused.
    """
    import vl_convert

    with saving(folder):
        folder.mkdir(exist_ok=True)
    drawing = vl_convert.vegalite_to_svg(_visible(chart.to_dict(validate=False)), allowed_base_urls=[])
    svg, png = folder / f"{stem}.svg", folder / f"{stem}.png"
    write_text(svg, drawing)
    write_bytes(png, vl_convert.svg_to_png(drawing, scale=2))
    return svg, png


def _visible(definition: Any) -> Any:
    """A definition without control codes and subscripts.

    At a control code, which a column's name may have, vl-convert ends the process; the font has no subscripts, and a
    text with one would be set in another font.
    """
    if isinstance(definition, dict):
        return {name: _visible(value) for name, value in definition.items()}
    if isinstance(definition, list):
        return [_visible(value) for value in definition]
    if isinstance(definition, str):
        return _CONTROL.sub(" ", definition).translate(_SUBSCRIPTS)
    return definition
