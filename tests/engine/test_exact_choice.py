"""Which engine is chosen and why, and what the exact engine's work costs."""

import tracemalloc

import numpy as np
import pytest

from problems import LINEAR, grid, problem
from regctl.engine.choice import choose_engine, seeds_note
from regctl.engine.exact.engine import ExactEngine
from regctl.engine.exact.plan import exact_plan
from regctl.engine.plan import Shape
from regctl.errors import MachineError
from regctl.spec.schema import Spec
from regctl.spec.training import Training
from regctl.types import Trial

SPEC = {"name": "x", "dataset": {"source": "ames", "target": "Sale_Price"}}


def chosen(**sections):
    choice = choose_engine(Spec.model_validate(SPEC | {"model": {"name": "linear"}} | sections))
    return choice.engine, choice.why


def test_a_linear_model_with_squared_loss_is_solved_exactly():
    assert chosen() == ("exact", "exact solution: a linear model with squared loss")
    assert chosen(training={"solver": "exact"}) == chosen()


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"training": {"solver": "gradient"}}, "training.solver is gradient"),
        ({"model": {"name": "mlp"}}, "no exact solution with model mlp"),
        ({"regularization": {"input_dropout": 0.25}}, "no exact solution with input_dropout 0.25"),
        (
            {
                "training": {"optimizer": "adamw", "early_stopping": {}},
                "regularization": {"weight_decay": 0.1},
            },
            "no exact solution with weight_decay 0.1 and early_stopping",
        ),
    ],
)
def test_everything_else_is_trained_and_the_reason_named(sections, why):
    assert chosen(**sections) == ("fused", f"gradient descent: {why}")


def test_several_seeds_of_an_exact_solution_are_told_to_be_one():
    exact = choose_engine(Spec.model_validate(SPEC | {"model": {"name": "linear"}}))
    fused = choose_engine(Spec.model_validate(SPEC))
    assert seeds_note(exact, 3) == ("The exact solution is the same for every seed: 1 seed instead of 3.",)
    assert seeds_note(exact, 1) == seeds_note(fused, 3) == ()


def trials_over(folds, settings=20):
    pairs = [(setting, fold) for setting in grid(np.geomspace(1e-4, 1, settings)) for fold in folds]
    return [Trial(id_, setting, 0, fold) for id_, (setting, fold) in enumerate(pairs)]


@pytest.mark.parametrize(("rows", "columns"), [(3000, 40), (400, 200), (60, 300)])
def test_the_estimate_of_memory_is_honest(rows, columns):
    data, trials = problem(rows, columns, held_out=rows // 3), trials_over([None])
    plan = exact_plan(LINEAR, trials, Shape(rows, rows // 3, columns), Training())
    (cohort,) = plan.cohorts
    assert (cohort.engine, plan.steps, len(cohort.chunks)) == ("exact", 0, 1)
    next(ExactEngine().train(cohort, {None: data}))  # imports done
    tracemalloc.start()
    results = list(ExactEngine().train(cohort, {None: data}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(results[0]) == 20
    assert 0.4 * cohort.bytes < peak < 1.1 * cohort.bytes


def test_chunks_fit_the_memory_limit_and_hold_one_fold_each():
    shape, trials = Shape(3000, 1000, 40), trials_over([2, 0, 1])
    whole = exact_plan(LINEAR, trials, shape, Training(memory_limit=1)).cohorts[0]
    assert [{trial.fold for trial in chunk} for chunk in whole.chunks] == [{0}, {1}, {2}]
    limit = whole.fixed_bytes + 8.5 * whole.bytes_per_trial
    (cohort,) = exact_plan(LINEAR, trials, shape, Training(memory_limit=limit / 2**30)).cohorts
    assert [len(chunk) for chunk in cohort.chunks] == [8, 8, 4] * 3
    assert cohort.bytes <= limit
    with pytest.raises(MachineError, match="the exact solution needs about"):
        exact_plan(LINEAR, trials, shape, Training(memory_limit=whole.fixed_bytes / 2**30))
