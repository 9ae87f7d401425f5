"""Row 1: 50 λ × 5 seeds of a network with dropout, against one Keras fit, loops of fits, and vmap + scan in JAX.

Every contender evaluates the validation loss after each epoch, in inference mode; regctl's engine also measures the
training loss at every tenth epoch and predicts all rows at the end. Imports and a first, tiny run are in nobody's time;
compilation of what is timed is, unless a name says otherwise.
"""

import time
from statistics import mean
from typing import Any

from measuring import Found, Numbers, Ratio, Row, processors
from row1_keras import beside, reused, textbook, tuned
from row1_problem import BATCH, FULL, LEARNING_RATE, QUICK, RATE, Sizes, lambdas, rows


def grid(sizes: Sizes) -> Numbers:
    """regctl's engine: `seconds` with tracing its program, `seconds_traced` with the program at hand."""
    began = time.perf_counter()
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.engine.fused.engine import FusedEngine

    started = time.perf_counter() - began
    cohort, training, folds = cohort_of(QUICK)
    list(FusedEngine(training).train(cohort, folds))
    cohort, training, folds = cohort_of(sizes)
    engine = FusedEngine(training)  # traces anew, as a new process would
    seconds, losses = [], []
    for _ in range(2):
        began = time.perf_counter()
        results = [result for batch in engine.train(cohort, folds) for result in batch]
        seconds.append(time.perf_counter() - began)
        losses = [result.history.validation_loss[-1] for result in results]
    return {
        "seconds": seconds[0],
        "seconds_traced": seconds[1],
        "startup_seconds": started,
        "validation_loss": mean(losses),
    }


def cohort_of(sizes: Sizes) -> tuple[Any, Any, Any]:
    """The grid as one cohort, the training section, and the rows."""
    from regctl.engine.plan import Shape, make_plan, make_trials
    from regctl.models import presets
    from regctl.spec.model import Model
    from regctl.spec.training import Training
    from regctl.types import Prepared, Setting

    training = Training(epochs=sizes.epochs, batch_size=BATCH, seeds=sizes.seeds, learning_rate=LEARNING_RATE)
    settings = [Setting(lam, RATE, 0.0, LEARNING_RATE) for lam in lambdas(sizes)]
    shape = Shape(sizes.rows, sizes.held_out, sizes.columns)
    plan = make_plan(presets.mlp(Model(units=[64, 64])), make_trials(settings, training), shape, training)
    (cohort,) = plan.cohorts
    names = tuple(f"column {number}" for number in range(sizes.columns))
    return cohort, training, {None: Prepared(names, *rows(sizes))}


def jax_grid(sizes: Sizes) -> Numbers:
    """The grid by hand in JAX: `seconds` with compilation, `seconds_compiled` without."""
    import row1_jax

    return row1_jax.measure(sizes)


def ratios(found: Found) -> list[Ratio]:
    grid, textbook, jax = found["grid"], found["textbook"], found["jax"]
    best = min(found[name]["seconds"] for name in ("tuned", "reused"))
    return [
        Ratio("grid / (a) one textbook Keras fit", grid["seconds"] / textbook["one_fit"], at_most=1),
        Ratio("(b) loop of textbook fits / grid", textbook["seconds"] / grid["seconds"], at_least=200),
        Ratio("(c) loop at its best / grid", best / grid["seconds"], at_least=100),
        Ratio("    in a process per processor", found["beside"]["seconds"] / grid["seconds"]),
        Ratio("grid / (d) JAX, both compiling", grid["seconds"] / jax["seconds"], at_most=1),
        Ratio("grid / (d) JAX, both compiled", grid["seconds_traced"] / jax["seconds_compiled"], at_most=1),
        Ratio(
            "    with a JAX device per processor",
            grid["seconds_traced"] / found["jax sharded"]["seconds_compiled"],
        ),
    ]


ROW = Row(
    title="Grid for the price of one",
    setup="50 λ × 5 seeds of an MLP 64-64 with dropout, 416 rows × 8 columns, batch 32, 100 epochs. The grid's time "
    "includes tracing. Imports (startup_seconds) and a first tiny run are in nobody's time.",
    contenders={
        "grid": grid,
        "textbook": textbook,
        "tuned": tuned,
        "reused": reused,
        "beside": beside,
        "jax": jax_grid,
        "jax sharded": jax_grid,
    },
    ratios=ratios,
    full=FULL,
    quick=QUICK,
    environment={"jax sharded": {"XLA_FLAGS": f"--xla_force_host_platform_device_count={processors()}"}},
)
