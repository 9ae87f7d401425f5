"""Dropout rates as a spec writes them, and the setting they make."""

import pytest
from spec_makers import SMALLEST, problems_of

from regctl.spec.loading import load_spec
from regctl.spec.rates import Ramp
from regctl.spec.settings import own_setting, reference_setting

CNN = "model: {name: cnn, image: [8, 8, 1], filters: [4, 4], units: [8]}"


def setting(write, dropout, model="model: {units: [9, 7, 5]}", more=""):
    text = f"{SMALLEST}{model}\nregularization: {{dropout: {dropout}{more}}}\n"
    return own_setting(load_spec(write(text)).spec)


@pytest.mark.parametrize(
    ("written", "dropout", "rates"),
    [
        ("0.3", 0.3, ()),
        ("[0.3, 0.3, 0.3]", 0.3, ()),
        ("[0, 0, 0]", 0.0, ()),
        ("[0.1, 0, 0.5]", 0.0, (0.1, 0.0, 0.5)),
        ("{first: 0.1, last: 0.5}", 0.0, (0.1, 0.3, 0.5)),
        ("{first: 0.2, last: 0.2}", 0.2, ()),
    ],
)
def test_one_rate_is_a_number_others_go_by_layer(write, written, dropout, rates):
    found = setting(write, written)
    assert (found.dropout, found.rates) == (dropout, rates)
    expected = rates or (dropout,) * 3
    assert tuple(found.rate(f"dropout_{number}") for number in (1, 2, 3)) == expected


def test_a_ramp_is_as_short_in_print_as_written_and_its_ends_are_exact():
    assert Ramp(first=0.1, last=0.5).values(5) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert Ramp(first=0.6, last=0.0).values(4) == [0.6, 0.4, 0.2, 0.0]


def test_the_reference_drops_nothing(write):
    text = f"{SMALLEST}regularization: {{dropout: [0.1, 0.4]}}\n"
    found = reference_setting(load_spec(write(text)).spec)
    assert (found.dropout, found.rates) == (0.0, ())


def test_spatial_dropout_counts_convolutions_and_dense_layers(write):
    kind = ", dropout_kind: spatial_dropout"
    assert setting(write, "[0.1, 0.2, 0.5]", CNN, kind).rates == (0.1, 0.2, 0.5)
    text = f"{SMALLEST}{CNN}\nregularization: {{dropout: [0.1, 0.2]}}\n"
    assert "the model's 1 layer that drops. Received: 2 rates." in problems_of(write(text))[0]


def test_selu_mlp_means_selu_and_alpha_dropout_unless_the_kind_is_given(write):
    spec = load_spec(write(SMALLEST + "model: {name: selu_mlp}\n")).spec
    assert (spec.model.activation, spec.regularization.dropout_kind) == ("selu", "alpha_dropout")
    given = load_spec(
        write(SMALLEST + "model: {name: selu_mlp}\nregularization: {dropout_kind: dropout}\n")
    ).spec
    assert given.regularization.dropout_kind == "dropout"
    assert load_spec(write(SMALLEST)).spec.regularization.dropout_kind == "dropout"
    assert (
        load_spec(write(SMALLEST), ["model.name=selu_mlp"]).spec.regularization.dropout_kind
        == "alpha_dropout"
    )
