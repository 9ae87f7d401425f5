"""The Keras engine trains the first piece of a training, and keeps nothing to go on from."""

from dataclasses import replace

import numpy as np
import pytest

from problems import grid, problem, trials_of
from regctl.engine.keras.engine import KerasEngine
from regctl.engine.keras.fitting import fit_trial
from regctl.engine.keras.messages import Recipe
from regctl.engine.keras.plan import keras_plan
from regctl.engine.plan import Shape
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training

LAYERS = presets.mlp(Model(units=[5]))
TRAINING = Training(epochs=6, seeds=1, batch_size=16, optimizer="sgd", momentum=0.9, schedule="cosine")
(TRIAL,) = trials_of(grid([0.01], learning_rate=0.05), TRAINING)


def fit(training=TRAINING, last_epoch=None, tell=lambda event: None):
    return fit_trial(Recipe(LAYERS, training, "mean_squared_error", last_epoch), TRIAL, problem(), tell)


def cohort():
    return keras_plan(LAYERS, [TRIAL], Shape.of({None: problem()}), TRAINING).cohorts[0]


def test_a_piece_is_the_whole_training_up_to_its_end():
    told = []
    piece, whole = fit(last_epoch=4, tell=told.append), fit()
    assert [(event.epoch, event.epochs) for event in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (piece.epochs, whole.epochs) == (4, 6)
    np.testing.assert_array_equal(piece.history.validation_loss, whole.history.validation_loss[:4])
    shorter = fit(TRAINING.model_copy(update={"epochs": 4}))
    assert not np.array_equal(shorter.history.validation_loss, piece.history.validation_loss)


@pytest.mark.process
def test_the_engine_trains_a_cohorts_piece_with_its_own_batch_size():
    own = replace(cohort(), last_epoch=4, batch_size=23)
    (found,) = next(iter(KerasEngine(TRAINING).train(own, {None: problem()})))
    expected = fit(TRAINING.model_copy(update={"batch_size": 23}), last_epoch=4)
    assert found.epochs == 4
    np.testing.assert_allclose(found.history.validation_loss, expected.history.validation_loss, rtol=1e-6)


@pytest.mark.parametrize(
    "changed", [{"first_epoch": 2}, {"widths": {0: (3,)}}], ids=lambda each: next(iter(each))
)
def test_it_neither_goes_on_nor_trains_inside_a_wider_network(changed):
    with pytest.raises(ValueError, match="whole networks from their first epoch on"):
        list(KerasEngine(TRAINING).train(replace(cohort(), **changed), {None: problem()}))
