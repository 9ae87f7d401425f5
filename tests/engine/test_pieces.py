"""Training in pieces ends with every bit of a training without a break, in whatever company the pieces are."""

from dataclasses import replace

import pytest

from narrow_networks import alone, assert_equal, cohorts_of, inside
from problems import LINEAR, grid, problem
from regctl.engine.fused.engine import FusedEngine
from regctl.engine.fused.products import bits_do_not_depend_on_size
from regctl.engine.plan import make_trials
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import EarlyStopping, Training

MLP = presets.mlp(Model(units=[11, 6]))
PLAIN = Training(epochs=7, seeds=2, batch_size=32)
SECTIONS = {
    "sgd": {"optimizer": "sgd", "momentum": 0.9, "schedule": "cosine"},
    "adam": {"optimizer": "adam", "early_stopping": EarlyStopping(patience=2)},
    "adamw": {"optimizer": "adamw", "schedule": "step"},
    "rmsprop": {"optimizer": "rmsprop", "schedule": "cosine"},
}
MODELS = {
    "sgd": Model(units=[11, 6]),
    "adam": Model(units=[11], activation="elu"),
    "adamw": Model(units=[11], activation="tanh", normalization="layer"),
    "rmsprop": Model(units=[11, 6], normalization="batch"),
}
# Where the pieces of 7 epochs end, and how each cuts the trials into chunks: company by remainder of the id.
ENDS, COMPANIES = (2, 3, 7), (1, 3, 2)


def in_pieces(networks, trials, folds, training, ends=ENDS, companies=COMPANIES, engine=None, **own):
    """By id the results after the last piece; each piece has cohorts of its own, cut in its own way."""
    engine = engine or FusedEngine(training)
    found = {}
    for first, last, company in zip((0, *ends), ends, companies, strict=False):
        for number in range(company):
            chosen = [trial for trial in trials if trial.id % company == number]
            for cohort in cohorts_of(networks, chosen, folds, training):
                piece = replace(cohort, first_epoch=first, last_epoch=last, **own)
                for batch in engine.train(piece, folds):
                    found |= {result.trial.id: result for result in batch}
    return found


@pytest.mark.parametrize("name", SECTIONS)
def test_pieces_equal_the_whole(name):
    """Every optimiser and schedule; L1 and decay; dropout; normalisations; early stopping, while others go on."""
    training = Training(**PLAIN.model_dump() | SECTIONS[name])
    settings = [
        replace(setting, l1_ratio=0.5 * (name != "adamw"), weight_decay=0.1 * (name == "adamw"))
        for setting in (*grid([0.0, 0.03], 0.3, 0.0, 0.01), *grid([0.01], 0.5, 0.0, 0.05))
    ]
    trials, data = make_trials(settings, training), {None: problem()}
    networks = dict.fromkeys(range(len(trials)), presets.mlp(MODELS[name]))
    found, whole = in_pieces(networks, trials, data, training), alone(networks, trials, data, training)
    if training.early_stopping:
        assert len({result.epochs for result in whole.values()}) > 1
    for trial in trials:
        assert_equal(found[trial.id], whole[trial.id])


def test_pieces_of_narrow_networks_under_folds_equal_the_whole():
    """The widest network of a company is another one in each piece, and so is its mask."""
    folds = {fold: problem(rows, 7, 131 - rows, seed=fold) for fold, rows in enumerate((90, 91, 80))}
    choices = [presets.mlp(Model(units=units, activation="sigmoid")) for units in ([5], [9], [30])]
    trials = make_trials(grid([0.0, 0.01], dropout=0.3), PLAIN, folds)
    networks = {trial.id: choices[trial.id % 3] for trial in trials}
    engine = FusedEngine(PLAIN)
    found = in_pieces(networks, trials, folds, PLAIN, companies=(2, 1, 3), engine=engine)
    whole = alone(networks, trials, folds, PLAIN)
    assert {program.traces for program in engine.programs.values()} == {1}
    for trial in trials:
        assert_equal(found[trial.id], whole[trial.id])


@pytest.mark.parametrize("stopping", [None, EarlyStopping(patience=3)], ids=["no stopping", "stopping"])
def test_a_trial_that_diverged_in_an_earlier_piece_stays_so(stopping):
    training = PLAIN.model_copy(update={"optimizer": "sgd", "early_stopping": stopping})
    trials = make_trials([*grid([0.0], learning_rate=1e6), *grid([0.0], learning_rate=0.01)], training)
    networks, data = dict.fromkeys(range(4), MLP), {None: problem()}
    found, whole = in_pieces(networks, trials, data, training), alone(networks, trials, data, training)
    assert [whole[id_].status for id_ in range(4)] == ["diverged"] * 2 + ["done"] * 2
    for trial in trials:
        assert_equal(found[trial.id], whole[trial.id])


def test_a_piece_is_the_whole_training_up_to_its_end():
    """Its schedule is that of all epochs; what it tells and returns ends with its last."""
    training = PLAIN.model_copy(update={"schedule": "cosine"})
    trials, data = make_trials(grid([0.01]), training), {None: problem()}
    told = []
    engine = FusedEngine(training, on_epoch=told.append)
    networks = dict.fromkeys(range(2), MLP)
    piece = in_pieces(networks, trials, data, training, ends=(3,), engine=engine)
    whole = alone(networks, trials, data, training)
    assert [(event.epoch, event.epochs) for event in told] == [(1, 3), (2, 3), (3, 3)]
    for id_, result in piece.items():
        assert (result.epochs, result.best_epoch) == (3, 3)
        expected = whole[id_].history.validation_loss
        assert result.history.validation_loss.tobytes() == expected[:3].tobytes()


def test_pieces_widths_and_batch_sizes_of_one_architecture_are_one_trace():
    engine, data = FusedEngine(PLAIN), {None: problem()}
    trials = make_trials(grid([0.0, 0.1], dropout=0.3), PLAIN)
    layers = presets.mlp(Model(units=[9], activation="sigmoid"))
    networks = {
        trial.id: layers if trial.id else presets.mlp(Model(units=[4], activation="sigmoid"))
        for trial in trials
    }
    for size in (16, 90):
        training = PLAIN.model_copy(update={"batch_size": size})
        found = in_pieces(
            networks, trials, data, training, companies=(1, 1, 1), engine=engine, batch_size=size
        )
        expected = alone(networks, trials, data, training)
        for trial in trials:
            assert_equal(found[trial.id], expected[trial.id])
    assert {program.traces for program in engine.programs.values()} == {1}
    assert len(engine.programs) == 1 or not bits_do_not_depend_on_size()


def test_states_are_kept_until_the_last_epoch_or_until_they_are_forgotten():
    engine, data = FusedEngine(PLAIN), {None: problem()}
    trials = make_trials(grid([0.0, 0.1]), PLAIN)
    networks = dict.fromkeys(range(4), LINEAR)
    in_pieces(networks, trials, data, PLAIN, ends=(2,), engine=engine)
    assert sorted(engine.continuations) == [0, 1, 2, 3]
    engine.forget([0, 17])
    assert sorted(engine.continuations) == [1, 2, 3]
    (cohort,) = cohorts_of(networks, trials[1:], data, PLAIN)
    list(engine.train(replace(cohort, first_epoch=2), data))
    assert engine.continuations == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"first_epoch": 2}, "trial 0: nothing is known of it after epoch 2"),
        ({"first_epoch": 3, "last_epoch": 3}, "epochs 3 to 3 are no piece of 7"),
        ({"last_epoch": 8}, "epochs 0 to 8 are no piece of 7"),
    ],
)
def test_a_piece_that_cannot_be_trained_is_refused(changed, said):
    trials, data = make_trials(grid([0.0]), PLAIN), {None: problem()}
    (cohort,) = cohorts_of(dict.fromkeys(range(2), LINEAR), trials, data, PLAIN)
    with pytest.raises(ValueError, match=said):
        list(FusedEngine(PLAIN).train(replace(cohort, **changed), data))


def test_a_trial_of_another_setting_is_no_continuation():
    engine, data = FusedEngine(PLAIN), {None: problem()}
    networks = dict.fromkeys(range(2), LINEAR)
    in_pieces(networks, make_trials(grid([0.0]), PLAIN), data, PLAIN, ends=(2,), engine=engine)
    (cohort,) = cohorts_of(networks, make_trials(grid([0.1]), PLAIN), data, PLAIN)
    with pytest.raises(ValueError, match="trial 0: nothing is known"):
        list(engine.train(replace(cohort, first_epoch=2), data))


def test_a_batch_size_of_its_own_trains_as_the_spec_with_it():
    trials, data = make_trials(grid([0.0, 0.1]), PLAIN), {None: problem()}
    networks = dict.fromkeys(range(4), MLP)
    section = PLAIN.model_copy(update={"batch_size": 17})
    expected = inside(networks, trials, data, section)
    found = in_pieces(networks, trials, data, section, ends=(7,), engine=FusedEngine(PLAIN), batch_size=17)
    for trial in trials:
        assert_equal(found[trial.id], expected[trial.id])
