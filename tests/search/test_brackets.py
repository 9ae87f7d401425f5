"""Hyperband's brackets: Keras Tuner's own at a full pass, and for every number of settings some that promote."""

import pytest

from regctl.search.brackets import FACTOR, brackets, full_pass

EPOCHS = (3, 4, 9, 10, 27, 30, 81, 100)


def keras_tuners_own(max_epochs):
    from keras_tuner.oracles import HyperbandOracle

    oracle = HyperbandOracle(objective="loss", max_epochs=max_epochs, factor=FACTOR)
    return [
        (
            tuple(oracle._get_size(s, rung) for rung in range(oracle._get_num_rounds(s))),
            tuple(oracle._get_epochs(s, rung) for rung in range(oracle._get_num_rounds(s))),
        )
        for s in reversed(range(oracle._get_num_brackets()))
    ]


@pytest.mark.parametrize("max_epochs", EPOCHS)
def test_a_full_pass_is_keras_tuners_own(max_epochs):
    own = keras_tuners_own(max_epochs)
    assert [(bracket.sizes, bracket.epochs) for bracket in full_pass(max_epochs)] == own
    settings = sum(sizes[0] for sizes, _ in own)
    assert [(each.sizes, each.epochs) for each in brackets(settings, max_epochs)] == own
    assert [(each.sizes, each.epochs) for each in brackets(3 * settings, max_epochs)] == own * 3


@pytest.mark.parametrize("max_epochs", EPOCHS)
def test_any_number_of_settings_is_drawn_promoted_and_trained_to_the_end(max_epochs):
    for trials in range(FACTOR, 300):
        found = brackets(trials, max_epochs)
        assert sum(bracket.sizes[0] for bracket in found) == trials
        assert any(len(bracket.sizes) > 1 for bracket in found)
        for bracket in found:
            assert bracket.epochs[-1] == max_epochs
            assert len(bracket.sizes) == len(bracket.epochs) == bracket.number + 1
            assert list(bracket.epochs) == sorted(set(bracket.epochs))
            assert bracket.sizes[-1] >= 1
            # A rung keeps a third of the one before, rounded up.
            for many, few in zip(bracket.sizes, bracket.sizes[1:], strict=False):
                assert few < many
                assert few >= many // FACTOR


def test_epochs_are_counted_once_where_a_rung_continues():
    (widest, *_) = full_pass(10)
    assert (widest.sizes, widest.epochs) == ((12, 4, 2), (2, 4, 10))
    assert widest.epochs_in_all == 12 * 2 + 4 * 2 + 2 * 6


@pytest.mark.parametrize(
    ("trials", "max_epochs", "told"),
    [
        (2, 30, "works with is 3. Received: 2"),
        (20, 2, "needs 3 epochs at least, to halve and go on. Received: 2"),
    ],
)
def test_where_nothing_would_be_promoted_the_smallest_that_works_is_told(trials, max_epochs, told):
    with pytest.raises(ValueError, match=told):
        brackets(trials, max_epochs)
