"""Which networks train inside which: without TensorFlow."""

from dataclasses import replace

import pytest

from problems import LINEAR, grid, trials_of
from regctl.engine.masking import MOST_UNITS, by_width, fits_in, needs_mask, widest, widths_of, with_widths
from regctl.engine.plan import Shape, make_plan
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training


def mlp(units, noise="dropout", outputs=1, **model):
    return presets.mlp(Model(units=units, **model), outputs, noise)


def test_the_widest_network_has_the_most_units_in_each_layer():
    networks = [mlp([32, 8]), mlp([16, 64]), mlp([8, 8])]
    assert widest(networks) == mlp([32, 64])
    assert [widths_of(layers) for layers in networks] == [(32, 8), (16, 64), (8, 8)]
    assert with_widths(networks[0], (16, 64)) == networks[1]


def test_what_has_no_hidden_layer_shares_a_cohort_with_itself():
    assert widths_of(LINEAR) == ()
    assert widest([LINEAR, LINEAR]) == LINEAR
    assert widest([]) is None


@pytest.mark.parametrize(
    "other",
    [
        mlp([8, 8]),
        mlp([8], activation="tanh"),
        mlp([8], noise="alpha_dropout"),
        mlp([8], normalization="batch"),
        mlp([8], outputs=3),
        mlp([8])[1:],
        LINEAR,
    ],
    ids=["a layer more", "activation", "noise", "normalisation", "outputs", "no input dropout", "linear"],
)
def test_networks_that_differ_in_more_than_units_do_not_share_a_cohort(other):
    assert widest([mlp([16]), other]) is None
    assert widest([other, mlp([16])]) is None


def test_layer_normalisation_is_over_all_units():
    assert widest([mlp([16], normalization="layer"), mlp([8], normalization="layer")]) is None
    assert widest([mlp([16], normalization="layer")] * 2) == mlp([16], normalization="layer")
    assert widest([mlp([16], normalization="batch"), mlp([8], normalization="batch")]) is not None


def test_sums_over_many_units_are_added_up_in_blocks():
    most = mlp([MOST_UNITS])
    assert widest([most, mlp([8])]) == most
    assert widest([mlp([MOST_UNITS + 1]), mlp([8])]) is None
    assert widest([mlp([MOST_UNITS + 1, 8]), mlp([MOST_UNITS + 1, 4])]) == mlp([MOST_UNITS + 1, 8])


@pytest.mark.parametrize(
    ("widths", "fits"), [((8, 4), True), ((1, 4), True), ((9, 4), False), ((0, 4), False), ((8,), False)]
)
def test_a_network_fits_in_another_of_as_many_layers_that_are_not_narrower(widths, fits):
    assert fits_in(mlp([8, 4]), widths) is fits


@pytest.mark.parametrize(
    ("model", "noise", "needed"),
    [
        ({}, "dropout", False),
        ({"activation": "selu"}, "gaussian_dropout", False),
        ({"activation": "tanh", "normalization": "batch"}, "dropout", False),
        ({"activation": "sigmoid"}, "dropout", True),
        ({"activation": "sigmoid", "normalization": "batch"}, "dropout", True),
        ({}, "alpha_dropout", True),
        ({}, "gaussian_noise", True),
    ],
)
def test_a_mask_is_needed_where_0_does_not_stay_0(model, noise, needed):
    assert needs_mask(mlp([8], noise, **model)) is needed


def test_noise_on_the_columns_needs_no_mask():
    layers = [replace(layer, kind="gaussian_noise") for layer in mlp([8])[:1]] + [*mlp([8])[1:]]
    assert layers[0].rate == "input_dropout"
    assert not needs_mask(layers)


def test_a_cohort_cut_by_widths_has_every_trial_once_in_layers_of_its_own():
    training = Training(seeds=2, memory_limit=1)
    trials = trials_of(grid(range(5)), training)
    layers = mlp([8])
    (cohort,) = make_plan(layers, trials, Shape(90, 41, 7), training).cohorts
    widths = {trial.id: (4,) for trial in trials[3:7]}
    parts = list(by_width(replace(cohort, widths=widths, last_epoch=3, batch_size=16)))
    assert [widths_of(part.layers) for part in parts] == [(4,), (8,)]
    ids = [sorted(trial.id for chunk in part.chunks for trial in chunk) for part in parts]
    assert ids == [[3, 4, 5, 6], [0, 1, 2, 7, 8, 9]]
    assert all(part.widths == {} and part.last_epoch == 3 and part.batch_size == 16 for part in parts)
