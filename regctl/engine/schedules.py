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


def reach(factors: Float32, momentum: float, nesterov: bool) -> Float32:
    """How far a gradient of 1 that lasts has moved a weight in each step, per unit of learning rate: float32 `[steps]`.

    Without momentum the factors f themselves. With heavy-ball momentum β the velocity is −lr·s_t·g with
    s_t = β·s_{t−1} + f_t, which tends to f/(1 − β) where f is constant; Nesterov's step is β·s_t + f_t.
    """
    if not momentum:
        return factors
    sums, last = np.zeros(len(factors)), 0.0
    for step, factor in enumerate(factors.tolist()):
        last = sums[step] = momentum * last + factor
    return np.asarray(momentum * sums + factors if nesterov else sums, np.float32)
