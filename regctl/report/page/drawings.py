"""Which drawings a page has: by the stem of the figure that each stands for, in the order to read them in."""

from collections.abc import Iterator

from regctl.report.model import Report
from regctl.report.page.cells import confusion_drawing, heat_drawing
from regctl.report.page.fit import fit_drawing
from regctl.report.page.histories import histories_drawing
from regctl.report.page.learning import learning_drawing
from regctl.report.page.loss import accuracy_drawing, family_drawing, loss_drawing
from regctl.report.page.path import path_drawing
from regctl.report.page.shapes import Drawing
from regctl.report.wording import swept


def drawings(report: Report) -> dict[str, Drawing]:
    """All that the run has material for. A figure that is not among them is shown as its SVG."""
    return dict(_drawings(report))


def _drawings(report: Report) -> Iterator[tuple[str, Drawing]]:
    axes = swept(report)
    if axes and report.curve:
        yield from learning_drawing(report)
        yield from loss_drawing(report)
        if len(axes) > 1:
            yield family_drawing(report, *axes)
            yield heat_drawing(report, *axes)
        yield from accuracy_drawing(report)
    yield from fit_drawing(report)
    yield from path_drawing(report)
    yield from confusion_drawing(report)
    yield from histories_drawing(report)
