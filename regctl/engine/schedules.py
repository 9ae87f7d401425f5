"""Learning-rate schedules: what the rate is multiplied with at each step, counted over the whole training."""

import numpy as np

from regctl.types import Float32

STEP_BOUNDARIES, STEP_FACTOR = (0.5, 0.75), 0.1


def factors(schedule: str, steps: int) -> Float32:
    """One factor per step, float32 `[steps]`; t counts steps from 0, and there are T = `steps`.

    - `constant`: 1.
    - `cosine`: ½(1 + cos(πt/T)), as Keras's `CosineDecay` (Loshchilov and Hutter 2017, without restarts).
    - `step`: 0.1 from t = T/2 and 0.01 from t = 3T/4 on (as He et al. 2016 train residual networks).

    Raises:
        ValueError: there is no such schedule.
    """
    done = np.arange(steps) / max(steps, 1)
    if schedule == "constant":
        return np.ones(steps, np.float32)
    if schedule == "cosine":
        return np.asarray(0.5 * (1 + np.cos(np.pi * done)), np.float32)
    if schedule == "step":
        return np.asarray(STEP_FACTOR ** sum((done >= at).astype(int) for at in STEP_BOUNDARIES), np.float32)
    raise ValueError(f"no such schedule: {schedule!r}")
