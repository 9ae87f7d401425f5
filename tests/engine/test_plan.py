import pytest

import regctl.engine.plan as plan_module
from problems import grid, trials_of
from regctl.engine.fused.layout import lay_out
from regctl.engine.fused.stack import Stack
from regctl.engine.plan import Shape, make_plan
from regctl.errors import MachineError
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training

SHAPE = Shape(100, 40, 7)
MLP = presets.mlp(Model(units=[8]))
SMALLEST = (
    32  # cells of the smallest chunk: one replicate's trial and spare ones, in two tiles of 16 settings
)


def test_trials_are_settings_times_seeds():
    training = Training(seeds=3, seed=5)
    trials = trials_of(grid([0.0, 0.1]), training)
    assert [trial.id for trial in trials] == list(range(6))
    assert [trial.seed for trial in trials] == [5, 6, 7] * 2
    assert [trial.setting.lambda_ for trial in trials] == [0.0] * 3 + [0.1] * 3


def test_steps_count_the_partial_batch():
    plan = make_plan(MLP, trials_of(grid([0.0]), Training()), SHAPE, Training(batch_size=64, epochs=10))
    assert plan.steps == 20


def test_a_cohort_compiles_the_dropout_layers_that_its_own_settings_use():
    settings = [
        *grid([0.0]),
        *grid([0.0], dropout=0.5),
        *grid([0.1], dropout=0.2, input_dropout=0.1),
        *grid([0.1]),
    ]
    plan = make_plan(MLP, trials_of(settings, Training()), SHAPE, Training())
    names = [[layer.name for layer in cohort.layers] for cohort in plan.cohorts]
    dense = ["dense_1", "output"]
    assert names == [
        dense,
        ["dense_1", "dropout_1", "output"],
        ["input_dropout", "dense_1", "dropout_1", "output"],
    ]
    assert [cohort.trials for cohort in plan.cohorts] == [6, 3, 3]
    assert plan.trials == 12


@pytest.mark.parametrize("processors", [1, 2, 3, 64])
@pytest.mark.parametrize("fitting", [1, 2, 5, 11, 1000])
@pytest.mark.parametrize("settings", [1, 3, 26])
def test_chunks_in_training_fit_the_memory_limit_and_hold_every_trial_once(
    monkeypatch, processors, fitting, settings
):
    monkeypatch.setattr(plan_module, "workers", lambda: processors)
    trials = trials_of(grid(range(settings)), Training(seeds=4))
    (whole,) = make_plan(MLP, trials, SHAPE, Training(memory_limit=1, seeds=4)).cohorts
    limit = fitting * (whole.bytes_per_chunk + SMALLEST * whole.bytes_per_trial) / 2**30
    (cohort,) = make_plan(MLP, trials, SHAPE, Training(memory_limit=limit * 1.001, seeds=4)).cohorts
    assert cohort.bytes <= limit * 1.001 * 2**30
    assert sorted(trial.id for chunk in cohort.chunks for trial in chunk) == list(range(4 * settings))
    assert all(cohort.chunks)


@pytest.mark.parametrize("fitting", [1, 3, 11])
@pytest.mark.parametrize("units", [8, 33, 100, 64])
def test_a_plan_counts_every_cell_that_the_engine_lays_out(monkeypatch, units, fitting):
    monkeypatch.setattr(plan_module, "workers", lambda: 2)
    layers = presets.mlp(Model(units=[units], activation="selu"))
    section = Training(seeds=5)
    trials = trials_of(grid(range(9)), section)
    (whole,) = make_plan(layers, trials, SHAPE, section.model_copy(update={"memory_limit": 1})).cohorts
    limit = fitting * (whole.bytes_per_chunk + SMALLEST * whole.bytes_per_trial) * 1.001 / 2**30
    (cohort,) = make_plan(layers, trials, SHAPE, section.model_copy(update={"memory_limit": limit})).cohorts
    stack = Stack(cohort.layers, SHAPE.columns)
    spare = stack.spare_trials(40, "binary_crossentropy")
    laid_out = [lay_out(chunk, stack.tile, spare).size for chunk in cohort.chunks]
    assert all(size <= planned for size, planned in zip(laid_out, cohort.cells, strict=True))
    assert cohort.bytes <= limit * 2**30


def test_chunks_are_even_and_every_processor_gets_some(monkeypatch):
    monkeypatch.setattr(plan_module, "workers", lambda: 2)
    wide = presets.mlp(Model(units=[64]))
    (cohort,) = make_plan(wide, trials_of(grid(range(26)), Training()), SHAPE, Training()).cohorts
    assert [len(chunk) for chunk in cohort.chunks] == [36, 42]


def test_a_trial_that_does_not_fit_is_refused_with_numbers():
    with pytest.raises(MachineError, match=r"one trial needs about 412 KiB, and 0 KiB may be used"):
        make_plan(MLP, trials_of(grid([0.0]), Training()), SHAPE, Training(memory_limit=1e-9))
