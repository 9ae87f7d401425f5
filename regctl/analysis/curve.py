"""The curve: data loss against the axis, with standard errors."""

from collections.abc import Sequence

import numpy as np

from regctl.analysis.uncertainty import se_folds, se_seeds, standard_errors
from regctl.types import CurvePoint, Float32, Float64, Int64


def curve(
    values: Sequence[float],
    train_loss: Float64,
    validation_rows: Float64 | Float32,
    blocks: Int64 | None = None,
    *,
    seed: int = 0,
) -> tuple[CurvePoint, ...]:
    """One point per setting under a holdout, in the order given.

    The losses are means over replicates. `train_se` is their sd over seeds/√S: the training loss is that of
    all the rows it was taken on, so it has no sampling error over rows. The standard errors of the validation
    loss are those of `standard_errors`. A setting with a replicate that diverged keeps its row, with NaN
    losses and no standard errors; it cannot be selected.

    Parameters:
        values: of the axis, one per setting.
        train_loss: data loss `[settings, replicates]`; not finite for a replicate that diverged.
        validation_rows: per-row data loss `[settings, replicates, rows]`; likewise.
        blocks: int `[rows]`, rows resampled together; None when rows are independent.
        seed: of the resampling.

    Raises:
        ValueError: the shapes disagree.
    """
    losses = validation_rows.astype(np.float64)
    if train_loss.shape != losses.shape[:2] or len(values) != len(losses):
        shapes = f"{len(values)} values, train_loss {train_loss.shape}, validation_rows {losses.shape}"
        raise ValueError(f"expected [settings, replicates(, rows)] to agree. Received: {shapes}")
    finished = np.isfinite(train_loss) & np.isfinite(losses).all(axis=2)
    whole = np.asarray(finished.all(axis=1))
    losses = np.where(whole[:, None, None], losses, np.nan)
    train = np.where(whole[:, None], train_loss, np.nan)
    errors = standard_errors(losses, blocks, seed=seed)
    return tuple(
        CurvePoint(
            value=float(value),
            n=int(finished[index].sum()),
            train_loss=float(train[index].mean()),
            train_se=_known(se_seeds(train[index])),
            validation_loss=float(losses[index].mean()),
            validation_se=errors[index].validation,
            se_rows=errors[index].rows,
            se_seeds=errors[index].seeds,
        )
        for index, value in enumerate(values)
    )


def fold_curve(
    values: Sequence[float], train_loss: Float64, validation_loss: Float64, repeats: int = 1
) -> tuple[CurvePoint, ...]:
    """One point per setting under k-fold, in the order given.

    The losses are means over folds of the folds' mean losses, seeds averaged; the standard errors are `se_folds`.
    `se_rows` and `se_seeds` are None: folds already differ in both. A setting with a replicate that diverged keeps its
    row, with NaN losses.

    Parameters:
        values: of the axis, one per setting.
        train_loss: data loss `[settings, seeds, folds]`; not finite for a replicate that diverged.
        validation_loss: likewise, on the rows that each fold holds out.
        repeats: how often the rows were divided into folds.

    Raises:
        ValueError: the shapes disagree.
    """
    if train_loss.shape != validation_loss.shape or len(values) != len(train_loss):
        shapes = (
            f"{len(values)} values, train_loss {train_loss.shape}, validation_loss {validation_loss.shape}"
        )
        raise ValueError(f"expected [settings, seeds, folds] to agree. Received: {shapes}")
    finished = np.isfinite(train_loss) & np.isfinite(validation_loss)
    whole = np.asarray(finished.all(axis=(1, 2)))[:, None, None]
    both = [np.where(whole, losses, np.nan) for losses in (train_loss, validation_loss)]
    (train, train_se), (validation, validation_se) = (
        (losses.mean(axis=(1, 2)), se_folds(losses, repeats)) for losses in both
    )
    return tuple(
        CurvePoint(
            value=float(value),
            n=int(finished[index].sum()),
            train_loss=float(train[index]),
            train_se=_known(train_se[index]),
            validation_loss=float(validation[index]),
            validation_se=_known(validation_se[index]),
            se_rows=None,
            se_seeds=None,
        )
        for index, value in enumerate(values)
    )


def _known(value: Float64) -> float | None:
    return float(value) if np.isfinite(value) else None
