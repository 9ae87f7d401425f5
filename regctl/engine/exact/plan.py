"""What the exact engine's work costs, and how it is cut."""

from collections.abc import Sequence
from itertools import groupby

from regctl.engine.plan import Cohort, Plan, Shape, amount, memory_budget
from regctl.errors import LimitError
from regctl.models.layers import Layer, active_layers
from regctl.spec.training import Training
from regctl.types import Trial

_FLOAT64 = 8


def exact_plan(
    layers: Sequence[Layer],
    trials: Sequence[Trial],
    shape: Shape,
    training: Training,
    jobs: int | None = None,
) -> Plan:
    """One cohort; a chunk holds trials of one fold, so that each fold is factorised once.

    Folds are solved one after the other, however many `jobs` may run beside each other.

    Raises:
        LimitError: the factorisation needs more memory than the budget.
    """
    fixed, each = _factorisation_bytes(shape), _bytes_per_trial(shape)
    budget = memory_budget(training)
    fitting = (budget - fixed) // each
    if fitting < 1:
        raise LimitError(
            f"the exact solution needs about {amount(fixed + each)}, and {amount(budget)} may be used.",
            "Raise training.memory_limit, use fewer columns or rows, or set training.solver to gradient.",
        )
    by_fold = [list(group) for _, group in groupby(sorted(trials, key=_fold), _fold)]
    chunks = tuple(
        tuple(fold[start : start + fitting]) for fold in by_fold for start in range(0, len(fold), fitting)
    )
    active = active_layers(layers, trials[0].setting)
    cohort = Cohort(active, False, chunks, each, fixed_bytes=fixed, engine="exact")
    return Plan(
        (cohort,), 0, len(by_fold) * _factorisation_flops(shape) + len(trials) * _flops_per_trial(shape)
    )


def _fold(trial: Trial) -> int:
    return -1 if trial.fold is None else trial.fold


def _factorisation_bytes(shape: Shape) -> int:
    # The design three times (centred, reduced, and the decomposition's left side), twice its Gram matrix or right
    # side; the rows to predict in float64.
    n, d = shape.train_rows, shape.columns
    return _FLOAT64 * (3 * n * d + 2 * d * min(n, d) + max(n, shape.validation_rows) * d)


def _bytes_per_trial(shape: Shape) -> int:
    # A kernel before and after its product; predictions in float64, with the intercept, and rounded.
    return _FLOAT64 * 2 * shape.columns + (2 * _FLOAT64 + 4) * (shape.train_rows + shape.validation_rows)


def _factorisation_flops(shape: Shape) -> float:
    # QR, then the singular values and both sides of its triangle (Golub and Van Loan 2013, figure 8.6.1).
    large, small = max(shape.train_rows, shape.columns), min(shape.train_rows, shape.columns)
    return 6.0 * large * small**2 + 20.0 * small**3


def _flops_per_trial(shape: Shape) -> float:
    rows = min(shape.train_rows, shape.columns) + shape.train_rows + shape.validation_rows
    return 2.0 * shape.columns * rows
