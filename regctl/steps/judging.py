"""Settings against each other on held-out rows: which cannot be told from the best, and how the selected one fits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regctl.analysis.convergence import constant_loss
from regctl.analysis.curve import curve, fold_curve
from regctl.analysis.model_confidence_set import Members, Replicates, model_confidence_set
from regctl.analysis.uncertainty import se_folds, standard_errors
from regctl.analysis.verdict import Fit, Verdict, verdict
from regctl.spec.axes import LARGER_IS_STRONGER, axis_value
from regctl.steps.held_out import fold_losses, held_out, row_losses
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import CurvePoint, Float64, Selection, Setting


@dataclass(frozen=True)
class Compared:
    """The settings that were compared, with their points, and which cannot be told from the best of them."""

    settings: tuple[Setting, ...]
    points: tuple[CurvePoint, ...]
    members: Members

    @property
    def finished(self) -> int:
        """How many settings did not lose a replicate."""
        return sum(bool(np.isfinite(point.validation_loss)) for point in self.points)

    @property
    def indistinguishable(self) -> tuple[Setting, ...]:
        """The settings in the set."""
        return tuple(setting for setting, kept in zip(self.settings, self.members, strict=True) if kept)


def compare_settings(
    experiment: Experiment, trained: Trained, points: Sequence[CurvePoint]
) -> Compared | None:
    """The Model Confidence Set of the settings that could be selected; None without an axis to select along.

    Where shares of the rows are an axis, these are the settings of all rows.
    """
    largest = max((setting.samples for setting in experiment.settings), default=1.0)
    both = zip(experiment.settings, points, strict=True)
    pairs = [(setting, point) for setting, point in both if setting.samples == largest]
    if experiment.axes.own is None or len(pairs) < 2:
        return None
    settings, kept = tuple(setting for setting, _ in pairs), tuple(point for _, point in pairs)
    losses = row_losses(experiment, trained, settings)
    members = model_confidence_set(
        losses.mean(axis=1), held_out(experiment).blocks, _replicates(experiment, trained, settings, losses)
    )
    return Compared(settings, kept, members)


def _replicates(
    experiment: Experiment, trained: Trained, settings: tuple[Setting, ...], losses: Float64
) -> Replicates:
    if experiment.spec.k_fold is None:
        return Replicates(by_seed=losses.mean(axis=2))
    return Replicates(by_fold=_by_fold(experiment, trained, settings))


def _by_fold(experiment: Experiment, trained: Trained, settings: tuple[Setting, ...]) -> Float64:
    """Validation losses `[settings, repeats, folds]`, seeds averaged."""
    k_fold = experiment.spec.k_fold
    assert k_fold is not None
    _, validation = fold_losses(experiment, trained, settings)
    return np.asarray(validation.mean(axis=1).reshape(len(settings), k_fold.repeats, -1))


def judge(
    experiment: Experiment,
    trained: Trained,
    points: Sequence[CurvePoint],
    selection: Selection | None,
    selected: Setting,
) -> Verdict:
    """How the selected setting fits, beside the reference and the strongest on the axis it was selected along."""
    strongest = None if selection is None else _strongest(experiment, points, selection)
    named = (selected, experiment.reference, *(() if strongest is None else (strongest,)))
    fits = _fits(experiment, trained, named)
    data, classes = next(iter(experiment.whole.folds.values())), len(experiment.data.target.classes)
    constant = constant_loss(experiment.loss, data.y_train.astype(np.float64), classes)
    regularized = bool(
        selected.lambda_ or selected.weight_decay or selected.input_dropout or _drops(selected)
    )
    return verdict(fits[0], fits[1], fits[2] if strongest else None, constant, regularized=regularized)


def _drops(setting: Setting) -> bool:
    return setting.dropout > 0 or any(setting.rates)


def _strongest(experiment: Experiment, points: Sequence[CurvePoint], selection: Selection) -> Setting | None:
    """The most regularized setting that finished, on the line through the minimum."""
    axes = experiment.axes
    axis = axes.by if axes.own == "samples" else axes.own
    larger = None if axis is None else LARGER_IS_STRONGER[axis]
    if axis is None or larger is None:
        return None
    minimum, on_own = selection.minimum, axis == axes.own
    line = [
        setting
        for setting, point in zip(experiment.settings, points, strict=True)
        if np.isfinite(point.validation_loss)
        and (point.other == minimum.other if on_own else point.value == minimum.value)
    ]
    return max(line, key=lambda setting: axis_value(setting, axis) * (1 if larger else -1))


def _fits(experiment: Experiment, trained: Trained, settings: tuple[Setting, ...]) -> list[Fit]:
    """Losses and standard errors; differences are from the first setting."""
    k_fold, values = experiment.spec.k_fold, [0.0] * len(settings)
    train, validation = fold_losses(experiment, trained, settings)
    if k_fold is not None:
        points = fold_curve(values, train, validation, k_fold.repeats)
        errors = se_folds(validation - validation[0], k_fold.repeats)
        apart = [float(error) if np.isfinite(error) else None for error in errors]
    else:
        rows, blocks = row_losses(experiment, trained, settings), experiment.data.validation.blocks
        points = curve(values, train[:, :, 0], rows, blocks)
        apart = [each.validation for each in standard_errors(rows - rows[0], blocks)]
    return [
        Fit(point.train_loss, point.validation_loss, point.validation_se, None if place == 0 else error)
        for place, (point, error) in enumerate(zip(points, apart, strict=True))
    ]
