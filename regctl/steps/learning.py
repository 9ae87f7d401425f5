"""A sweep over shares of the training rows → its learning curve and what twice the rows would bring."""

import numpy as np

from regctl.analysis.learning_curve import Forecast, forecast
from regctl.analysis.selection import best_at_each
from regctl.spec.axes import LARGER_IS_STRONGER
from regctl.steps.held_out import fold_losses, held_out, row_losses
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import CurvePoint, Setting


def learn(experiment: Experiment, trained: Trained, points: tuple[CurvePoint, ...]) -> Forecast | None:
    """The forecast, or its refusal; None of a sweep along another axis, or where no share has all its trials.

    At each share it is the best setting of the second axis whose losses count. Under k-fold, repeats are subsets too.
    """
    axes = experiment.axes
    best = best_at_each(points, LARGER_IS_STRONGER[axes.by or "lambda"])
    if axes.own != "samples" or not best:
        return None
    settings = tuple(experiment.settings[points.index(point)] for point in best)
    validation = row_losses(experiment, trained, settings)
    train, _ = fold_losses(experiment, trained, settings)
    repeats = validation.shape[1] // train.shape[1]
    return forecast(
        [training_rows(experiment, setting) for setting in settings],
        validation,
        np.repeat(train.mean(axis=2), repeats, axis=1),
        held_out(experiment).blocks,
    )


def training_rows(experiment: Experiment, setting: Setting) -> int:
    """How many rows a setting trains on: of the first seed, under k-fold the mean over folds."""
    folds = experiment.shipped(setting).folds.values()
    return round(float(np.mean([len(each.y_train) for each in folds])))
