"""The loss curve: one Altair definition gives SVG and PNG.

Only glyphs of Liberation Sans, the font that vl-convert carries, so that the figure is the same on a machine
without fonts: no superscripts, no check marks.
"""

from collections.abc import Sequence
from pathlib import Path

import altair as alt

from regctl.records.files import saving, write_bytes, write_text
from regctl.report.figure.annotations import regions, title
from regctl.report.figure.frame import Frame
from regctl.report.figure.lines import key_layers, line_layers
from regctl.report.figure.marks import break_layers, marker_layers, off_scale_layers, region_layers
from regctl.report.figure.off_scale import off_scale
from regctl.report.figure.scales import loss_axis, strength_axis
from regctl.types import CurvePoint, Selection

_WIDTH, _HEIGHT = 660, 400


def loss_curve(
    points: Sequence[CurvePoint], selection: Selection | None, *, loss_label: Sequence[str], subtitle: str
) -> alt.LayerChart:
    """Training and validation data loss against λ, as the textbook draws regularization.

    λ runs from strong (left) to weak (right) on a log axis; λ = 0 has its own place at the right end, one
    decade below the smallest other after a visible break, and is not joined to the line. Bands are ± one
    standard error. The minimum has a dot and a dashed line, the one-standard-error choice a diamond and a
    dotted line. What a sensible axis does not show (a setting that exploded or diverged) is marked at its
    edge.

    Parameters:
        points: of the curve, in any order.
        selection: None when no setting can be selected.
        loss_label: lines of text: what the data loss is, and on which scale.
        subtitle: model, grid and seeds, in words.
    """
    x = strength_axis([point.value for point in points])
    y = loss_axis(points)
    away = off_scale(points, x, y, _WIDTH)
    frame = Frame(x, y, _WIDTH, _HEIGHT, loss_label, any(group.edge != "below" for group in away))
    layers = [
        *region_layers(frame, regions(points, selection)),
        *line_layers(frame, points),
        *break_layers(frame),
        *marker_layers(frame, selection),
        *off_scale_layers(frame, away),
        *key_layers(),
    ]
    heading = alt.TitleParams(title(points, selection), subtitle=subtitle)
    return _styled(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT, title=heading))


def _styled(chart: alt.LayerChart) -> alt.LayerChart:
    ink = {"labelColor": "#222222", "titleColor": "#222222", "domainColor": "#555555", "tickColor": "#555555"}
    sizes = {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": "#ececec"}
    heading = {"anchor": "start", "frame": "group", "limit": _WIDTH, "offset": 12}
    letters = {"fontSize": 15, "subtitleFontSize": 12, "subtitleColor": "#555555", "subtitlePadding": 5}
    return (
        chart.configure(font="Liberation Sans, Arial, Helvetica, sans-serif", background="white")
        .configure_view(stroke=None)
        .configure_axis(**ink, **sizes)
        .configure_title(**heading, **letters)
    )


def save(chart: alt.LayerChart, folder: Path, stem: str) -> tuple[Path, Path]:
    """Write `<stem>.svg` and `<stem>.png` (two pixels to the unit); nothing is fetched from anywhere.

    Raises:
        StorageError: the disk refused.
    """
    import vl_convert

    with saving(folder):
        folder.mkdir(exist_ok=True)
    drawing = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    svg, png = folder / f"{stem}.svg", folder / f"{stem}.png"
    write_text(svg, drawing)
    write_bytes(png, vl_convert.svg_to_png(drawing, scale=2))
    return svg, png
