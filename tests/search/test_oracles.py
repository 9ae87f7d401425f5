"""The adapter against Keras Tuner's own loop, one trial after the other, with scripted scores."""

import math
import warnings

import pytest

from regctl.search.brackets import full_pass
from regctl.search.oracles import BAYESIAN_BATCH, Search
from regctl.spec.hyperparameter import Hyperparameter

SPACE = (
    Hyperparameter("units", values=(32, 64, 96, 128)),
    Hyperparameter("dropout", low=0.0, high=0.6),
    Hyperparameter("lambda", low=1e-6, high=1.0, log=True),
)
FINITE = (Hyperparameter("dropout", values=(0.0, 0.1, 0.2)), Hyperparameter("units", values=(8, 16)))


def score(values, epochs):
    """A loss that differs between all settings, falls with the epochs, and changes the order of some on the way."""
    distance = (values["dropout"] - 0.3) ** 2 + abs(math.log2(values["units"] / 64)) / 10
    if "lambda" in values:
        distance += abs(math.log10(values["lambda"]) + 3) / 20
    return distance + math.sin(1000 * values["dropout"]) / epochs


def searched(
    tuner, space, totals, folder, *, direction="min", max_epochs=10, seed=3, failing=lambda values: False
):
    """Everything that a search asked for, in order, and the batches' sizes."""
    search = Search(tuner, space, totals, max_epochs, seed, direction, folder)
    asked, sizes = [], []
    while batch := search.ask():
        sizes.append(len(batch))
        asked += batch
        for proposal in batch:
            failed = failing(proposal.values)
            search.tell(proposal.number, None if failed else score(proposal.values, proposal.epochs))
    return asked, sizes


def one_by_one(oracle, space):
    """Keras Tuner's own loop: (values, first epoch, epochs, whether continued) of each trial."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while (trial := oracle.create_trial("tuner0")).status == "RUNNING":
            given = trial.hyperparameters.values
            values = {
                each.name: each.values[given[each.name]] if each.values else given[each.name]
                for each in space
            }
            epochs = given.get("tuner/epochs", 10)
            found.append(
                (rounded(values), given.get("tuner/initial_epoch", 0), epochs, "tuner/trial_id" in given)
            )
            oracle.update_trial(trial.trial_id, {"score": score(values, epochs)}, step=epochs)
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
    return found


def rounded(values):
    return tuple((name, float(f"{value:.10g}")) for name, value in values.items())


def keras_tuners(kind, space, folder, **options):
    import keras_tuner
    from keras_tuner import oracles

    hyperparameters = keras_tuner.HyperParameters()
    for each in space:
        if each.values:
            hyperparameters.Int(each.name, 0, len(each.values) - 1)
        else:
            hyperparameters.Float(each.name, each.low, each.high, sampling="log" if each.log else "linear")
    oracle = getattr(oracles, kind)(
        objective=keras_tuner.Objective("score", "min"), hyperparameters=hyperparameters, seed=4, **options
    )
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "own")
    return oracle


def as_own(proposals):
    return [
        (rounded(each.values), each.first_epoch, each.epochs, each.continues is not None)
        for each in proposals
    ]


def test_hyperband_asks_for_what_keras_tuners_own_loop_asks_for(tmp_path):
    settings = sum(bracket.sizes[0] for bracket in full_pass(10))
    asked, sizes = searched("hyperband", SPACE, (settings,), tmp_path / "ours")
    own = one_by_one(keras_tuners("HyperbandOracle", SPACE, tmp_path, max_epochs=10, factor=3), SPACE)
    assert len(asked) == len(own) == 30
    assert sizes == [22, 6, 2]  # all new settings at once, then rung by rung, of all brackets together
    assert sorted(as_own(asked)) == sorted(own)
    for proposal in asked:
        if proposal.continues is not None:
            before = asked[proposal.continues]
            assert (before.values, before.epochs) == (proposal.values, proposal.first_epoch)
            assert (before.bracket, before.rung + 1) == (proposal.bracket, proposal.rung)


def test_random_search_draws_what_keras_tuners_own_loop_draws(tmp_path):
    asked, sizes = searched("random", SPACE, (20,), tmp_path / "ours")
    own = one_by_one(keras_tuners("RandomSearchOracle", SPACE, tmp_path, max_trials=20), SPACE)
    assert sizes == [20]
    assert as_own(asked) == own


def test_a_grid_is_gone_through_in_one_batch_in_keras_tuners_order(tmp_path):
    asked, sizes = searched("grid", FINITE, (6,), tmp_path / "ours")
    own = one_by_one(keras_tuners("GridSearchOracle", FINITE, tmp_path, max_trials=6), FINITE)
    assert sizes == [6]
    assert as_own(asked) == own
    assert {(each.values["dropout"], each.values["units"]) for each in asked} == {
        (rate, units) for rate in (0.0, 0.1, 0.2) for units in (8, 16)
    }


def test_bayesian_proposals_begin_at_random_and_then_come_in_small_batches(tmp_path):
    space = SPACE[1:2]
    search = Search("bayesian", space, (12,), 10, 3, "min", tmp_path)
    sizes, rates = [], []
    while batch := search.ask():
        sizes.append(len(batch))
        for proposal in batch:
            rates.append(proposal.values["dropout"])
            search.tell(proposal.number, (proposal.values["dropout"] - 0.42) ** 2)
    assert sizes == [3, BAYESIAN_BATCH, BAYESIAN_BATCH, 1]
    assert min(abs(rate - 0.42) for rate in rates[3:]) < 0.03
    assert search.settings == 12


@pytest.mark.parametrize("tuner", ["random", "grid", "hyperband"])
def test_told_the_same_scores_a_search_asks_for_the_same(tuner, tmp_path):
    space = FINITE if tuner == "grid" else SPACE
    first, _ = searched(tuner, space, (6,), tmp_path / "first")
    again, _ = searched(tuner, space, (6,), tmp_path / "again")
    assert first == again


@pytest.mark.parametrize("tuner", ["random", "hyperband"])
def test_a_larger_total_begins_with_what_the_smaller_one_asked_for(tuner, tmp_path):
    first, _ = searched(tuner, SPACE, (9,), tmp_path / "first")
    more, _ = searched(tuner, SPACE, (9, 20), tmp_path / "more")
    assert more[: len(first)] == first
    assert sum(each.continues is None for each in more) == 20
    distinct = {rounded(each.values) for each in more if each.continues is None}
    assert len(distinct) == 20


@pytest.mark.parametrize("tuner", ["random", "grid", "hyperband", "bayesian"])
def test_failures_end_no_search(tuner, tmp_path):
    space = FINITE if tuner == "grid" else SPACE[:2]
    total = 6 if tuner == "grid" else 9
    asked, _ = searched(
        tuner, space, (total,), tmp_path, failing=lambda values: values["dropout"] < 0.35 or tuner == "grid"
    )
    assert sum(each.continues is None for each in asked) == total
    continued = [each for each in asked if each.continues is not None]
    assert all(each.values["dropout"] >= 0.35 for each in continued)
    if tuner == "hyperband":  # of what did not fail, the best are promoted to the end
        assert max(each.rung for each in continued) == 1
        assert max(each.epochs for each in continued) == 10


def test_where_settings_fail_as_many_are_promoted_as_without(tmp_path):
    told = []

    def every_second_new_one(values):
        told.append(values)
        return len(told) <= 22 and len(told) % 2 == 0

    asked, sizes = searched("hyperband", SPACE, (22,), tmp_path, failing=every_second_new_one)
    assert sizes == [22, 6, 2]
    promoted = [asked[each.continues] for each in asked if each.continues is not None]
    assert all(each.number % 2 == 0 for each in promoted if each.rung == 0)


def test_bayesian_search_tries_no_setting_twice_and_goes_on_beyond_an_earlier_total(tmp_path):
    space = (
        Hyperparameter("units", values=(8, 16, 32)),
        Hyperparameter("dropout", values=(0.0, 0.1, 0.2, 0.3)),
    )
    asked, _ = searched("bayesian", space, (12,), tmp_path / "all")
    assert len({rounded(each.values) for each in asked}) == 12
    first, _ = searched("bayesian", space, (8,), tmp_path / "first")
    more, sizes = searched("bayesian", space, (8, 12), tmp_path / "more")
    assert more[:8] == first
    assert sizes == [6, 2, 4]


def test_an_objective_to_maximize_promotes_the_largest(tmp_path):
    asked, _ = searched("hyperband", SPACE, (22,), tmp_path, direction="max")
    rung = [each for each in asked if (each.bracket, each.rung) == (2, 0)]
    best = sorted(rung, key=lambda each: -score(each.values, each.epochs))[:4]
    promoted = [each for each in asked if (each.bracket, each.rung) == (2, 1)]
    assert {each.continues for each in promoted} == {each.number for each in best}


def test_every_value_of_a_small_space_is_found_without_repeats(tmp_path):
    asked, _ = searched(
        "random", (Hyperparameter("dropout", values=tuple(range(25))), *FINITE[1:]), (50,), tmp_path
    )
    assert len({rounded(each.values) for each in asked}) == 50


def test_what_needs_a_layer_is_asked_for_only_where_there_is_one(tmp_path):
    space = (
        Hyperparameter("layers", values=(1, 2)),
        Hyperparameter("dropout", values=(0.1, 0.2)),
        Hyperparameter("units", values=(8, 16), needs=("layers", (2,))),
    )
    search = Search("grid", space, (10,), 5, 0, "min", tmp_path)
    batch = search.ask()
    assert len(batch) == 6
    assert all(("units" in each.values) == (each.values["layers"] == 2) for each in batch)


def test_it_keeps_keras_tuners_record_and_reloads_nothing(tmp_path):
    first, _ = searched("random", SPACE, (5,), tmp_path)
    assert len(list(tmp_path.rglob("trial.json"))) == 5
    assert searched("random", SPACE, (5,), tmp_path)[0] == first
