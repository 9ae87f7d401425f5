"""A run's figures, drawn from its files. Imports Altair."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from regctl.analysis.selection import best_at_each
from regctl.records import confusion, contours, fits
from regctl.records.learning import read_learning
from regctl.report import figures
from regctl.report.accuracies import accuracies
from regctl.report.axes import AXES, Axis
from regctl.report.charts import loss_curve
from regctl.report.figure.accuracy import accuracy_curve
from regctl.report.figure.confusion import confusion_matrix
from regctl.report.figure.contours import Contours, contour_picture
from regctl.report.figure.family import loss_family
from regctl.report.figure.fit import fit_plot
from regctl.report.figure.heat import heat_map
from regctl.report.figure.learning import FittedLaw, learning_curve
from regctl.report.figure.path import CoefficientPath, coefficient_path
from regctl.report.losses import loss_name, scaled_target
from regctl.report.model import Report
from regctl.report.numbers import number, with_error
from regctl.report.points import line_of, shown, shown_selection
from regctl.report.setting_names import setting_name
from regctl.report.tuning_figures import tuning_charts
from regctl.report.wording import model, replicates, subtitle, swept
from regctl.spec.axes import LARGER_IS_STRONGER, axis_value
from regctl.types import CurvePoint, Interval, Setting

INTERCEPT = "(intercept)"


def charts(report: Report) -> Iterator[tuple[str, Any]]:
    """Stems and charts of all figures that the run has material for."""
    axes = swept(report)
    yield from tuning_charts(report)
    if axes and report.curve:
        yield from _against_the_axis(report, axes[0])
        if len(axes) > 1:
            yield from _crossed(report, *axes)
        yield from _accuracy(report, axes[0])
    yield from _path(report)
    yield from _fit(report)
    yield from _confusion(report)
    yield from _contours(report)


def _against_the_axis(report: Report, axis: Axis) -> Iterator[tuple[str, Any]]:
    """The loss curve: with a second axis, at the place of the minimum on it, or the best at each size."""
    points, selection, label = shown(report), shown_selection(report), loss_name(report)
    if axis.name == "samples":
        chosen = f"{AXES[report.manifest.by].symbol} chosen anew at each size" if report.manifest.by else ""
        words = [subtitle(report), chosen]
        best = best_at_each(points, LARGER_IS_STRONGER[report.manifest.by or "lambda"])
        if best:
            yield "learning-curve", learning_curve(best, law_of(report), loss_label=label, subtitle=words)
        return
    words = [subtitle(report)]
    if report.manifest.by is not None:
        if selection is None:
            return
        points = line_of(points, selection.minimum.other)
        words.append(f"Here: {AXES[report.manifest.by].say(selection.minimum.other or 0.0)}.")
    chart = loss_curve(points, selection, loss_label=label, subtitle=words, axis=axis)
    yield figures.loss(axis.name), chart


def law_of(report: Report) -> FittedLaw | None:
    """The power law of a learning curve up to twice the rows, or why it forecasts nothing."""
    found = read_learning(report.run)
    if found is None:
        return None
    fitted, refused = found["fitted"], found["refusal"] is not None
    if fitted is None:
        return FittedLaw(refusal=found["why"])
    rows = [row for row in fitted["sizes"] if not refused or row <= found["sizes"][-1]]
    return FittedLaw(
        rows=rows,
        loss=fitted["loss"][: len(rows)],
        forecast_rows=None if refused else found["twice"],
        forecast=None if refused else Interval(**found["loss"]),
        refusal=found["why"],
    )


def _crossed(report: Report, axis: Axis, by: Axis) -> Iterator[tuple[str, Any]]:
    points, selection = shown(report), shown_selection(report)
    same: dict[str, Any] = {"axis": axis, "by": by, "loss_label": loss_name(report)}
    words = subtitle(report, "band: ± one standard error, of the curve with the minimum")
    yield figures.crossed(axis.name, by.name), loss_family(points, selection, subtitle=words, **same)
    yield "heat-map", heat_map(points, selection, subtitle=subtitle(report, ""), **same)


def _accuracy(report: Report, axis: Axis) -> Iterator[tuple[str, Any]]:
    selection, points = report.selection, report.curve
    if report.manifest.by is not None:
        points = () if selection is None else line_of(points, selection.selected.other)
    found = accuracies(report, points)
    if not found:
        return
    singled = shown_selection(report)
    words = subtitle(report)
    selected = None if singled is None else singled.selected.value
    yield figures.accuracy(axis.name), accuracy_curve(found, selected, axis=axis, subtitle=words)


def _path(report: Report) -> Iterator[tuple[str, Any]]:
    found = path_of(report)
    if found is None or report.record is None or report.record.selected is None:
        return
    selected = report.record.selected
    label = ("standardized coefficient", f"(of {scaled_target(report)})")
    others = [axis for axis in swept(report) if axis.name != "lambda"]
    held = ", ".join(axis.say(axis_value(selected, axis.name)) for axis in others)
    words = [subtitle(report, ""), f"Here: {held}." if held else ""]
    yield "coefficient-path", coefficient_path(found, selected.lambda_, label=label, subtitle=words)


def path_of(report: Report) -> CoefficientPath | None:
    """Of the settings that differ from the selected one in λ alone; None unless there are two at least."""
    table = report.coefficients
    if table is None:
        return None
    own = [not name.endswith(INTERCEPT) for name in table.features]
    lambdas = tuple(setting.lambda_ for setting in table.settings)
    if len(lambdas) < 2 or not any(own):
        return None
    names = tuple(name for name, kept in zip(table.features, own, strict=True) if kept)
    return CoefficientPath(lambdas, names, table.standardized[:, np.array(own)])


def _fit(report: Report) -> Iterator[tuple[str, Any]]:
    if (report.run / fits.FITS).is_file():
        curves, parts, selected = fits_of(report)
        yield "fit", fit_plot(curves, parts, selected, **fit_words(report))


def losses_of(point: CurvePoint) -> str:
    """Both losses of a setting, in words."""
    validation = with_error(point.validation_loss, point.validation_se)
    return f"training loss {number(point.train_loss)}, validation loss {validation}"


def fits_of(
    report: Report,
) -> tuple[list[fits.FittedCurve], list[fits.FitPoints], tuple[float, float | None] | None]:
    """Curves and rows, and the selected setting's place; never test rows."""
    axis, by, record = report.manifest.axis or "lambda", report.manifest.by, report.record
    curves = list(fits.read_fits(report.run, axis, by))
    parts = [part for part in fits.read_fit_points(report.run) if part.part != "test"]
    selected = None if record is None or record.selected is None else _place(record.selected, axis, by)
    return curves, parts, selected


def _place(setting: Setting, axis: str, by: str | None) -> tuple[float, float | None]:
    return axis_value(setting, axis), None if by is None else axis_value(setting, by)


def fit_words(report: Report) -> dict[str, Any]:
    """The axes of the fit plot, and what it rests on, in words."""
    name, unit = fits.read_fit_input(report.run)
    target = report.data.target
    return {
        "axis": AXES[report.manifest.axis or "lambda"],
        "by": None if report.manifest.by is None else AXES[report.manifest.by],
        "x_label": name if unit is None else f"{name} ({unit})",
        "y_label": (target.name if target.unit is None else f"{target.name} ({target.unit})",),
        "subtitle": subtitle(report, ""),
    }


def _confusion(report: Report) -> Iterator[tuple[str, Any]]:
    record, classes = report.record, report.data.target.classes
    if record is None or record.selected is None or not (report.run / confusion.FILE).is_file():
        return
    counts = confusion.read_confusion(report.run, classes)
    rows = "validation rows" if report.spec.k_fold is None else "out-of-fold rows"
    setting = setting_name(record.selected, swept(report))
    which = "" if replicates(report) == "1 replicate" else ", first seed"
    words = f"{report.spec.name}: {model(report)}, {setting}{which}"
    target = report.data.target.name
    yield (
        "confusion-matrix",
        confusion_matrix(counts, classes, target=target, rows=rows, subtitle=words),
    )


def _contours(report: Report) -> Iterator[tuple[str, Any]]:
    record = report.record
    if record is None or record.selected is None or not (report.run / contours.FILE).is_file():
        return
    found = contours.read_contours(report.run)
    lambdas = tuple(found.lambdas.tolist())
    arrays = (found.first, found.second, found.loss, lambdas, found.path)
    picture = Contours(found.names, *arrays, record.selected.l1_ratio)
    label = f"{' '.join(loss_name(report)[:2])}, on the training rows"
    words = subtitle(report, "")
    yield "contours", contour_picture(picture, record.selected.lambda_, loss_label=label, subtitle=words)
