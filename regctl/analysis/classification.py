"""Metrics of a classification that are functions of column sums; those of ranks are in `ranking.py`.

All are computed from probabilities `[n, K]`; the predicted class is the most probable, the first of equals.
"""

from collections.abc import Mapping

import numpy as np

from regctl.analysis.metrics import Statistic
from regctl.types import Float64

BINS = 15
_COUNT, _LOSS, _CORRECT, _LOG_LOSS, _FIRST_CLASS = range(5)


@np.errstate(divide="ignore")  # a class given no probability at all has an infinite log loss
def class_columns(loss: Float64, probabilities: Float64, numbers: Float64) -> Float64:
    """The columns `[n, 4 + 2K + 15]` whose sums every statistic here is a function of.

    Parameters:
        loss: per-row data loss `[n]`.
        probabilities: `[n, K]`.
        numbers: of the rows' classes `[n]`.

    Raises:
        ValueError: the shapes do not agree, or n is 0.
    """
    if probabilities.ndim != 2 or not loss.shape == numbers.shape == probabilities.shape[:1] != (0,):
        shapes = f"{loss.shape}, {probabilities.shape}, {numbers.shape}"
        raise ValueError(f"expected [n], [n, classes] and [n] with rows. Received shapes: {shapes}")
    own, predicted = numbers.astype(np.int64), probabilities.argmax(axis=1)
    correct = (predicted == own).astype(np.float64)
    chosen = np.take_along_axis(probabilities, own[:, None], axis=1)[:, 0]
    member = own[:, None] == np.arange(probabilities.shape[1])
    columns = [np.ones_like(loss), loss, correct, -np.log(chosen), member, member * correct[:, None]]
    return np.column_stack([*columns, _gaps(probabilities.max(axis=1), correct)])


def _gaps(confidence: Float64, correct: Float64) -> Float64:
    """Confidence − correctness of each row in the column of its bin, `[n, 15]`: bin m holds ((m − 1)/15, m/15]."""
    place = np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1)
    return np.where(place[:, None] == np.arange(BINS), (confidence - correct)[:, None], 0.0)


def class_statistics(classes: int) -> Mapping[str, Statistic]:
    """The metrics of K classes as functions of the sums of `class_columns`.

    - accuracy: the share of rows whose predicted class is their own.
    - balanced_accuracy: the mean over classes of the share of their rows that are predicted right (as scikit-learn).
    - log_loss: mean −log probability of the row's class, in nats.
    - calibration_error: Σ over 15 bins of equal width, by the predicted class's probability, of their share of rows ×
      |mean probability − accuracy| (the expected calibration error of Guo et al. 2017, equation 3).
    """
    held = slice(_FIRST_CLASS, _FIRST_CLASS + classes)
    right = slice(_FIRST_CLASS + classes, _FIRST_CLASS + 2 * classes)
    bins = slice(_FIRST_CLASS + 2 * classes, None)

    def balanced_accuracy(sums: Float64) -> Float64:
        rows = sums[..., held]
        recall = np.divide(sums[..., right], rows, out=np.zeros_like(rows), where=rows > 0)
        return np.asarray(recall.sum(axis=-1) / (rows > 0).sum(axis=-1))

    def calibration_error(sums: Float64) -> Float64:
        return np.asarray(np.abs(sums[..., bins]).sum(axis=-1) / sums[..., _COUNT])

    return {
        "accuracy": lambda sums: sums[..., _CORRECT] / sums[..., _COUNT],
        "balanced_accuracy": balanced_accuracy,
        "log_loss": lambda sums: sums[..., _LOG_LOSS] / sums[..., _COUNT],
        "calibration_error": calibration_error,
    }
