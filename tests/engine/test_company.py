"""A trial's numbers do not depend on its company: the same bits alone, in any cohort, in any chunking."""

from dataclasses import replace

import numpy as np
import pytest

from problems import LINEAR, grid, problem, train, trials_of
from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import Shape, make_plan, workers
from regctl.models import presets
from regctl.spec.schema import Model, Training

TRAINING = Training(epochs=4, seeds=3, batch_size=32)

ARCHITECTURES = {
    "linear": LINEAR,
    "relu": presets.mlp(Model(units=[11, 6])),
    "tanh": presets.mlp(Model(units=[11, 6], activation="tanh")),
    "selu": presets.mlp(Model(units=[11, 6], activation="selu")),
    "selu, one unit": presets.mlp(Model(units=[1], activation="selu")),
}


def bits(result):
    arrays = [
        result.train_prediction,
        result.validation_prediction,
        result.history.validation_loss,
        *result.weights,
    ]
    return [array.tobytes() for array in arrays]


@pytest.mark.parametrize(
    "rates", [(0.0, 0.0), (0.4, 0.0), (0.3, 0.2)], ids=["no dropout", "dropout", "input too"]
)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_same_bits_in_every_company(architecture, rates):
    layers, data = ARCHITECTURES[architecture], problem()
    everyone = trials_of(grid(np.geomspace(1e-5, 1, 13), *rates), TRAINING)
    together = {result.trial.id: bits(result) for result in train(layers, everyone, data, TRAINING)}
    companies = ([everyone[7]], everyone[5:7], everyone[3:13], [everyone[1], everyone[20], everyone[38]])
    for company in companies:
        for result in train(layers, company, data, TRAINING):
            assert bits(result) == together[result.trial.id]


@pytest.mark.parametrize(
    "section",
    [
        TRAINING.model_copy(update={"optimizer": "sgd", "momentum": 0.9, "nesterov": True}),
        TRAINING.model_copy(update={"optimizer": "adamw", "schedule": "cosine"}),
        TRAINING.model_copy(update={"optimizer": "rmsprop", "schedule": "step"}),
    ],
    ids=lambda section: section.optimizer,
)
def test_same_bits_with_every_optimizer_and_l1(section):
    layers, data = ARCHITECTURES["relu"], problem()
    decay = 0.01 * (section.optimizer == "adamw")
    ratio = 0.5 * (section.optimizer != "adamw")
    settings = [replace(one, weight_decay=decay, l1_ratio=ratio) for one in grid(np.geomspace(1e-5, 1, 7))]
    everyone = trials_of(settings, section)
    together = {result.trial.id: bits(result) for result in train(layers, everyone, data, section)}
    for company in ([everyone[7]], everyone[5:13]):
        for result in train(layers, company, data, section):
            assert bits(result) == together[result.trial.id]


def test_same_bits_in_every_chunking_and_one_trace_for_all():
    layers, data = ARCHITECTURES["relu"], problem()
    trials = trials_of(grid(np.geomspace(1e-5, 1, 13)), TRAINING)
    shape = Shape(len(data.x_train), len(data.x_validation), len(data.names))
    whole = make_plan(layers, trials, shape, TRAINING)
    limit = 3.5 * workers() * whole.cohorts[0].bytes_per_trial / 2**30
    cut = make_plan(layers, trials, shape, TRAINING.model_copy(update={"memory_limit": limit}))
    assert max(len(chunk) for chunk in whole.cohorts[0].chunks) > 3
    assert max(len(chunk) for chunk in cut.cohorts[0].chunks) == 3
    engine = FusedEngine(TRAINING)
    runs = [
        {
            result.trial.id: bits(result)
            for batch in engine.train(plan.cohorts[0], {None: data})
            for result in batch
        }
        for plan in (whole, cut)
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) == 39
    assert [program.traces for program in engine.programs.values()] == [1]


def test_a_dropout_rate_of_zero_beside_others_changes_no_bit():
    layers, data = ARCHITECTURES["relu"], problem()
    plain = trials_of(grid([0.01]), TRAINING)
    mixed = trials_of([*grid([0.01]), *grid([0.01], dropout=0.5)], TRAINING)
    alone = [bits(result) for result in train(layers, plain, data, TRAINING)]
    beside = [bits(result) for result in train(layers, mixed, data, TRAINING)]
    assert beside[:3] == alone
    assert beside[3:] != alone


def test_a_learning_rate_of_its_own_changes_no_neighbour():
    layers, data = ARCHITECTURES["relu"], problem()
    slow, fast = grid([0.01], learning_rate=0.001), grid([0.01], learning_rate=0.01)
    alone = [bits(result) for result in train(layers, trials_of(slow, TRAINING), data, TRAINING)]
    beside = [bits(result) for result in train(layers, trials_of(slow + fast, TRAINING), data, TRAINING)]
    assert beside[:3] == alone
    assert beside[3:] != alone


def test_a_diverging_trial_is_recorded_and_its_neighbours_never_notice():
    layers, data = ARCHITECTURES["relu"], problem()
    training = TRAINING.model_copy(update={"optimizer": "sgd"})
    calm, wild = grid([0.0], learning_rate=0.01), grid([0.0], learning_rate=1e6)
    alone = train(layers, trials_of(calm, training), data, training)
    beside = train(layers, trials_of(calm + wild, training), data, training)
    assert [result.status for result in beside] == ["done"] * 3 + ["diverged"] * 3
    assert [bits(result) for result in beside[:3]] == [bits(result) for result in alone]


def test_seeds_differ_and_repeat():
    layers, data = ARCHITECTURES["relu"], problem()
    first, second = (train(layers, trials_of(grid([0.01]), TRAINING), data, TRAINING) for _ in range(2))
    assert [bits(result) for result in first] == [bits(result) for result in second]
    assert len({result.weights[0].tobytes() for result in first}) == 3
