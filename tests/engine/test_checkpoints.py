"""A training that dies after a checkpoint and goes on from it ends with every bit of one that did not die."""

from dataclasses import replace

import pytest

from narrow_networks import assert_equal, cohorts_of
from problems import LINEAR, grid, problem
from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import make_trials
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import EarlyStopping, Training
from stores import Death, Store

PLAIN = Training(epochs=7, seeds=2, batch_size=32)
SECTIONS = {
    "momentum": {"optimizer": "sgd", "momentum": 0.9, "schedule": "cosine"},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adam": {"optimizer": "adam", "early_stopping": EarlyStopping(patience=2)},
    "adamw": {"optimizer": "adamw", "schedule": "step"},
    "rmsprop": {"optimizer": "rmsprop", "schedule": "cosine"},
}
MODELS = {
    "momentum": Model(units=[11, 6]),
    "nesterov": Model(units=[11]),
    "adam": Model(units=[11], activation="elu"),
    "adamw": Model(units=[11], activation="tanh", normalization="layer"),
    "rmsprop": Model(units=[11, 6], normalization="batch"),
}


@pytest.fixture(autouse=True)
def short_calls(monkeypatch):
    """The program returns after every step but those of the first epoch: checkpoints lie inside of epochs."""
    monkeypatch.setattr("regctl.engine.fused.chunk.SECONDS_PER_CALL", 0.0)


PROGRAMS: dict = {}


def made(training, store=None, loss="mean_squared_error", **named):
    """The engine of a new process, but for the programs: those are compiled once, and hold no numbers."""
    engine = FusedEngine(training, loss, checkpoints=store, **named)
    engine.programs = PROGRAMS.setdefault(f"{training!r} {loss}", engine.programs)
    return engine


def whole_of(networks, trials, folds, training, loss="mean_squared_error"):
    """By id the results of a process that saves nothing and does not die."""
    cohorts = cohorts_of(networks, trials, folds, training, jobs=1)
    engine = made(training, loss=loss)
    batches = (batch for cohort in cohorts for batch in engine.train(cohort, folds))
    return {result.trial.id: result for batch in batches for result in batch}


def run(store, networks, trials, folds, training, journal=True, company=1, **piece):
    """By id the results that came before a death; trials that are journaled are forgotten, as a run does."""
    engine, found = made(training, store), {}
    try:
        for number in range(company):
            chosen = [trial for trial in trials if trial.id % company == number]
            for cohort in cohorts_of(networks, chosen, folds, training, jobs=1):
                for batch in engine.train(replace(cohort, **piece), folds):
                    found |= {result.trial.id: result for result in batch}
                    if journal:
                        engine.forget(result.trial.id for result in batch)
    except Death:
        pass
    return found


def die_and_go_on(dies_at, networks, trials, folds, training, company=1):
    """By id the results of both processes; the second one cuts the trials that are left in another way."""
    store = Store(dies_at=dies_at)
    before = run(store, networks, trials, folds, training)
    assert len(store.saves) == dies_at
    first = store.saves[-1][1]
    left = [trial for trial in trials if trial.id not in before]
    after = run(store, networks, left, folds, training, company=company)
    assert store.saves[dies_at][1] > first  # it went on, and did not begin again
    assert not store.states  # what is journaled leaves nothing behind
    return before | after


@pytest.mark.parametrize("name", SECTIONS)
def test_a_training_that_died_goes_on_to_the_same_bits(name):
    """Every optimiser and schedule; L1 and decay; dropout; normalisations; early stopping, while others go on."""
    training = Training(**PLAIN.model_dump() | SECTIONS[name])
    settings = [
        replace(setting, l1_ratio=0.5 * (name != "adamw"), weight_decay=0.1 * (name == "adamw"))
        for setting in (*grid([0.0, 0.03], 0.3, 0.0, 0.01), *grid([0.01], 0.5, 0.0, 0.05))
    ]
    trials, data = make_trials(settings, training), {None: problem()}
    networks = dict.fromkeys(range(len(trials)), presets.mlp(MODELS[name]))
    whole = whole_of(networks, trials, data, training)
    deaths = [(1, 3), (5, 1), (14, 2)]
    if training.early_stopping:
        stopped = min(whole.values(), key=lambda result: result.epochs)
        assert stopped.best_epoch < stopped.epochs < 7
        # The first save is after the 3 steps of an epoch, then each step has one: here the best is the epoch before.
        deaths.append((3 * stopped.best_epoch, 1))
    for dies_at, company in deaths:
        found = die_and_go_on(dies_at, networks, trials, data, training, company)
        for trial in trials:
            assert_equal(found[trial.id], whole[trial.id])


def test_narrow_networks_under_folds_and_in_packed_chunks_go_on_to_the_same_bits():
    """Folds of unlike sizes are cohorts of their own; what stops early leaves the program, then the process dies."""
    training = PLAIN.model_copy(update={"early_stopping": EarlyStopping(patience=1), "epochs": 12})
    folds = {fold: problem(rows, 7, 131 - rows, seed=fold) for fold, rows in enumerate((90, 91, 80))}
    choices = [presets.mlp(Model(units=units, activation="sigmoid")) for units in ([5], [9], [30])]
    settings = [*grid([0.0, 0.01], 0.3, 0.0, 0.01), *grid([0.0, 0.01], 0.3, 0.0, 0.2)]
    trials = make_trials(settings, training, folds)
    networks = {trial.id: choices[trial.id % 3] for trial in trials}
    whole = whole_of(networks, trials, folds, training)
    assert len({result.epochs for result in whole.values()}) > 2
    for dies_at in (3, 20):
        found = die_and_go_on(dies_at, networks, trials, folds, training, company=2)
        for trial in trials:
            assert_equal(found[trial.id], whole[trial.id])


@pytest.mark.parametrize("stopping", [None, EarlyStopping(patience=3)], ids=["no stopping", "stopping"])
def test_a_trial_that_diverged_before_the_checkpoint_stays_so(stopping):
    training = PLAIN.model_copy(update={"optimizer": "sgd", "early_stopping": stopping})
    trials = make_trials([*grid([0.0], learning_rate=1e6), *grid([0.0], learning_rate=0.01)], training)
    networks, data = dict.fromkeys(range(4), presets.mlp(Model(units=[11, 6]))), {None: problem()}
    whole = whole_of(networks, trials, data, training)
    assert [whole[id_].status for id_ in range(4)] == ["diverged"] * 2 + ["done"] * 2
    found = die_and_go_on(8, networks, trials, data, training)
    for trial in trials:
        assert_equal(found[trial.id], whole[trial.id])


def test_killed_again_and_again_a_training_comes_to_its_end():
    trials, data = make_trials(grid([0.0, 0.1], dropout=0.3), PLAIN), {None: problem()}
    networks = dict.fromkeys(range(4), presets.mlp(Model(units=[11])))
    store, found, deaths = Store(dies_at=2), {}, 0
    while not found:
        found = run(store, networks, trials, data, PLAIN)
        store.dies_at, deaths = len(store.saves) + 2, deaths + 1
    assert deaths > 5
    for id_, result in whole_of(networks, trials, data, PLAIN).items():
        assert_equal(found[id_], result)


def test_who_counts_epochs_hears_of_those_before_the_checkpoint_too():
    trials, data = make_trials(grid([0.0]), PLAIN), {None: problem()}
    store, networks, told = Store(dies_at=8), dict.fromkeys(range(2), LINEAR), []
    run(store, networks, trials, data, PLAIN)
    engine = made(PLAIN, store, on_epoch=told.append)
    (cohort,) = cohorts_of(networks, trials, data, PLAIN)
    list(engine.train(cohort, data))
    assert [(event.epoch, event.trials) for event in told] == [(epoch, 2) for epoch in range(1, 8)]
    assert all(event.best_validation_loss > 0 for event in told)


def test_a_short_training_saves_nothing():
    trials, data = make_trials(grid([0.0]), PLAIN), {None: problem()}
    store = Store(seconds=60.0)
    assert len(run(store, dict.fromkeys(range(2), LINEAR), trials, data, PLAIN)) == 2
    assert store.saves == []


def test_a_piece_that_no_memory_knows_goes_on_from_a_checkpoint_inside_of_it():
    """A search's continued rung, killed: who goes on begins at epoch 0, and finds more than that."""
    trials, data = make_trials(grid([0.0, 0.1], dropout=0.3), PLAIN), {None: problem()}
    networks = dict.fromkeys(range(4), presets.mlp(Model(units=[11])))
    store = Store()
    run(store, networks, trials, data, PLAIN, journal=False, last_epoch=3)
    (left,) = store.states.values()
    assert left[0] == 9  # the end of the piece: three epochs of three steps
    store.saves.clear()
    found = run(store, networks, trials, data, PLAIN, last_epoch=7)
    assert store.saves[0][1] > 9
    for id_, result in whole_of(networks, trials, data, PLAIN).items():
        assert_equal(found[id_], result)


def test_trained_trials_whose_results_nobody_journaled_are_not_trained_again():
    trials, data = make_trials(grid([0.0, 0.1], dropout=0.3), PLAIN), {None: problem()}
    networks = dict.fromkeys(range(4), presets.mlp(Model(units=[11])))
    store = Store()
    first = run(store, networks, trials, data, PLAIN, journal=False)
    saves = len(store.saves)
    again = run(store, networks, trials, data, PLAIN)
    assert len(store.saves) == saves
    for id_, result in first.items():
        assert_equal(again[id_], result)


@pytest.mark.parametrize("changed", ["data", "training", "layers", "setting", "seed", "loss", "version"])
def test_a_checkpoint_of_other_work_is_ignored(changed, monkeypatch):
    training, data, layers, settings, loss = PLAIN, problem(), LINEAR, grid([0.0]), "mean_squared_error"
    trials = make_trials(settings, training)
    store = Store(dies_at=4)
    networks = dict.fromkeys(range(2), layers)
    run(store, networks, trials, {None: data}, training)
    match changed:
        case "data":
            data = replace(data, y_train=data.y_train + 1)
        case "training":
            training = training.model_copy(update={"schedule": "cosine"})
        case "layers":
            layers = presets.mlp(Model(units=[3]))
        case "setting":
            trials = [replace(trial, setting=grid([0.5])[0]) for trial in trials]
        case "seed":
            trials = [replace(trial, seed=trial.seed + 7) for trial in trials]
        case "loss":
            loss = "huber"
        case "version":
            monkeypatch.setattr("regctl.__version__", "0.0.0")
    networks, folds = dict.fromkeys(range(2), layers), {None: data}
    steps = []
    store.dies_at, store.on_save = None, lambda arrays: steps.append(int(arrays["step"]))
    engine = made(training, store, loss)
    found = [
        result
        for cohort in cohorts_of(networks, trials, folds, training)
        for batch in engine.train(cohort, folds)
        for result in batch
    ]
    assert steps[0] == 3  # from the beginning: the first call is an epoch
    whole = whole_of(networks, trials, folds, training, loss)
    for result in found:
        assert_equal(result, whole[result.trial.id])
