"""Models that a plugin builds: what `build` is told, what is refused, how they are trained, shipped and loaded."""

import json
from dataclasses import replace

import numpy as np
import pytest

from problems import problem
from regctl import catalog
from regctl.engine.keras.fitting import fit_trial
from regctl.engine.keras.messages import Recipe
from regctl.errors import SpecError
from regctl.models.layers import UserModel
from regctl.models.network import build_network
from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.spec.training import Training
from regctl.steps.planning import plan_experiment
from regctl.types import Setting, Trial
from rents import SPEC, write_spec

SETTING = Setting(0.1, 0.25, 0.0, 0.01)
HEAD = "import keras\nfrom keras import layers, regularizers\nfrom regctl.models.layers import KerasModel\n"
MODELS = '\nMODELS = {"my_net": KerasModel(lambda hp: build(hp))}\n'
BUILD = """\
def build(hp):
    x = inputs = keras.Input((hp.columns,))
    x = layers.Dropout(hp["dropout"])(layers.Dense(hp.width, "relu")(x))
    return keras.Model(inputs, layers.Dense(hp.outputs)(x))
"""


def user_model(folder, body, outputs=1, **told):
    path = folder / "my_models.py"
    path.write_text(HEAD + body + MODELS, encoding="utf-8")
    (plugin,) = catalog.use_plugins([path])
    return UserModel("my_net", outputs, {"dropout_kind": "dropout", **told}, plugin)


def fit(layer, setting=SETTING, loss="mean_squared_error"):
    recipe = Recipe((layer,), Training(epochs=5, batch_size=16), loss)
    return fit_trial(recipe, Trial(0, setting, 0), problem(), lambda event: None)


def test_the_builder_is_told_the_setting_the_sizes_and_the_options(tmp_path):
    layer = user_model(tmp_path, BUILD, width=6)
    network = build_network((layer,), 7, SETTING)
    assert [weight.shape for weight in network.weights] == [(7, 6), (6,), (6, 1), (1,)]
    assert network.layers[2].rate == 0.25


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "def build(hp):\n    return keras.Modle()\n",
            r"my_models\.py:5: AttributeError: module 'keras' has no",
        ),
        (
            "def build(hp):\n    raise OSError('gone')\n",
            r"^model my_net: .*my_models\.py:5: OSError: gone\.$",
        ),
        (
            "def build(hp):\n    return hp.with_\n",
            r"my_models\.py:5: .*hp has no 'with_'; it has lambda, l1, l2",
        ),
        ("def build(hp):\n    return 3\n", "build must return a Keras model. Received: int"),
        (
            "class Mine(layers.Layer):\n    pass\n\ndef build(hp):\n"
            "    return keras.Sequential([keras.Input((7,)), Mine(name='own')])\n",
            "must be made of Keras's own layers, without Lambda, .* Received: Mine 'own'",
        ),
        (
            "def build(hp):\n    return keras.Sequential([keras.Input((7,)), layers.Dense(2)])\n",
            r"must have one output of shape \(None, 1\). Received: \(None, 2\)",
        ),
        (
            "def build(hp):\n    return keras.Sequential([keras.Input((3,)), layers.Dense(1)])\n",
            r"must have one input of shape \(None, 7\). Received: \(None, 3\)",
        ),
        (
            "def build(hp):\n    return keras.Sequential([keras.Input((7,)), layers.Dense(1)])\n",
            "never asks for hp.dropout, and regularization.dropout is 0.25",
        ),
        ("def build(hp):\n    return 3 + hp.dropout_kind\n", "TypeError: unsupported operand"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(tmp_path, body, said):
    with pytest.raises(SpecError, match=said) as caught:
        build_network((user_model(tmp_path, body),), 7, SETTING)
    assert len(caught.value.problems) == 1


def test_rates_by_layer_are_told_by_number(tmp_path):
    body = BUILD.replace('hp["dropout"]', "hp.dropout_2").replace("hp.width", "8 if hp.dropout_1 else 4")
    by_layer = replace(SETTING, dropout=0.0, rates=(0.1, 0.4))
    layer = user_model(tmp_path, body)
    assert build_network((layer,), 7, by_layer).layers[2].rate == 0.4
    assert build_network((layer,), 7, SETTING).layers[2].rate == 0.25
    with pytest.raises(
        SpecError, match=r"hp has no 'dropout'; the layers have rates of their own: hp.dropout_1"
    ):
        build_network((user_model(tmp_path, BUILD, width=6),), 7, by_layer)
    with pytest.raises(SpecError, match=r"never asks for hp.dropout_1, and regularization.dropout is 0.1"):
        build_network(
            (user_model(tmp_path, BUILD.replace('hp["dropout"]', "hp.dropout_2"), width=6),), 7, by_layer
        )


def test_a_kind_of_noise_that_is_not_asked_for_is_told(tmp_path):
    layer = user_model(tmp_path, BUILD, width=6, dropout_kind="alpha_dropout")
    with pytest.raises(SpecError, match=r"never asks for hp.dropout_kind, and .* is alpha_dropout"):
        build_network((layer,), 7, SETTING)


def test_a_file_that_changed_during_the_run_is_refused(tmp_path):
    layer = user_model(tmp_path, BUILD, width=6)
    layer = replace(layer, plugin=replace(layer.plugin, sha256="0" * 64))
    with pytest.raises(SpecError, match=r"my_models.py: the file has changed since the run began"):
        build_network((layer,), 7, SETTING)


def test_the_penalty_acts_on_every_kernel_without_a_regularizer_of_its_own(tmp_path):
    body = BUILD.replace("(hp.width, ", "(hp.width, kernel_regularizer=regularizers.L2(0.5), activation=")
    own = fit(user_model(tmp_path, body, width=6))
    assert own.penalty == pytest.approx(0.1 * np.square(own.weights[2].astype(np.float64)).sum(), rel=1e-9)
    plain = fit(user_model(tmp_path, BUILD, width=6))
    squares = sum(np.square(plain.weights[place].astype(np.float64)).sum() for place in (0, 2))
    assert plain.penalty == pytest.approx(0.1 * squares, rel=1e-9)
    assert np.abs(own.weights[0]).sum() < np.abs(plain.weights[0]).sum()


def test_l1_leaves_exact_zeros(tmp_path):
    result = fit(user_model(tmp_path, BUILD, width=6), replace(SETTING, lambda_=0.3, l1_ratio=1.0))
    assert result.nonzero < 7 * 6 + 6


def test_a_penalty_without_a_kernel_is_refused(tmp_path):
    body = "def build(hp):\n    x = keras.Input((7,))\n    return keras.Model(x, layers.Dot(1)([x, x]))\n"
    with pytest.raises(SpecError, match=r"regularization.lambda: 0.1 has no kernel to act on"):
        fit(user_model(tmp_path, body), replace(SETTING, dropout=0.0))


def test_probabilities_are_refused(tmp_path):
    body = BUILD.replace("layers.Dense(hp.outputs)", "layers.Dense(hp.outputs, 'sigmoid')")
    with pytest.raises(SpecError, match=r"must return logits. Received: sigmoid in the last layer"):
        fit(user_model(tmp_path, body, width=6), loss="binary_crossentropy")


OWN = SPEC.replace("{name: mlp, units: [8], activation: tanh}", "{name: my_net, options: {width: 5}}")


def write_own(folder, body=BUILD):
    (folder / "my_models.py").write_text(HEAD + body + MODELS, encoding="utf-8")
    return write_spec(folder, OWN)


def test_a_plan_names_the_model_and_its_engine(here):
    path = write_own(here)
    catalog.use_plugins(["my_models.py"])
    experiment = plan_experiment(load_spec(path).spec, Axes(), smoke=False)
    assert experiment.engine.why.startswith("my_net (UserModel) does not stack")
    (layer,) = experiment.layers
    assert layer.plugin == catalog.plugins()[0]


@pytest.mark.process
def test_a_model_of_ones_own_is_trained_shipped_and_needs_its_plugin_no_more(regctl, here):
    import keras

    write_own(here)
    outcome = regctl("train", "rents.yaml", "--plugin", "my_models.py", "--quiet", "--seeds", "1")
    assert outcome.code == 0, outcome.err
    assert "the model my_net" in " ".join(outcome.out.split())
    run = here / "runs" / "latest"
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["engine"]["name"] == "keras"
    (plugin,) = catalog.plugins()
    assert manifest["plugins"] == [{"path": str(here / "my_models.py"), "sha256": plugin.sha256}]
    (here / "my_models.py").unlink()
    catalog.use_plugins([])
    assert regctl("report", "latest").code == 0
    assert regctl("predict", "latest", "rents.csv").out.count("\n") == 241
    assert keras.models.load_model(run / "model.keras").output_shape == (None, 1)


@pytest.mark.process
def test_an_error_in_the_users_code_is_one_sentence_with_its_traceback_in_the_log(regctl, here):
    write_own(here, BUILD.replace("hp.width", "hp.widht"))
    outcome = regctl("train", "rents.yaml", "--plugin", "my_models.py", "--quiet")
    assert outcome.code == 2
    assert "my_models.py:6: AttributeError: hp has no 'widht'; it has lambda" in outcome.err
    assert "Traceback" not in outcome.err
    assert "in build" in (here / "runs" / "latest" / "log.txt").read_text(encoding="utf-8")
