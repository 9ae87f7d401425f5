"""Models that a function of the user's builds: what it is told, what is refused, how it is trained and shipped."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from problems import problem
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
HEAD = "import keras\nfrom keras import layers, regularizers\n\n"
BUILD = """\
def build(hp):
    x = inputs = keras.Input((hp.columns,))
    x = layers.Dropout(hp["dropout"])(layers.Dense(hp.width, "relu")(x))
    return keras.Model(inputs, layers.Dense(hp.outputs)(x))
"""


def user_model(folder, body, outputs=1, **options):
    path = folder / "my_model.py"
    path.write_text(HEAD + body, encoding="utf-8")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return UserModel("my_model.py:build", str(path), "build", sha256, outputs, options)


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
            r"my_model\.py:5: AttributeError: module 'keras' has no",
        ),
        ("raise OSError('gone')\ndef build(hp): ...\n", r"my_model\.py:4: OSError: gone$"),
        (
            "def build(hp):\n    return hp.with_\n",
            r"my_model\.py:5: .*hp has no 'with_'; it has lambda, l1, l2",
        ),
        ("def build(hp):\n    return 3\n", "must return a Keras model. Received: int"),
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
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(tmp_path, body, said):
    with pytest.raises(SpecError, match=said) as caught:
        build_network((user_model(tmp_path, body),), 7, SETTING)
    assert len(caught.value.problems) == 1


def test_a_file_that_changed_during_the_run_is_refused(tmp_path):
    layer = replace(user_model(tmp_path, BUILD, width=6), sha256="0" * 64)
    with pytest.raises(SpecError, match=r"my_model.py has changed since the run began"):
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


CUSTOM = SPEC.replace(
    "{name: mlp, units: [8], activation: tanh}",
    "{name: custom, build: 'my_model.py:build', options: {width: 5}}",
)


def write_custom(folder, body=BUILD):
    (folder / "my_model.py").write_text(HEAD + body, encoding="utf-8")
    return write_spec(folder, CUSTOM)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def build(hp:\n", r"my_model\.py:4: "),
        ("def biuld(hp): ...\n", r"has no function 'build'. Did you mean 'biuld'\?"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_the_spec(here, body, said):
    with pytest.raises(SpecError, match=r"rents.yaml:3:23 model.build: .*" + said):
        load_spec(write_custom(here, body))


def test_the_path_is_relative_to_the_spec_and_the_file_is_hashed(here):
    loaded = load_spec(write_custom(here))
    assert loaded.spec.model.build == f"{here / 'my_model.py'}:build"
    experiment = plan_experiment(loaded.spec, Axes(), smoke=False)
    expected = hashlib.sha256((here / "my_model.py").read_bytes()).hexdigest()
    assert experiment.spec.model.build_sha256 == expected
    assert experiment.engine.why.startswith("my_model.py:build (UserModel) does not stack")
    (here / "my_model.py").write_text(HEAD + BUILD + "\n", encoding="utf-8")
    with pytest.raises(SpecError, match=f"expected sha256 {expected}"):
        plan_experiment(experiment.spec, Axes(), smoke=False)


def test_a_missing_file_is_told(here):
    path = write_custom(here)
    (here / "my_model.py").unlink()
    with pytest.raises(SpecError, match=r"model.build: no such file: .*my_model.py"):
        load_spec(path)


@pytest.mark.process
def test_a_model_of_ones_own_is_trained_shipped_and_loads_in_plain_keras(regctl, here):
    import keras

    write_custom(here)
    outcome = regctl("train", "rents.yaml", "--quiet", "--seeds", "1")
    assert outcome.code == 0, outcome.err
    assert "the model of my_model.py:build" in " ".join(outcome.out.split())
    (here / "my_model.py").unlink()
    assert regctl("report", "latest").code == 0
    run = here / "runs" / "latest"
    assert json.loads((run / "manifest.json").read_text())["engine"]["name"] == "keras"
    assert keras.models.load_model(run / "model.keras").output_shape == (None, 1)


@pytest.mark.process
def test_an_error_in_the_users_code_is_one_sentence_with_its_traceback_in_the_log(regctl, here):
    write_custom(here, BUILD.replace("hp.width", "hp.widht"))
    outcome = regctl("train", "rents.yaml", "--quiet")
    assert outcome.code == 2
    assert "my_model.py:6: AttributeError: hp has no 'widht'; it has lambda" in outcome.err
    assert "Traceback" not in outcome.err
    assert "in build" in (here / "runs" / "latest" / "log.txt").read_text(encoding="utf-8")
