"""k-fold: a fold's trials are what they would be by themselves."""

import pytest

from problems import LINEAR, grid, problem
from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import Shape, make_plan, make_trials
from regctl.models import presets
from regctl.spec.schema import EarlyStopping, Model, Training

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


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    "stopping", [None, EarlyStopping(patience=1, min_delta=0.02)], ids=["", "early stopping"]
)
def test_a_fold_trained_beside_others_has_the_bits_of_the_fold_alone(architecture, stopping):
    layers, folds = ARCHITECTURES[architecture], folds_of()
    training = TRAINING.model_copy(update={"early_stopping": stopping, "epochs": 12 if stopping else 4})
    settings = grid([0.0, 0.01, 0.1], dropout=0.2 if architecture != "linear" else 0.0)
    trials = make_trials(settings, training, folds)
    engine = FusedEngine(training)
    together = results(layers, trials, folds, training, engine)
    assert len(together) == 3 * 2 * 4
    for fold in folds:
        own = [trial for trial in trials if trial.fold == fold]
        alone = results(layers, own, folds, training, engine)
        assert {id_: bits(each) for id_, each in alone.items()} == {id_: bits(together[id_]) for id_ in alone}
        apart = results(layers, own, {fold: folds[fold]}, training, engine)
        for id_, each in apart.items():
            assert bits(each) == bits(together[id_])
