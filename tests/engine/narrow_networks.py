"""Networks of several widths: trained inside the widest, and each by itself."""

from dataclasses import replace

import numpy as np

from regctl.engine.fused.engine import FusedEngine
from regctl.engine.masking import widest, widths_of
from regctl.engine.plan import Shape, make_plan
from regctl.types import TrialResult


def cohorts_of(networks, trials, folds, training, jobs=None):
    """Cohorts of the widest network, with the network that each trial has: `networks` by trial id."""
    layers = widest([networks[trial.id] for trial in trials])
    assert layers is not None
    plan = make_plan(layers, trials, Shape.of(folds), training, jobs)
    widths = {trial.id: widths_of(networks[trial.id]) for trial in trials}
    return [
        replace(cohort, widths={id_: own for id_, own in widths.items() if own != widths_of(layers)})
        for cohort in plan.cohorts
    ]


def inside(networks, trials, folds, training, loss="mean_squared_error", engine=None):
    """By id the results of all trials together, each network inside the widest."""
    engine = engine or FusedEngine(training, loss)
    return {
        result.trial.id: result
        for cohort in cohorts_of(networks, trials, folds, training)
        for batch in engine.train(cohort, folds)
        for result in batch
    }


def alone(networks, trials, folds, training, loss="mean_squared_error"):
    """By id the results of each network's trials in a program of their own."""
    engine = FusedEngine(training, loss)
    found = {}
    for network in {networks[trial.id] for trial in trials}:
        own = [trial for trial in trials if networks[trial.id] == network]
        for cohort in make_plan(network, own, Shape.of(folds), training).cohorts:
            for batch in engine.train(cohort, folds):
                found |= {result.trial.id: result for result in batch}
    return found


def assert_equal(found: TrialResult, expected: TrialResult):
    """Every field, and of every number every bit."""
    for name in ("trial", "status", "epochs", "best_epoch", "nonzero"):
        assert getattr(found, name) == getattr(expected, name), name
    for number, (ours, theirs) in enumerate(zip(_arrays(found), _arrays(expected), strict=True)):
        np.testing.assert_array_equal(ours, theirs, err_msg=str(number))
        assert ours.tobytes() == theirs.tobytes(), number


def _arrays(result: TrialResult):
    history = result.history
    fixed = (np.array(result.penalty), history.train_loss, history.validation_loss)
    return [result.train_prediction, result.validation_prediction, *fixed, *result.weights]
