"""How the Keras engine's work is cut, and what it costs."""

from collections.abc import Sequence
from math import ceil

from regctl.engine.plan import (
    GIB,
    Cohort,
    Plan,
    Shape,
    bytes_per_trial,
    fitting_trials,
    flops_per_trial,
    memory_budget,
)
from regctl.models.layers import Layer
from regctl.spec.training import Training
from regctl.types import Trial

# What a worker process takes for Python, TensorFlow and Keras; measured with a small convolutional network: 0.67 GiB
# after its first trial, 0.75 after its tenth and last.
WORKER_BYTES = 3 * GIB // 4


def keras_plan(
    layers: Sequence[Layer],
    trials: Sequence[Trial],
    shape: Shape,
    training: Training,
    jobs: int | None = None,
) -> Plan:
    """One cohort, a trial to a chunk; `jobs` of them beside each other where memory allows, by default one.

    Raises:
        LimitError: a single trial needs more memory than the budget.
    """
    each, budget = bytes_per_trial(layers, shape, training), memory_budget(training)
    fitting_trials(each, budget)
    # One worker always runs: what a process takes by itself is no reason to refuse the work.
    beside = max(1, min(jobs or 1, len(trials), budget // (each + WORKER_BYTES)))
    chunks = tuple((trial,) for trial in trials)
    cohort = Cohort(tuple(layers), False, chunks, each + WORKER_BYTES, beside, engine="keras")
    steps = training.epochs * ceil(shape.train_rows / training.batch_size)
    return Plan((cohort,), steps, len(trials) * flops_per_trial(layers, shape, training))
