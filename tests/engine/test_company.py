"""A trial's numbers do not depend on its company: the same bits alone, in any cohort, in any chunking."""

from dataclasses import replace

import numpy as np
import pytest

from problems import LINEAR, classed, grid, outputs_of, problem, train, train_folds, trials_of
from regctl.engine.fused import chunk
from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import Shape, make_plan, workers
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training
from regctl.types import Trial

TRAINING = Training(epochs=4, seeds=3, batch_size=32)

ARCHITECTURES = {
    "linear": LINEAR,
    "relu": presets.mlp(Model(units=[11, 6])),
    "tanh": presets.mlp(Model(units=[11, 6], activation="tanh")),
    "selu": presets.mlp(Model(units=[11, 6], activation="selu")),
    "selu, one unit": presets.mlp(Model(units=[1], activation="selu")),
}


NORMALISED = {
    f"{kind} normalisation, {activation}": presets.mlp(
        Model(units=[11, 6], activation=activation, normalization=kind)
    )
    for kind, activation in (("batch", "relu"), ("batch", "sigmoid"), ("layer", "relu"), ("layer", "elu"))
}
NOISY = {
    kind: presets.mlp(Model(units=[11, 6], activation="elu"), noise=kind)
    for kind in ("alpha_dropout", "gaussian_dropout", "gaussian_noise")
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


def assert_same_bits_in_every_company(layers, settings, data, loss="mean_squared_error"):
    everyone = trials_of(settings, TRAINING)
    together = {result.trial.id: bits(result) for result in train(layers, everyone, data, TRAINING, loss)}
    for company in ([everyone[7]], everyone[3:13], [everyone[1], everyone[20]]):
        for result in train(layers, company, data, TRAINING, loss):
            assert bits(result) == together[result.trial.id]


@pytest.mark.parametrize("rows", [90, 97], ids=["last batch of 26", "last batch of 1"])
@pytest.mark.parametrize("architecture", NORMALISED)
def test_same_bits_with_every_normalisation(architecture, rows):
    settings = grid(np.geomspace(1e-5, 1, 7), dropout=0.3)
    assert_same_bits_in_every_company(NORMALISED[architecture], settings, problem(rows))


@pytest.mark.parametrize("kind", NOISY)
def test_same_bits_with_every_noise(kind):
    settings = [*grid([1e-4, 1e-3, 1e-2], dropout=0.3), *grid([1e-4, 1e-3, 1e-2, 0.1], dropout=0.6)]
    assert_same_bits_in_every_company(NOISY[kind], settings, problem())


@pytest.mark.parametrize("loss", ["huber", "binary_crossentropy", "categorical_crossentropy"])
def test_same_bits_with_every_loss(loss):
    layers = presets.mlp(Model(units=[11, 6]), outputs=outputs_of(loss))
    settings = grid(np.geomspace(1e-5, 1, 7), dropout=0.3)
    assert_same_bits_in_every_company(layers, settings, classed(loss, weighted=True), loss)


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
    cohort = whole.cohorts[0]
    two_tiles = cohort.bytes_per_chunk + 33 * cohort.bytes_per_trial
    limit = workers() * two_tiles / 2**30
    cut = make_plan(layers, trials, shape, TRAINING.model_copy(update={"memory_limit": limit}))
    assert [len({trial.seed for trial in chunk}) for chunk in cohort.chunks] == [3]
    assert [len({trial.seed for trial in chunk}) for chunk in cut.cohorts[0].chunks] == [1, 2]
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


@pytest.mark.parametrize("what", ["weights", "rate"])
def test_a_nan_injected_into_one_trial_changes_no_other_bit(what, monkeypatch):
    layers, data = NORMALISED["batch normalisation, relu"], problem()
    trials = trials_of(grid([0.0, 0.01, 0.1]), TRAINING)
    clean = train(layers, trials, data, TRAINING)
    if what == "rate":
        trials[4] = replace(trials[4], setting=replace(trials[4].setting, learning_rate=float("nan")))
    else:
        monkeypatch.setattr(chunk, "initial_weights", with_a_nan(chunk.initial_weights))
    injected = train(layers, trials, data, TRAINING)
    assert [result.status for result in injected] == ["done"] * 4 + ["diverged"] + ["done"] * 4
    assert (injected[4].epochs, len(injected[4].history.validation_loss)) == (1, 1)
    assert np.isnan(injected[4].validation_prediction).all()
    for number in {*range(9)} - {4}:
        assert bits(injected[number]) == bits(clean[number])


def with_a_nan(initial_weights):
    """Initial weights whose second replicate's second setting, trial 4, has one NaN in its second kernel."""

    def spoilt(stack, *arguments):
        weights = initial_weights(stack, *arguments)
        index = [weight.name for weight in stack.weights].index("kernel", 1)
        weights[index][1, 1, 0, 0] = np.nan
        return weights

    return spoilt


def test_a_fold_has_the_same_bits_alone_and_beside_others():
    data = {fold: problem(rows, held_out=131 - rows, seed=fold) for fold, rows in enumerate((90, 89, 91))}
    section = TRAINING.model_copy(update={"batch_size": 100})
    setting = grid([0.001], dropout=0.3)[0]
    trials = [Trial(fold * 2 + seed, setting, seed, fold) for fold in range(3) for seed in range(2)]
    layers = ARCHITECTURES["selu"]
    for chosen in (section, TRAINING):
        together = {result.trial.id: bits(result) for result in train_folds(layers, trials, data, chosen)}
        for company in (trials[:2], trials[2:3], trials[3:]):
            for result in train_folds(layers, company, data, chosen):
                assert bits(result) == together[result.trial.id]


def test_a_fold_in_a_cohort_equals_a_run_on_its_rows_alone():
    data = {fold: problem(rows, held_out=131 - rows, seed=fold) for fold, rows in enumerate((90, 89, 91))}
    setting = grid([0.001], dropout=0.3)[0]
    trials = [Trial(fold, setting, 0, fold) for fold in range(3)]
    for result in train_folds(ARCHITECTURES["relu"], trials, data, TRAINING):
        fold = result.trial.fold
        (alone,) = train_folds(ARCHITECTURES["relu"], [result.trial], {fold: data[fold]}, TRAINING)
        assert len(result.validation_prediction) == len(data[fold].y_validation)
        np.testing.assert_allclose(result.validation_prediction, alone.validation_prediction, atol=1e-5)
        np.testing.assert_allclose(result.history.validation_loss, alone.history.validation_loss, rtol=1e-5)


def test_no_penalty_is_a_penalty_of_zero():
    """Under every kind: the program of L1 has a proximal step, and its threshold of 0 moves nothing."""
    layers, data = ARCHITECTURES["relu"], problem()
    zero = grid([0.0])[0]
    section = TRAINING.model_copy(update={"seeds": 1})
    found = [
        train(layers, trials_of([replace(zero, l1_ratio=ratio)], section), data, section)[0]
        for ratio in (0.0, 0.5, 1.0)
    ]
    for result in found[1:]:
        np.testing.assert_allclose(
            result.validation_prediction, found[0].validation_prediction, rtol=0, atol=1e-6
        )
        assert result.penalty == 0


def test_seeds_differ_and_repeat():
    layers, data = ARCHITECTURES["relu"], problem()
    first, second = (train(layers, trials_of(grid([0.01]), TRAINING), data, TRAINING) for _ in range(2))
    assert [bits(result) for result in first] == [bits(result) for result in second]
    assert len({result.weights[0].tobytes() for result in first}) == 3
