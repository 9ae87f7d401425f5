"""A trial's result, told the same way by every engine."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from regctl.engine import penalties
from regctl.types import Float32, Trial, TrialResult


def outcome(
    trial: Trial,
    predictions: tuple[Float32, Float32],
    kernels: Sequence[Any],
    penalised: Sequence[Any] | None = None,
    **rest: Any,
) -> TrialResult:
    """The result of a trial with these `kernels`, of which the penalty acts on `penalised` (by default all).

    It has diverged where a prediction for its training or validation rows is not finite; penalty and count of weights
    then mean nothing: NaN and 0. `rest` are the other fields of `TrialResult`.
    """
    setting, acted_on = trial.setting, kernels if penalised is None else penalised
    finite = all(bool(np.isfinite(prediction).all()) for prediction in predictions)
    kept, charged = (kernels, acted_on) if finite else ((), ())
    return TrialResult(
        trial=trial,
        status="done" if finite else "diverged",
        train_prediction=predictions[0],
        validation_prediction=predictions[1],
        penalty=sum(
            (penalties.value(kernel, setting.l1, setting.l2) for kernel in charged), 0.0 if finite else np.nan
        ),
        nonzero=sum(int(np.count_nonzero(kernel)) for kernel in kept),
        **rest,
    )
