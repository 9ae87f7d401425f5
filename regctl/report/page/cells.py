"""What the page draws as cells: the heat map of two crossed axes, and the confusion matrix."""

from collections.abc import Iterator
from math import isfinite, log

import numpy as np

from regctl.records import confusion
from regctl.report.axes import Axis
from regctl.report.figure.confusion import MOST_CLASSES
from regctl.report.figure.family import crossed_title, place, singled_marks
from regctl.report.figure.heat import Cells, cells, heat_axis
from regctl.report.figure.scales import LossAxis
from regctl.report.figure.theme import viridis
from regctl.report.losses import loss_name
from regctl.report.model import Report
from regctl.report.numbers import count, number, with_error
from regctl.report.page.shapes import Drawing
from regctl.report.points import shown, shown_selection
from regctl.report.setting_names import setting_name
from regctl.report.wording import model, subtitle, swept

_NAMES = {"circle": "minimum", "diamond": "one standard error"}
_DIVERGED = "#9a9a9a"


def heat_drawing(report: Report, axis: Axis, by: Axis) -> tuple[str, Drawing]:
    """The validation loss of every setting as a colour, dark for low."""
    points, selection = shown(report), shown_selection(report)
    x = cells(axis, [point.value for point in points], reverse=axis.name == "lambda")
    y = cells(by, [point.other or 0.0 for point in points], reverse=False)
    columns, rows = list(x.starts), list(y.starts)
    losses = heat_axis(points, axis)
    drawn = []
    for point in points:
        told = with_error(point.validation_loss, point.validation_se)
        finite = isfinite(point.validation_loss)
        drawn.append(
            {
                "i": columns.index(point.value),
                "j": rows.index(point.other or 0.0),
                "fill": viridis(_share(losses, point.validation_loss)) if finite else _DIVERGED,
                "tip": [place(point, axis, by), f"validation {told}" if finite else "diverged"],
                "sign": "" if finite and point.validation_loss <= losses.high else "▲" if finite else "×",
            }
        )
    marked = [
        {"i": columns.index(p.value), "j": rows.index(p.other or 0.0), "shape": shape, "name": _NAMES[shape]}
        for shape, p in reversed(singled_marks(selection))
    ]
    return "heat-map", {
        "kind": "cells",
        "title": crossed_title(selection, axis, by),
        "note": f"{subtitle(report, '')}. Colour: validation {' '.join(loss_name(report))}",
        "x": _names(x, " (strong on the left)"),
        "y": _names(y, " (strong above)"),
        "cells": drawn,
        "marks": marked,
        "bar": {
            "ticks": [[_share(losses, tick), losses.label(tick)] for tick in losses.ticks],
            "colours": [viridis(step / 8) for step in range(9)],
        },
    }


def _names(of: Cells, strong: str) -> Drawing:
    sides = strong if of.axis.name == "lambda" else ""
    return {"label": of.axis.title + sides, "names": [of.axis.value(value) for value in of.starts]}


def _share(losses: LossAxis, loss: float) -> float:
    low, high, at = losses.low, losses.high, losses.clamp(loss)
    if losses.log:
        low, high, at = log(low), log(high), log(at)
    return (at - low) / (high - low)


def confusion_drawing(report: Report) -> Iterator[tuple[str, Drawing]]:
    """Validation rows by class (down) and predicted class (across), of the selected setting's first seed."""
    record, classes = report.record, report.data.target.classes
    if record is None or record.selected is None or not (report.run / confusion.FILE).is_file():
        return
    if not 0 < len(classes) <= MOST_CLASSES:
        return
    counts = confusion.read_confusion(report.run, classes)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape, np.float64), where=totals > 0)
    rows = "validation rows" if report.spec.k_fold is None else "out-of-fold rows"
    right, of = int(np.trace(counts)), int(counts.sum())
    said = f"{100 * right / of:.1f} % of {count(of, rows.removesuffix('s'))}" if of else "None of the rows"
    target = report.data.target.name
    yield (
        "confusion-matrix",
        {
            "kind": "cells",
            "title": f"{said} are predicted right",
            "note": f"{report.spec.name}: {model(report)}, {setting_name(record.selected, swept(report))}",
            "x": {"label": f"predicted {target}", "names": list(classes)},
            "y": {"label": target, "names": list(classes), "down": True},
            "cells": [
                {
                    "i": j,
                    "j": i,
                    "share": round(float(shares[i, j]), 4),
                    "text": f"{counts[i, j]:,}" if counts[i, j] else "",
                    "tip": [
                        f"{target} {classes[i]}, predicted {classes[j]}",
                        f"{count(int(counts[i, j]), 'row')}, {number(100 * float(shares[i, j]))} % of the class",
                    ],
                }
                for i, j in np.ndindex(counts.shape)
            ],
            "marks": [],
        },
    )
