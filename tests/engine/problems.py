"""Small regression problems, and cohorts on them, for the engine's tests."""

from dataclasses import replace

import numpy as np

from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import Shape, make_plan, make_trials
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training
from regctl.types import Folds, Prepared, Setting, TrialResult

LINEAR = presets.linear(Model(name="linear"))


def problem(rows: int = 90, columns: int = 7, held_out: int = 41, seed: int = 0) -> Prepared:
    """A noisy nonlinear target on standard normal columns; no size is a multiple of 16."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows + held_out, columns)).astype(np.float32)
    y = x[:, 0] - 0.5 * x[:, 1] * x[:, 2] + 0.3 * generator.normal(size=rows + held_out)
    y = y.astype(np.float32)
    names = tuple(f"column {number}" for number in range(columns))
    return Prepared(names, x[:rows], y[:rows], x[rows:], y[rows:])


def outputs_of(loss: str) -> int:
    return 3 if loss == "categorical_crossentropy" else 1


def classed(loss: str, weighted: bool = False) -> Prepared:
    """The problem with a target that a loss can take: class numbers for the cross-entropies."""
    data = problem()
    cuts = {"binary_crossentropy": [0.2], "categorical_crossentropy": [-0.5, 0.4]}.get(loss)
    if cuts is not None:
        y = [np.digitize(values, cuts).astype(np.float32) for values in (data.y_train, data.y_validation)]
        data = replace(data, y_train=y[0], y_validation=y[1])
    if not weighted:
        return data
    return replace(data, row_weights=np.linspace(0.5, 2.0, len(data.y_train), dtype=np.float32))


def grid(lambdas, dropout=0.0, input_dropout=0.0, learning_rate=0.003) -> list[Setting]:
    return [Setting(float(lam), dropout, input_dropout, learning_rate) for lam in lambdas]


ENGINES: dict[str, FusedEngine] = {}


def train(layers, trials, data: Prepared, training: Training, loss="mean_squared_error") -> list[TrialResult]:
    """All results of the trials on a holdout. Engines are kept, so that each architecture is compiled once."""
    return train_folds(layers, trials, {None: data}, training, loss)


def train_folds(
    layers, trials, folds: Folds, training: Training, loss="mean_squared_error"
) -> list[TrialResult]:
    """The same on any folds."""
    plan = make_plan(layers, trials, Shape.of(folds), training)
    engine = ENGINES.setdefault(f"{training!r} {loss}", FusedEngine(training, loss))
    return [result for cohort in plan.cohorts for batch in engine.train(cohort, folds) for result in batch]


def trials_of(settings, training: Training):
    return make_trials(settings, training)
