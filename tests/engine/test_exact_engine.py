"""The exact engine: one factorisation, every trial of a cohort, the same bits in every company."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from regctl.engine.exact.engine import ExactEngine
from regctl.engine.exact.ridge import ridge
from regctl.engine.plan import Shape, make_plan, make_trials
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training
from regctl.types import Prepared, Setting

LAYERS = presets.linear(Model(name="linear"))
TRAINING = Training(seeds=2)
LAMBDAS = [0.0, *np.geomspace(1e-6, 1, 20)]


def problem(rows=90, columns=7, held_out=41):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows + held_out, columns)).astype(np.float32)
    y = (x[:, 0] - 0.5 * x[:, 1] + 0.3 * generator.normal(size=len(x)) + 2).astype(np.float32)
    names = tuple(f"column {number}" for number in range(columns))
    return Prepared(names, x[:rows], y[:rows], x[rows:], y[rows:])


def trials(l1_ratio=0.0):
    return make_trials([Setting(float(lam), 0.0, 0.0, 0.001, l1_ratio=l1_ratio) for lam in LAMBDAS], TRAINING)


def solve(*chunks, data=None, engine=None):
    """The results of a cohort that is cut into these chunks."""
    (cohort,) = make_plan(LAYERS, trials(), Shape(90, 41, 7), TRAINING).cohorts
    cohort = replace(cohort, chunks=tuple(tuple(chunk) for chunk in chunks))
    return list((engine or ExactEngine()).train(cohort, {None: data or problem()}))


def bits(result):
    penalty = np.float64(result.penalty)  # the only number that shows all of the kernel's digits
    arrays = (result.train_prediction, result.validation_prediction, *result.weights, penalty)
    return [array.tobytes() for array in arrays]


def test_every_trial_has_the_ridge_solution_and_its_predictions():
    data = problem()
    (results,) = solve(trials(), data=data)
    fits = ridge(data.x_train, data.y_train, LAMBDAS)
    assert [result.trial for result in results] == trials()
    for place, result in enumerate(results[::2]):
        kernel, bias = result.weights
        assert (kernel.dtype, kernel.shape) == (np.float64, (7, 1))
        assert (bias.dtype, bias.shape) == (np.float64, (1,))
        np.testing.assert_array_equal(kernel[:, 0], fits.kernels[place])
        assert result.degrees_of_freedom == fits.degrees_of_freedom[place]
        for x, prediction in (
            (data.x_train, result.train_prediction),
            (data.x_validation, result.validation_prediction),
        ):
            exact_prediction = x.astype(np.float64) @ fits.kernels[place] + fits.intercepts[place]
            assert prediction.dtype == np.float32
            np.testing.assert_allclose(prediction, exact_prediction, rtol=6e-8, atol=1e-9)
        assert result.penalty == pytest.approx(LAMBDAS[place] * np.square(fits.kernels[place]).sum())


def test_nothing_was_trained():
    for result in solve(trials())[0]:
        assert (result.status, result.epochs, result.best_epoch, result.nonzero) == ("done", 0, 0, 7)
        assert result.history.train_loss.shape == result.history.validation_loss.shape == (0,)


def test_seeds_do_not_matter():
    (results,) = solve(trials())
    for first, second in zip(results[::2], results[1::2], strict=True):
        assert first.trial.seed != second.trial.seed
        assert bits(first) == bits(second)


def test_weights_are_kept_where_they_are_wanted():
    engine = ExactEngine(keep_weights=lambda trial: trial.seed == 1)
    (results,) = solve(trials(), engine=engine)
    assert [result.weights is not None for result in results] == [trial.seed == 1 for trial in trials()]


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0], ids=["ridge", "elastic net", "lasso"])
def test_a_trial_has_the_same_bits_in_every_company_chunking_order_and_number_of_threads(l1_ratio):
    everyone, data = trials(l1_ratio), problem(rows=700, columns=150, held_out=301)
    together = {result.trial.id: bits(result) for result in solve(everyone, data=data)[0]}
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            batches = solve(everyone[40:], everyone[3:9], [everyone[20]], everyone[9:20][::-1], data=data)
        assert [len(batch) for batch in batches] == [2, 6, 1, 11]
        for result in (result for batch in batches for result in batch):
            assert bits(result) == together[result.trial.id]


def test_l1_counts_the_weights_it_leaves_and_its_penalty():
    (results,) = solve(trials(0.75))
    for result in results:
        kernel, lam = result.weights[0].astype(np.float64), result.trial.setting.lambda_
        assert result.nonzero == np.count_nonzero(kernel)
        expected = lam * (0.75 * np.abs(kernel).sum() + 0.25 * np.square(kernel).sum())
        assert result.penalty == pytest.approx(expected, rel=1e-6)
    assert {result.nonzero for result in results} >= {2, 7}


def test_a_row_that_cannot_be_predicted_is_recorded_as_such():
    data = problem()
    data.x_validation[3, 2] = np.inf
    assert {result.status for result in solve(trials(), data=data)[0]} == {"diverged"}


@pytest.mark.process
def test_it_needs_no_tensorflow():
    code = (
        "import sys, regctl.engine.exact.engine; print({'tensorflow', 'keras', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
