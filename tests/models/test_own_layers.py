"""A plugin's list of layer specs: what becomes of it, and what is wrong with one that is none."""

import pytest

from regctl import catalog
from regctl.errors import SpecError
from regctl.models.layers import Dense, Dropout
from regctl.models.named import layers_of
from regctl.models.network import build_network
from regctl.spec.model import Model, Regularization
from regctl.types import Setting

HEAD = "from regctl.models.layers import *\nfrom regctl.models.layers import KerasModel\n\n"


@pytest.fixture
def layers(tmp_path):
    """The layers of a function whose body is an expression of `hp`."""

    def make(expression, columns=12, outputs=1, logits=False, options=None, **regularization):
        path = tmp_path / "my_models.py"
        path.write_text(f"{HEAD}def net(hp):\n    return {expression}\n\nMODELS = {{'net': net}}\n")
        catalog.use_plugins([path])
        model = Model(name="net", options=options or {})
        return layers_of(model, Regularization(**regularization), columns, outputs, logits)

    return make


def test_dropout_layers_are_numbered_in_their_order(layers):
    found = layers(
        "[Dense('a', hp.width, 'relu'), Dropout('d'), Dense('b', 3), Dropout('e', kind=hp.dropout_kind), "
        "Dense('out', hp.outputs)]",
        options={"width": 5},
        dropout=[0.1, 0.3],
        dropout_kind="alpha_dropout",
    )
    assert found[0] == Dense("a", 5, "relu")
    assert found[1] == Dropout("d", "dropout_1")
    assert found[3] == Dropout("e", "dropout_2", "alpha_dropout")


def test_a_list_is_the_keras_model_that_it_says(layers):
    found = layers(
        "[Reshape('s', (6, 2)), Conv1D('c', 3, 2, 'relu', 'valid'), MaxPooling1D('p'), "
        "Dropout('d', kind='spatial_dropout'), GlobalAveragePooling1D('g'), Dense('out', hp.outputs)]",
        dropout=0.2,
        dropout_kind="spatial_dropout",
    )
    network = build_network(found, 12, Setting(0.0, 0.2, 0.0, 0.001))
    kinds = [type(layer).__name__ for layer in network.layers]
    expected = "Reshape Conv1D MaxPooling1D SpatialDropout1D GlobalAveragePooling1D Dense"
    assert kinds == expected.split()
    assert [layer.output.shape[1:] for layer in network.layers] == [
        (6, 2),
        (5, 3),
        (2, 3),
        (2, 3),
        (3,),
        (1,),
    ]


def test_a_volume_has_layers_of_three_dimensions(layers):
    found = layers(
        "[Reshape('s', (2, 2, 2, 1)), Conv3D('c', 2, 1), Dropout('d', kind='spatial_dropout'), MaxPooling3D('p'), "
        "GlobalAveragePooling3D('g'), Dense('out', hp.outputs)]",
        columns=8,
        dropout=0.2,
        dropout_kind="spatial_dropout",
    )
    network = build_network(found, 8, Setting(0.0, 0.2, 0.0, 0.001))
    assert "SpatialDropout3D" in [type(layer).__name__ for layer in network.layers]
    assert network.output_shape == (None, 1)


OUT = "Dense('out', hp.outputs)"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("3", r"\(my_models.py\): expected a list of layer specs. Received: int\.$"),
        ("KerasModel(print)", r"Received: a Keras model. Name its function as KerasModel\(build\)"),
        ("[]", "the last layer must leave 1 per row, hp.outputs. Received: 12"),
        ("['Dense']", "expected layer specs of regctl.models.layers. Received: str at place 0"),
        ("[Dense]", "Received: type at place 0"),
        (f"[Dense('out', 3), {OUT}]", "expected every name once. Received: 'out' twice"),
        ("[Dense('out', 2)]", "the last layer must leave 1 per row, hp.outputs. Received: 2"),
        (f"[Dense('my layer', 3), {OUT}]", "'my layer': expected a name of at most 64 letters"),
        (f"[Dense('a', 0), {OUT}]", "'a': units: expected a whole number of at least 1. Received: 0"),
        (f"[Dense('a', 3, 'gelu'), {OUT}]", "'a': activation: expected None, 'relu', .*Received: 'gelu'"),
        (f"[Dense('a', 3, initializer='ones'), {OUT}]", "'a': initializer: expected 'glorot_uniform' or"),
        (
            f"[Dropout('d', kind='spatial_dropout'), {OUT}]",
            "'d': spatial_dropout drops whole filters, .*none: 12",
        ),
        (f"[Dropout('d', rate=0.5), {OUT}]", "'d': rate: expected 'dropout', .*Received: 0.5"),
        (f"[Dropout('d', kind='drop'), {OUT}]", "'d': kind: expected 'dropout', .*Received: 'drop'"),
        (f"[Reshape('r', (5, 2)), Flatten('f'), {OUT}]", "'r': cannot make 5 × 2 of 12"),
        (
            f"[Reshape('r', (6, 2)), {OUT}]",
            "'out': expected one number per column. Received: 6 × 2. Put Flatten",
        ),
        (
            f"[Conv2D('c', 2, 3), {OUT}]",
            "'c': Conv2D takes 2 dimensions and channels. Received: 12. Put Reshape",
        ),
        (
            f"[Reshape('r', (3, 4, 1)), Conv2D('c', 2, 5, padding='valid'), Flatten('f'), {OUT}]",
            "'c': too large for 3 × 4 × 1",
        ),
        ("hp.width", r"my_models.py:5: AttributeError: hp has no 'width'; it has columns, outputs"),
        (
            f"[Dense('a', int(hp.dropout)), {OUT}]",
            "hp has no 'dropout'; its value is each trial's own: name it",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(layers, expression, said):
    with pytest.raises(SpecError, match=said) as caught:
        layers(expression)
    assert len(caught.value.problems) == 1


def test_classes_want_logits(layers):
    with pytest.raises(
        SpecError, match=r"must return logits. Received: sigmoid in the last layer. Remove it"
    ):
        layers("[Dense('out', 1, 'sigmoid')]", logits=True)
    assert layers("[Dense('out', 1, 'sigmoid')]")


@pytest.mark.parametrize(
    ("regularization", "said"),
    [
        (
            {"dropout": 0.1},
            r"^regularization.dropout: model net \(my_models.py\) has no such layer. Received: 0.1",
        ),
        ({"input_dropout": 0.2}, "regularization.input_dropout: .* has no such layer. Received: 0.2"),
    ],
)
def test_noise_without_a_layer_is_told(layers, regularization, said):
    with pytest.raises(SpecError, match=said):
        layers(f"[{OUT}]", **regularization)


def test_rates_and_kinds_that_the_list_does_not_have_are_told(layers):
    one = f"[Dense('a', 3), Dropout('d'), {OUT}]"
    with pytest.raises(
        SpecError, match=r"expected a rate for each of the model's 1 layer that drops. Received: 2"
    ):
        layers(one, dropout=[0.1, 0.2])
    with pytest.raises(SpecError, match=r"has no layer of that kind. Received: alpha_dropout"):
        layers(one, dropout=0.1, dropout_kind="alpha_dropout")
