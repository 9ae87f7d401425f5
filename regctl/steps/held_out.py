"""Losses on held-out rows, as arrays over settings, replicates and rows or folds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import Float64, Int64, Setting


@dataclass(frozen=True)
class HeldOut:
    """The rows that settings are compared on.

    `rows` int64 `[n]` are positions in the source; `blocks` int64 `[n]` or None. `repeats` has, for each time that the
    rows are divided, the places among `rows` that each fold holds out: all of them, for the one entry None of a
    holdout.
    """

    rows: Int64
    blocks: Int64 | None
    repeats: tuple[Mapping[int | None, Int64], ...]


def held_out(experiment: Experiment) -> HeldOut:
    """The validation rows; under k-fold, every row that some fold holds out."""
    data, k_fold = experiment.data, experiment.spec.k_fold
    if k_fold is None:
        rows = np.array(data.split.parts["validation"].rows, np.int64)
        return HeldOut(rows, data.validation.blocks, ({None: np.arange(len(rows))},))
    held = np.unique(np.concatenate([fold.validation for fold in data.folds]))
    places = [np.searchsorted(held, fold.validation).astype(np.int64) for fold in data.folds]
    size = k_fold.folds
    return HeldOut(
        rows=np.array(data.split.parts["train"].rows, np.int64)[held],
        blocks=None if data.train.blocks is None else data.train.blocks[held],
        repeats=tuple(
            {fold: places[fold] for fold in range(start, start + size)}
            for start in range(0, k_fold.total, size)
        ),
    )


def replicates(experiment: Experiment) -> list[tuple[int, int]]:
    """(seed, repeat) of each place along the replicate axis of `row_losses`."""
    seeds = sorted({trial.seed for trial in experiment.trials})
    return [(seed, repeat) for seed in seeds for repeat in range(len(held_out(experiment).repeats))]


def row_losses(experiment: Experiment, trained: Trained, settings: tuple[Setting, ...]) -> Float64:
    """Per-row validation data loss `[settings, replicates, rows]`; NaN where a trial diverged.

    Under k-fold a replicate is a seed and a repeat: in each repeat, every row is held out by one fold.
    """
    ids = {(trial.setting, trial.seed, trial.fold): trial.id for trial in experiment.trials}
    held, axis = held_out(experiment), replicates(experiment)
    losses = np.full((len(settings), len(axis), len(held.rows)), np.nan)
    for s, setting in enumerate(settings):
        for r, (seed, repeat) in enumerate(axis):
            for fold, places in held.repeats[repeat].items():
                losses[s, r, places] = trained.validation_rows[ids[setting, seed, fold]]
    losses[~np.isfinite(losses).all(axis=2)] = np.nan
    return losses


def fold_losses(
    experiment: Experiment, trained: Trained, settings: tuple[Setting, ...]
) -> tuple[Float64, Float64]:
    """Training and validation data loss `[settings, seeds, folds]`; NaN where a trial diverged.

    With a holdout there is one fold.
    """
    by_setting: dict[Setting, list[tuple[float, float]]] = {}
    for trial in experiment.trials:
        record = trained.records[trial.id]
        by_setting.setdefault(trial.setting, []).append((record.train_loss, record.validation_loss))
    both = np.array([by_setting[setting] for setting in settings], np.float64)
    train, validation = both.reshape(len(settings), -1, len(experiment.folds), 2).transpose(3, 0, 1, 2)
    return train, validation
