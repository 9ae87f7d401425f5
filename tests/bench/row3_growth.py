"""Row 3: the network of row 1 with more and more trials: seconds per trial, and memory against the budget."""

import resource
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from measuring import Found, Numbers, Ratio, Row
from row1_problem import BATCH, LEARNING_RATE, RATE, rows
from row1_problem import Sizes as Problem

COUNTS = (10, 100, 1_000, 10_000)
SEEDS = 5
# What is timed is repeated for at least so long, so that ten trials are not over before the clock has moved.
LEAST_SECONDS = 2.0


@dataclass(frozen=True)
class Sizes:
    """`epochs` for every size; a count of trials is divided by `divisor`; `memory_limit` in GiB."""

    problem: Problem
    epochs: int = 20
    divisor: int = 1
    memory_limit: float = 1.0


FULL = Sizes(Problem())
QUICK = Sizes(Problem(rows=64, held_out=32, columns=4), epochs=2, divisor=10)


def grid(count: int, sizes: Sizes) -> Numbers:
    """`count` trials, with the program at hand: seconds per trial, and by how much the most memory in use grew.

    Weights are not kept, as a sweep keeps those of the selected trials only; results are let go chunk by chunk.
    """
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.engine.fused.engine import FusedEngine
    from regctl.engine.plan import memory_budget
    from regctl.types import Prepared

    training = training_of(sizes)
    names = tuple(f"column {number}" for number in range(sizes.problem.columns))
    folds = {None: Prepared(names, *rows(sizes.problem))}
    engine = FusedEngine(training, keep_weights=lambda trial: False)
    consume(engine.train(cohort_of(SEEDS, sizes), folds))
    before, calls, began = peak_bytes(), 0, time.perf_counter()
    cohort = cohort_of(max(SEEDS, count // sizes.divisor), sizes)
    while (elapsed := time.perf_counter() - began) < LEAST_SECONDS / sizes.divisor or not calls:
        consume(engine.train(cohort, folds))
        calls += 1
    return {
        "seconds_per_trial": elapsed / calls / cohort.trials,
        "trials": cohort.trials,
        "chunks": len(cohort.chunks),
        "growth_bytes": peak_bytes() - before,
        "peak_bytes": peak_bytes(),
        "planned_bytes": cohort.bytes,
        "budget_bytes": memory_budget(training),
    }


def training_of(sizes: Sizes) -> Any:
    from regctl.spec.training import Training

    return Training(
        epochs=sizes.epochs,
        batch_size=BATCH,
        seeds=SEEDS,
        learning_rate=LEARNING_RATE,
        memory_limit=sizes.memory_limit,
    )


def cohort_of(trials: int, sizes: Sizes) -> Any:
    """The cohort of so many trials, λ × seeds."""
    from regctl.engine.plan import Shape, make_plan, make_trials
    from regctl.models import presets
    from regctl.spec.model import Model
    from regctl.types import Setting

    training, problem = training_of(sizes), sizes.problem
    settings = [
        Setting(float(lam), RATE, 0.0, LEARNING_RATE) for lam in np.geomspace(1e-6, 1, trials // SEEDS)
    ]
    shape = Shape(problem.rows, problem.held_out, problem.columns)
    layers = presets.mlp(Model(units=[64, 64]))
    (cohort,) = make_plan(layers, make_trials(settings, training), shape, training).cohorts
    return cohort


def consume(batches: Any) -> None:
    for batch in batches:
        del batch


def peak_bytes() -> int:
    """The most memory that this process had at once (resident)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def ratios(found: Found) -> list[Ratio]:
    each = {count: found[f"{count} trials"]["seconds_per_trial"] for count in COUNTS}
    largest = found[f"{COUNTS[-1]} trials"]
    growth = [
        Ratio(f"seconds per trial, {more:,} / {fewer:,} trials", each[more] / each[fewer], at_most=1.1)
        for fewer, more in pairwise(COUNTS)
    ]
    memory = largest["growth_bytes"] / largest["budget_bytes"]
    return [*growth, Ratio(f"growth of peak memory / budget, {COUNTS[-1]:,} trials", memory, at_most=1)]


ROW = Row(
    title="Growth",
    setup="The network of row 1 for 20 epochs, 10 to 10,000 trials, with its program at hand; memory_limit is 1 GiB. "
    "Memory is by how much the process's most resident memory grew beyond that of 5 trials.",
    contenders={f"{count} trials": partial(grid, count) for count in COUNTS},
    ratios=ratios,
    full=FULL,
    quick=QUICK,
)
