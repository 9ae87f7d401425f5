"""Whether training without noise arrives: the first thing to know before blaming dropout."""

import numpy as np

from regctl.analysis.losses import per_row
from regctl.analysis.noise_checks import Check
from regctl.types import Float64, Loss

LAST_QUARTER = 0.25  # of the whole fall of the loss may come in the last quarter of the epochs
RISE = 0.1  # of the whole fall may be lost again

WHERE = "all rates 0"


def constant_loss(loss: Loss, truth: Float64, classes: int) -> float:
    """The training loss of the best constant (of Huber's loss, of the mean): what a model that learnt nothing has."""
    if not classes:
        return float(per_row(loss, np.full_like(truth, truth.mean()), truth).mean())
    shares = np.bincount(truth.astype(np.int64), minlength=classes) / len(truth)
    return float(-sum(share * np.log(share) for share in shares if share))


def check_convergence(losses: Float64, constant: float) -> tuple[Check, ...]:
    """Two checks of the training data losses after each epoch, float64 `[epochs]`, NaN where not measured.

    Falls: the last loss is below that of the best constant. Settles: at most a quarter of the fall from there comes
    in the last quarter of the epochs, and at most a tenth of it is lost again.
    """
    epochs = np.flatnonzero(~np.isnan(losses))
    last = float(losses[-1])
    falls = bool(np.isfinite(losses[epochs]).all() and last < constant)
    how = "the last training loss must be below that of the best constant prediction"
    found = Check(WHERE, "loss falls", last, constant, falls, how, len(losses))
    before = epochs[epochs + 1 <= 0.75 * len(losses)]
    earlier = float(losses[before[-1]]) if len(before) else constant
    share = (earlier - last) / (constant - last) if falls else float("nan")
    how = f"share of the fall in the last quarter of {len(losses)} epochs: from {-RISE:g} to {LAST_QUARTER:g}"
    settles = falls and -RISE <= share <= LAST_QUARTER
    return found, Check(WHERE, "loss settles", share, 0, settles, how, len(losses))
