"""The exact engine under folds: each fold is solved by itself, from one factorisation."""

import numpy as np
import pytest

from problems import LINEAR, grid, problem
from regctl.engine.exact import engine as engine_module
from regctl.engine.exact.engine import ExactEngine
from regctl.engine.exact.plan import exact_plan
from regctl.engine.exact.solver import Solver
from regctl.engine.plan import Shape
from regctl.spec.training import Training
from regctl.types import Trial

FOLDS = {fold: problem(rows=90 + fold, seed=fold) for fold in range(3)}
SETTINGS = grid(np.geomspace(1e-4, 1, 8))
TRIALS = [
    Trial(3 * place + fold, setting, 0, fold) for place, setting in enumerate(SETTINGS) for fold in FOLDS
]


def solve(trials, folds):
    (cohort,) = exact_plan(LINEAR, trials, Shape(92, 41, 7), Training()).cohorts
    return [result for batch in ExactEngine().train(cohort, folds) for result in batch]


def test_a_trial_in_folds_has_the_bits_of_its_fold_alone():
    for result in solve(TRIALS, FOLDS):
        fold, setting = result.trial.fold, result.trial.setting
        (alone,) = solve([Trial(0, setting, 0, None)], {None: FOLDS[fold]})
        assert result.weights[0].tobytes() == alone.weights[0].tobytes()
        assert result.validation_prediction.tobytes() == alone.validation_prediction.tobytes()
        assert len(result.train_prediction) == 90 + fold
        expected = ridge_by_hand(FOLDS[fold], setting.l2)
        np.testing.assert_allclose(result.weights[0][:, 0], expected, rtol=1e-10)


def ridge_by_hand(data, l2):
    x = data.x_train.astype(np.float64)
    x, y = x - x.mean(axis=0), data.y_train.astype(np.float64)
    return np.linalg.solve(x.T @ x + len(x) * l2 * np.eye(x.shape[1]), x.T @ (y - y.mean()))


@pytest.mark.parametrize("shuffled", [False, True])
def test_each_fold_is_factorised_once(monkeypatch, shuffled):
    made = []

    def counted(x, y):
        made.append(len(x))
        return Solver(x, y)

    monkeypatch.setattr(engine_module, "Solver", counted)
    assert len(solve(TRIALS[::-1] if shuffled else TRIALS, FOLDS)) == 24
    assert sorted(made) == [90, 91, 92]
