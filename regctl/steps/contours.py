"""A linear model with two weights → what its contour picture is drawn from."""

from dataclasses import replace

import numpy as np

from regctl.analysis.contours import loss_grid
from regctl.records.contours import ContourRecord, write_contours
from regctl.records.run_folder import RunFolder
from regctl.spec.settings import with_reference
from regctl.steps.choosing import Choice
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import Float64, Setting

_ROOM = 0.35  # of the path's own extent, around it and the origin


def save_contours(folder: RunFolder, experiment: Experiment, trained: Trained, choice: Choice) -> None:
    """`contours.npz` of a regression on two design columns with squared loss, along λ; else nothing.

    The path are the shipped models of the settings that differ from the selected one in λ alone.
    """
    selected, spec = choice.record.selected, experiment.spec
    linear = spec.model.name in ("linear", "polynomial") and experiment.loss == "mean_squared_error"
    if selected is None or not linear or spec.k_fold is not None:
        return
    prepared = experiment.shipped(selected).folds[None]
    path = _path(experiment, trained, selected)
    if len(prepared.names) != 2 or len(path) < 2:
        return
    solutions = np.array(list(path.values()))
    first, second = _ranges(solutions)
    grid = loss_grid(prepared.x_train, prepared.y_train, first, second)
    names = (prepared.names[0], prepared.names[1])
    write_contours(folder.path, ContourRecord(names, *grid, np.array(list(path)), solutions))


def _path(experiment: Experiment, trained: Trained, selected: Setting) -> dict[float, Float64]:
    """The two weights by λ, ascending."""
    found = {}
    for setting in with_reference(experiment.settings, experiment.reference):
        if setting in trained.weights and replace(setting, lambda_=selected.lambda_) == selected:
            found[setting.lambda_] = np.asarray(trained.weights[setting][0], np.float64)[:, 0]
    return dict(sorted(found.items()))


def _ranges(path: Float64) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of both weights that show the path and the origin, of equal length: the picture is square."""
    ends = np.vstack([path, np.zeros(2)])
    middle, half = (ends.max(axis=0) + ends.min(axis=0)) / 2, float(np.ptp(ends, axis=0).max()) / 2 or 0.5
    reach = half * (1 + 2 * _ROOM)
    first, second = ((float(each - reach), float(each + reach)) for each in middle)
    return first, second
