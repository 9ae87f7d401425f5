"""Models of one input → their predictions along it, for the fit plot."""

from collections.abc import Iterator

import numpy as np

from regctl.datasets.design import design_matrix, design_names
from regctl.datasets.scaling import unscale_target
from regctl.records.fits import FitPoints, FittedCurve, write_fit_points, write_fits
from regctl.records.run_folder import RunFolder
from regctl.spec.axes import axis_value
from regctl.spec.settings import with_reference
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import Float64, Setting, Table

PLACES = 240  # along the input; fewer where there are many settings
MOST_CELLS = 100_000


def save_fits(folder: RunFolder, experiment: Experiment, trained: Trained) -> None:
    """`fit.csv`, `fit_points.csv` and `fit.json`; nothing unless a number is predicted from one column of numbers.

    The curves are of each setting's shipped model, in the target's own unit, from the smallest to the largest input of
    the train and validation rows. Test rows are in none of them.
    """
    table = experiment.data.train.table
    if len(table.columns) != 1 or table.columns[0].kind != "number" or experiment.data.target.classes:
        return
    parts = _points(experiment)
    seen = np.concatenate([part.x for part in parts])
    settings = _placed(experiment, trained)
    if not settings or not len(seen):
        return
    places = min(PLACES, max(2, MOST_CELLS // len(settings)))
    grid = np.linspace(seen.min(), seen.max(), places)
    axis = experiment.axes.own or "lambda"
    write_fits(folder.path, axis, experiment.axes.by, _curves(experiment, trained, settings, grid))
    write_fit_points(folder.path, parts, table.columns[0].name, table.columns[0].unit)


def _points(experiment: Experiment) -> list[FitPoints]:
    """The open rows whose input is known."""
    parts = []
    for name, part in (("train", experiment.data.train), ("validation", experiment.data.validation)):
        x = part.table.values[part.table.columns[0].name].astype(np.float64)
        known = np.isfinite(x)
        parts += [FitPoints(name, x[known], part.table.target[known])] if known.any() else []
    return parts


def _placed(experiment: Experiment, trained: Trained) -> dict[tuple[float, float | None], Setting]:
    """The settings whose weights were kept, by their place on the axes; the reference where no other is."""
    axes = experiment.axes
    found: dict[tuple[float, float | None], Setting] = {}
    for setting in with_reference(experiment.settings, experiment.reference):
        if setting in trained.weights:
            other = None if axes.by is None else axis_value(setting, axes.by)
            found.setdefault((axis_value(setting, axes.own or "lambda"), other), setting)
    return found


def _curves(
    experiment: Experiment,
    trained: Trained,
    settings: dict[tuple[float, float | None], Setting],
    grid: Float64,
) -> Iterator[FittedCurve]:
    columns = experiment.data.train.table.columns
    table = Table(columns, {columns[0].name: grid}, np.zeros(len(grid)))
    for (value, other), setting in settings.items():
        yield FittedCurve(value, other, grid, _predicted(experiment, trained, setting, table))


@np.errstate(over="ignore", invalid="ignore")
def _predicted(experiment: Experiment, trained: Trained, setting: Setting, table: Table) -> Float64:
    """The target in its own unit, float64 `[n]`."""
    preparation, weights = experiment.preparation(setting), trained.weights[setting]
    x = design_matrix(preparation, table)
    if experiment.spec.model.is_linear:
        kernel, bias = (np.asarray(each, np.float64) for each in weights)
        scaled = (x.astype(np.float64) @ kernel + bias)[:, 0]
    else:
        from regctl.models.network import build_network  # imports Keras

        network = build_network(experiment.layers, len(design_names(preparation)), setting, weights)
        scaled = np.asarray(network(x, training=False), np.float64)[:, 0]
    return unscale_target(preparation.target, scaled)
