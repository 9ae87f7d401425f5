"""A network trained inside a wider one has the bits that it has alone."""

from dataclasses import replace

import numpy as np
import pytest

from narrow_networks import alone, assert_equal, cohorts_of, inside
from problems import classed, grid, outputs_of, problem, trials_of
from regctl.engine.fused import engine as engine_module
from regctl.engine.fused.engine import FusedEngine
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import EarlyStopping, Training

TRAINING = Training(epochs=3, seeds=2, batch_size=27)  # 90 rows: the last batch has 9
# Each activation, noise and loss; `-` is no noise at all.
CASES = [
    ("relu", "dropout", "categorical_crossentropy", "none"),
    ("relu", "gaussian_noise", "binary_crossentropy", "batch"),
    ("elu", "gaussian_noise", "huber", "none"),
    ("selu", "alpha_dropout", "binary_crossentropy", "none"),
    ("tanh", "dropout", "mean_squared_error", "batch"),
    ("sigmoid", "gaussian_dropout", "mean_squared_error", "batch"),
    ("sigmoid", "gaussian_noise", "categorical_crossentropy", "none"),
    ("sigmoid", "-", "binary_crossentropy", "none"),
]
WIDE, NARROW = {1: [37], 2: [31, 13]}, {1: [1], 2: [11, 6]}


def assert_same_bits_inside_as_alone(case, hidden, training=TRAINING):
    activation, noise, loss, normalization = case
    data = {None: classed(loss)}
    rate = 0.0 if noise == "-" else 0.3
    kind = "dropout" if noise == "-" else noise
    choices = [
        presets.mlp(
            Model(units=units, activation=activation, normalization=normalization), outputs_of(loss), kind
        )
        for units in (NARROW[hidden], WIDE[hidden])
    ]
    trials = trials_of(grid([0.0, 1e-3, 1e-2, 0.1], dropout=rate, learning_rate=0.01), training)
    networks = {trial.id: choices[trial.id // training.seeds % len(choices)] for trial in trials}
    found = inside(networks, trials, data, training, loss)
    expected = alone(networks, trials, data, training, loss)
    assert len(found) == len(trials)
    for trial in trials:
        assert_equal(found[trial.id], expected[trial.id])


@pytest.mark.parametrize("case", CASES, ids=lambda case: ", ".join(case))
def test_same_bits_inside_as_alone(case):
    assert_same_bits_inside_as_alone(case, hidden=1 + CASES.index(case) % 2)


@pytest.mark.parametrize(
    "section",
    [
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
        {"optimizer": "rmsprop", "schedule": "step"},
        {"optimizer": "adamw"},
    ],
    ids=lambda section: section["optimizer"],
)
def test_same_bits_with_every_optimizer(section):
    """With L1, whose zeros `nonzero` counts; adamw with its decay instead."""
    training = Training(**TRAINING.model_dump() | section)
    data = {None: problem()}
    decays = section["optimizer"] == "adamw"
    settings = [
        replace(setting, l1_ratio=0.0 if decays else 0.6, weight_decay=0.1 * decays)
        for setting in grid([0.05, 0.01, 0.0], learning_rate=0.02)
    ]
    trials = trials_of(settings, training)
    choices = [presets.mlp(Model(units=units)) for units in ([23, 9], [5, 40])]
    networks = {trial.id: choices[trial.id % 2] for trial in trials}
    found, expected = (train(networks, trials, data, training) for train in (inside, alone))
    for trial in trials:
        assert_equal(found[trial.id], expected[trial.id])
        assert [weight.shape for weight in found[trial.id].weights] == [
            weight.shape for weight in expected[trial.id].weights
        ]


@pytest.mark.parametrize("rate", [0.03, 1e5], ids=["stops early", "diverges"])
def test_same_end_of_trials_that_end_before_the_last_epoch(rate):
    training = Training(
        epochs=25, seeds=2, batch_size=16, optimizer="sgd", early_stopping=EarlyStopping(patience=2)
    )
    trials = trials_of([*grid([0.0], 0.2, 0.0, rate), *grid([0.0, 0.1], 0.2, 0.0, 0.01)], training)
    choices = [
        presets.mlp(Model(units=units, activation="sigmoid", normalization="batch")) for units in ([40], [5])
    ]
    networks = {trial.id: choices[trial.id % 2] for trial in trials}
    found, expected = (train(networks, trials, {None: problem()}, training) for train in (inside, alone))
    assert len({result.epochs for result in found.values()}) > 1
    assert (found[0].status == "diverged") == (rate > 1)
    for trial in trials:
        assert_equal(found[trial.id], expected[trial.id])


def test_a_mask_is_compiled_in_only_where_a_unit_would_not_be_0(monkeypatch):
    monkeypatch.setattr(engine_module, "bits_do_not_depend_on_size", lambda half: True)
    training = TRAINING.model_copy(update={"epochs": 1})
    trials = trials_of(grid([0.0], dropout=0.3), training)
    masked = []
    for activation in ("relu", "sigmoid"):
        choices = [presets.mlp(Model(units=[units], activation=activation)) for units in (8, 5)]
        engine = FusedEngine(training)
        inside({0: choices[0], 1: choices[1]}, trials, {None: problem()}, training, engine=engine)
        masked += [program.stack.masked_units for program in engine.programs.values()]
    assert masked == [(), (8,)]


def test_where_products_round_by_their_size_each_width_trains_in_its_own_program(monkeypatch):
    monkeypatch.setattr(engine_module, "bits_do_not_depend_on_size", lambda half: False)
    trials = trials_of(grid([0.0, 0.1], dropout=0.3), TRAINING)
    choices = [presets.mlp(Model(units=[units])) for units in (12, 5)]
    networks = {trial.id: choices[trial.id % 2] for trial in trials}
    engine = FusedEngine(TRAINING)
    found = inside(networks, trials, {None: problem()}, TRAINING, engine=engine)
    expected = alone(networks, trials, {None: problem()}, TRAINING)
    assert sorted(program.stack.weights[0].shape[1] for program in engine.programs.values()) == [5, 12]
    for trial in trials:
        assert_equal(found[trial.id], expected[trial.id])


@pytest.mark.parametrize("widths", [(9, 4), (4,), (0, 4)])
def test_widths_that_do_not_fit_are_refused(widths):
    trials = trials_of(grid([0.0]), TRAINING)
    layers = presets.mlp(Model(units=[8, 4]))
    (cohort,) = cohorts_of({trial.id: layers for trial in trials}, trials, {None: problem()}, TRAINING)
    engine = FusedEngine(TRAINING)
    with pytest.raises(ValueError, match="cannot train inside"):
        list(engine.train(replace(cohort, widths={1: widths}), {None: problem()}))


def test_the_narrow_part_of_wider_weights_is_what_a_narrow_network_starts_from():
    """The draws are unit by unit: but for the fans in the initializer's limit, a narrow kernel is a wide one's part."""
    training = Training(epochs=1, seeds=1, batch_size=90, optimizer="sgd")
    (trial,) = trials_of(grid([0.0], learning_rate=1e-30), training)
    starts = {
        units: alone({0: presets.mlp(Model(units=[units]))}, [trial], {None: problem()}, training)[0].weights
        for units in (12, 5)
    }
    scale = np.sqrt((7 + 12) / (7 + 5))
    np.testing.assert_allclose(starts[5][0], starts[12][0][:, :5] * scale, rtol=1e-5)
