"""Whether training had arrived when it ended: does the validation loss still fall?"""

from collections.abc import Sequence

import numpy as np

from regctl.types import Finding, Float64

FEWEST_EPOCHS = 8
STILL = 0.02  # of the loss: a fall over a quarter of the epochs that is worth more epochs
SHOWN = 2.0  # standard errors over replicates


def still_falling(courses: Sequence[Float64], epochs: int) -> tuple[float, float | None]:
    """The fall of the validation loss over the last quarter of the epochs, relative to it; mean and standard error.

    The fall is that of a straight line through the quarter, so that the last epoch's luck does not count. A replicate
    that early stopping ended has arrived, as far as its rule can say: its fall is 0. The standard error, over
    replicates, is None of one.

    Parameters:
        courses: validation losses by epoch, float64 `[epochs]` or shorter, one for each replicate.
        epochs: how many the spec asks for.
    """
    falls = np.array([_fall(course) if len(course) >= epochs else 0.0 for course in courses])
    if len(falls) < 2:
        return float(falls.mean()), None
    return float(falls.mean()), float(falls.std(ddof=1) / np.sqrt(len(falls)))


def not_converged(courses: Sequence[Float64], epochs: int, which: str) -> Finding | None:
    """REG205: at the end, the validation loss falls by 2 % or more in a quarter of the epochs, beyond chance.

    `which` names the setting: `selected setting` or `reference`.
    """
    if epochs < FEWEST_EPOCHS or not courses or not all(np.isfinite(course).all() for course in courses):
        return None
    fall, error = still_falling(courses, epochs)
    if fall < STILL or (error is not None and fall <= SHOWN * error):
        return None
    message = (
        f"Training of the {which} had not converged: over the last quarter of {epochs} epochs its validation loss "
        f"still fell by {100 * fall:.1f} %."
    )
    evidence = {"setting": which, "fall": fall, "standard_error": error, "epochs": epochs, "limit": STILL}
    hint = "Raise training.epochs, with early_stopping: {patience: 10} perhaps, or the learning rate."
    return Finding("REG205", "warning", message, evidence, hint)


def _fall(course: Float64) -> float:
    last = course[-max(2, len(course) // 4) :]
    slope = float(np.polyfit(np.arange(len(last)), last, 1)[0])
    return -slope * len(last) / float(last.mean()) if last.mean() > 0 else 0.0
