"""k-fold: a fold's trials are what they would be by themselves."""

import numpy as np
import pytest

from problems import LINEAR, grid, problem
from regctl.datasets.folds import in_layout
from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import Shape, make_plan, make_trials
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import EarlyStopping, Training

ARCHITECTURES = {
    "linear": LINEAR,
    "relu": presets.mlp(Model(units=[11, 6])),
    "selu": presets.mlp(Model(units=[11, 6], activation="selu", normalization="batch")),
}
TRAINING = Training(epochs=4, seeds=2, batch_size=32)
# Rows to train on and rows held out: with batches of 32 rows, folds 0 to 2 take 3 steps an epoch, fold 3 takes 2.
SIZES = ((90, 41), (91, 40), (80, 7), (51, 80))


def folds_of(sizes=SIZES):
    return {number: problem(rows, 7, held_out, seed=number) for number, (rows, held_out) in enumerate(sizes)}


def results(layers, trials, folds, training, engine=None):
    plan = make_plan(layers, trials, Shape.of(folds), training)
    engine = engine or FusedEngine(training)
    return {
        result.trial.id: result
        for cohort in plan.cohorts
        for batch in engine.train(cohort, folds)
        for result in batch
    }


def bits(result):
    arrays = (result.train_prediction, result.validation_prediction, *result.weights)
    return [array.tobytes() for array in (*arrays, result.history.validation_loss)]


@pytest.mark.parametrize(
    ("architecture", "stopping"),
    [("linear", None), ("relu", EarlyStopping(patience=1, min_delta=0.02)), ("selu", None)],
    ids=["linear", "relu, early stopping", "selu"],
)
def test_a_fold_trained_beside_others_has_the_bits_of_the_fold_alone(architecture, stopping):
    layers, folds = ARCHITECTURES[architecture], folds_of()
    training = TRAINING.model_copy(update={"early_stopping": stopping, "epochs": 8 if stopping else 3})
    settings = grid([0.0, 0.1], dropout=0.2 if architecture != "linear" else 0.0)
    trials = make_trials(settings, training, folds)
    engine = FusedEngine(training)
    together = results(layers, trials, folds, training, engine)
    assert len(together) == 2 * 2 * 4
    for fold in (1, 3):
        own = [trial for trial in trials if trial.fold == fold]
        beside_nobody = results(layers, own, folds, training, engine)
        by_itself = results(layers, own, {fold: folds[fold]}, training, engine)
        for trial in own:
            assert bits(beside_nobody[trial.id]) == bits(together[trial.id])
            assert bits(by_itself[trial.id]) == bits(together[trial.id])


def test_a_full_batch_is_as_large_as_its_own_fold():
    folds = folds_of(((80, 9), (81, 9)))
    training = TRAINING.model_copy(update={"batch_size": 500})
    trials = make_trials(grid([0.01]), training, folds)
    plan = make_plan(LINEAR, trials, Shape.of(folds), training)
    assert [{trial.fold for chunk in cohort.chunks for trial in chunk} for cohort in plan.cohorts] == [
        {0},
        {1},
    ]
    together = results(LINEAR, trials, folds, training)
    for trial in trials:
        alone = results(LINEAR, [trial], {trial.fold: folds[trial.fold]}, training)
        assert bits(alone[trial.id]) == bits(together[trial.id])


def test_folds_of_one_number_of_steps_share_chunks():
    folds = folds_of()
    trials = make_trials(grid([0.0, 0.1]), TRAINING, folds)
    plan = make_plan(LINEAR, trials, Shape.of(folds), TRAINING)
    chunks = [{trial.fold for chunk in cohort.chunks for trial in chunk} for cohort in plan.cohorts]
    assert sorted(map(sorted, chunks)) == [[0, 1, 2], [3]]
    assert plan.trials == 2 * 2 * 4


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_a_column_that_a_fold_lacks_has_no_weight_and_no_effect(optimizer):
    """In the wider layout the fold trains as in its own; a column that is all 0 keeps a kernel of exactly 0."""
    narrow = problem(90, 6, 41)
    names = ("absent", *narrow.names[:3], "lacking", *narrow.names[3:])
    wide = in_layout(narrow, names)
    training = TRAINING.model_copy(update={"optimizer": optimizer})
    settings = grid([0.0, 0.01], dropout=0.3, input_dropout=0.2)
    trials = make_trials(settings, training, [0])
    layers, engine = ARCHITECTURES["relu"], FusedEngine(training)
    expected = results(layers, trials, {0: narrow}, training, engine)
    found = results(layers, trials, {0: wide}, training, engine)
    for trial in trials:
        kernel = found[trial.id].weights[0]
        assert (kernel[[0, 4]] == 0).all()
        np.testing.assert_allclose(
            np.delete(kernel, [0, 4], axis=0), expected[trial.id].weights[0], rtol=1e-4, atol=1e-6
        )
        np.testing.assert_allclose(
            found[trial.id].validation_prediction,
            expected[trial.id].validation_prediction,
            rtol=1e-4,
            atol=1e-5,
        )
        assert found[trial.id].nonzero == expected[trial.id].nonzero
        assert found[trial.id].penalty == pytest.approx(expected[trial.id].penalty, rel=1e-4)
