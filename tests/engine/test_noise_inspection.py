"""The doctor watches the layers that train: break them, and it says so."""

import keras
import pytest
import tensorflow as tf

from images import write_images
from regctl import catalog
from regctl.analysis.noise_checks import check_noise
from regctl.engine.fused import noise
from regctl.engine.fused.inspection import observe_fused
from regctl.engine.keras.inspection import observe_keras
from regctl.models import network
from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.spec.settings import own_setting
from regctl.steps.planning import plan_experiment
from rents import write_spec

BOTH = ["regularization.dropout=0.4", "regularization.input_dropout=0.2"]
FIRST = (0, None)


def planned(path, *overrides):
    experiment = plan_experiment(load_spec(path, overrides).spec, Axes(), smoke=False)
    return experiment, own_setting(experiment.spec), experiment.whole.folds[None]


def failing(observations) -> set[tuple[str, str]]:
    return {(check.layer, check.name) for check in check_noise(observations) if not check.passed}


@pytest.fixture
def fused(here):
    def observe(kind="dropout"):
        path = write_spec(here)
        experiment, setting, data = planned(path, *BOTH, f"regularization.dropout_kind={kind}")
        return observe_fused(experiment.layers, setting, experiment.spec.training, data, FIRST)

    return observe


@pytest.mark.parametrize("kind", ["dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"])
def test_the_fused_engines_layers_are_right(kind, fused):
    seen = fused(kind)
    assert [each.layer for each in seen] == [
        "input_dropout",
        *["dropout_1"] * (1 + (kind == "alpha_dropout")),
    ]
    assert [each.rate for each in seen[:2]] == [0.2, 0.4]
    assert failing(seen) == set()


@pytest.mark.parametrize(
    ("broken", "caught_by"),
    [
        (lambda h, draws, rate: h * tf.where(draws >= rate, 1.0, 0.0), "scale of what is kept"),
        (lambda h, draws, rate: h * tf.where(draws >= 0.9 * rate, 1 / (1 - rate), 0.0), "share of zeros"),
        (
            lambda h, draws, rate: h * tf.where(draws[:, :, :1] >= rate, 1 / (1 - rate), 0.0),
            "zeros of each unit",
        ),
        (lambda h, draws, rate: h, "share of zeros"),
        (
            lambda h, draws, rate: (
                h / (1 - rate) - tf.stop_gradient(tf.where(draws < rate, h / (1 - rate), 0.0))
            ),
            "gradient where dropped",
        ),
    ],
    ids=["no scale", "a lower rate", "one mask for all rows", "nothing at all", "a leaking gradient"],
)
def test_a_broken_layer_of_the_fused_engine_is_caught(broken, caught_by, fused, monkeypatch):
    monkeypatch.setitem(noise.NOISE, "dropout", broken)
    assert {("input_dropout", caught_by), ("dropout_1", caught_by)} & failing(fused())


def test_a_broken_inference_mode_is_caught(fused, monkeypatch):
    from regctl.engine.fused import stack
    from regctl.models.layers import Dropout

    monkeypatch.setitem(stack.STACKED, Dropout, lambda forward, layer, h: 0.6 * h)
    assert ("dropout_1", "identity at inference") in failing(fused())


class Unscaled(keras.layers.Dropout):
    def call(self, inputs, training=False):
        return super().call(inputs, training) * (1 - self.rate) if training else inputs


@pytest.mark.parametrize(
    "kind", ["dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise", "spatial_dropout"]
)
def test_kerass_layers_are_right_and_a_broken_one_is_caught(kind, here, monkeypatch):
    path = write_images(here)
    experiment, setting, data = planned(path, *BOTH, f"regularization.dropout_kind={kind}")
    assert experiment.engine.engine == "keras"
    seen, notes = observe_keras(experiment.layers, setting, data, FIRST)
    assert (failing(seen), notes) == (set(), [])
    monkeypatch.setitem(network.NOISE, "dropout", Unscaled)
    seen, _ = observe_keras(experiment.layers, setting, data, FIRST)
    assert ("input_dropout", "scale of what is kept") in failing(seen)


OWN = """\
import keras
from keras import layers

from regctl.models.layers import KerasModel


def build(hp):
    inputs = keras.Input((hp.columns,))
    hidden = layers.Reshape((hp.columns // 5, 5, 1))(inputs)
    hidden = layers.Conv2D(8, 3, activation="relu")(hidden)
    hidden = layers.SpatialDropout2D(hp.dropout, name="spatial")(hidden)
    hidden = layers.Flatten()(hidden)
    hidden = layers.Dropout(0.3, noise_shape=(None, 1), name="shaped")(hidden)
    inner = keras.Sequential([layers.Dense(16, "relu"), layers.Dropout(0.3, name="inner")])
    return keras.Model(inputs, layers.Dense(hp.outputs)(inner(hidden)))


MODELS = {"own": KerasModel(build)}
"""


def test_a_model_of_ones_own_is_watched_and_what_cannot_be_is_said(here):
    write_images(here)
    (here / "own.py").write_text(OWN, encoding="utf-8")
    catalog.use_plugins([here / "own.py"])
    path = here / "own.yaml"
    path.write_text(
        "name: own\ndataset: {source: images.csv, target: brightness}\nmodel: {name: own}\n"
        "regularization: {dropout: 0.4}\n",
        encoding="utf-8",
    )
    experiment, setting, data = planned(path)
    seen, notes = observe_keras(experiment.layers, setting, data, FIRST)
    assert [(each.layer, each.kind, each.rate) for each in seen] == [("spatial", "spatial_dropout", 0.4)]
    assert failing(seen) == set()
    assert [note.split(":")[0] for note in notes] == ["inner", "shaped"]
    catalog.use_plugins([])
