"""The convolutional preset: its Keras model, its sizes, its starting values, and how its columns are prepared."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy import stats

from images import SPEC, write_images
from regctl.engine.initial import initial_weights
from regctl.engine.plan import Shape, flops_per_trial
from regctl.models import presets
from regctl.models.layers import (
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    Reshape,
    weights_of,
)
from regctl.models.network import build_network
from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.spec.model import Model
from regctl.spec.training import Training
from regctl.steps.planning import plan_experiment
from regctl.types import Prepared, Setting

SETTING = Setting(0.01, 0.2, 0.0, 0.001, l1_ratio=0.5)
MODEL = Model(name="cnn", image=[9, 8, 2], filters=[3, 4], kernel_size=3, units=[5])
NAMES = tuple(f"p{number}" for number in range(9 * 8 * 2))


def pixels(columns: int) -> Prepared:
    x, y = np.ones((3, columns), np.float32), np.ones(3, np.float32)
    return Prepared(NAMES[:columns], x, y, x, y)


@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_weights_are_those_of_the_keras_model_in_its_order(normalization):
    layers = presets.cnn(MODEL.model_copy(update={"normalization": normalization}))
    network = build_network(layers, len(NAMES), SETTING)
    assert [weight.shape for weight in weights_of(layers, len(NAMES))] == [
        weight.shape for weight in network.weights
    ]
    assert network.output_shape == (None, 1)


def test_the_convolution_sees_the_columns_as_rows_of_pixels_of_channels():
    layers = (Reshape("image", (3, 4, 2)), Conv2D("conv", 5, 2, padding="valid"), Flatten("flat"))
    x = np.random.default_rng(0).normal(size=(6, 24)).astype(np.float32)
    weights = initial_weights(layers, pixels(24), (0, None))
    outputs = build_network(layers, 24, SETTING, weights).predict(x, verbose=0)
    image, kernel = x[0].reshape(3, 4, 2), weights[0]
    by_hand = [
        (image[row : row + 2, column : column + 2, :, None] * kernel).sum(axis=(0, 1, 2))
        for row in range(2)
        for column in range(3)
    ]
    np.testing.assert_allclose(outputs[0], np.concatenate(by_hand), atol=1e-5)


def test_the_penalty_of_the_shipped_model_is_on_every_kernel_and_no_bias():
    layers = presets.cnn(MODEL)
    weights = initial_weights(layers, pixels(len(NAMES)), (1, None))
    network = build_network(layers, len(NAMES), SETTING, weights)
    kernels = [weight for weight in weights if weight.ndim > 1]
    assert [kernel.ndim for kernel in kernels] == [4, 4, 2, 2]
    expected = sum(0.005 * np.abs(kernel).sum() + 0.005 * np.square(kernel).sum() for kernel in kernels)
    assert float(sum(network.losses)) == pytest.approx(expected, rel=1e-5)


def test_spatial_dropout_follows_each_maximum_and_plain_dropout_the_dense_layers():
    layers = presets.cnn(MODEL, noise="spatial_dropout")
    by_layer = replace(SETTING, dropout=0.0, rates=(0.1, 0.2, 0.5))
    network = build_network(layers, len(NAMES), by_layer)
    names = [type(layer).__name__ for layer in network.layers]
    block = ["Conv2D", "MaxPooling2D", "SpatialDropout2D"]
    assert names == ["Reshape", *block, *block, "GlobalAveragePooling2D", "Dense", "Dropout", "Dense"]
    assert [layer.rate for layer in network.layers if hasattr(layer, "rate")] == [0.1, 0.2, 0.5]
    assert len(by_layer.rates) == MODEL.dropout_layers("spatial_dropout")
    plain = build_network(presets.cnn(MODEL), len(NAMES), SETTING)
    assert "SpatialDropout2D" not in [type(layer).__name__ for layer in plain.layers]


def test_spatial_dropout_drops_whole_filters():
    layers = (Reshape("image", (9, 8, 2)), Dropout("drop", "dropout_1", "spatial_dropout"), Flatten("flat"))
    network = build_network(layers, len(NAMES), replace(SETTING, dropout=0.4))
    out = np.asarray(network(np.ones((500, len(NAMES)), np.float32), training=True)).reshape(500, 72, 2)
    assert (out == out[:, :1]).all()
    np.testing.assert_array_equal(np.unique(out), [0, np.float32(1 / 0.6)])
    assert stats.binomtest(int((out[:, 0] == 0).sum()), 1000, 0.4).pvalue > 0.001


def test_global_pooling_is_each_filters_mean_and_can_be_left_out():
    pooled = build_network((Reshape("image", (9, 8, 2)), GlobalAveragePooling2D("mean")), len(NAMES), SETTING)
    x = np.random.default_rng(0).normal(size=(3, len(NAMES))).astype(np.float32)
    np.testing.assert_allclose(pooled(x), x.reshape(3, 72, 2).mean(axis=1), atol=1e-6)
    flat = presets.cnn(MODEL.model_copy(update={"global_pooling": False}))
    shapes = {
        weight.layer: weight.shape for weight in weights_of(flat, len(NAMES)) if weight.name == "kernel"
    }
    assert shapes["dense_1"] == (2 * 2 * 4, 5)
    pooled_shapes = {
        each.layer: each.shape for each in weights_of(presets.cnn(MODEL), len(NAMES)) if each.name == "kernel"
    }
    assert pooled_shapes["dense_1"] == (4, 5)


def test_a_selu_mlp_starts_from_lecuns_normal_and_has_alpha_dropout():
    model = Model(name="selu_mlp", units=[4, 3])
    layers = presets.mlp(model, noise="alpha_dropout")
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    assert [(layer.activation, layer.initializer) for layer in dense[:2]] == [("selu", "lecun_normal")] * 2
    network = build_network(layers, 7, SETTING)
    assert [type(layer).__name__ for layer in network.layers] == ["Dense", "AlphaDropout"] * 2 + ["Dense"]


def test_kernels_start_within_keras_own_limits_and_fill_them():
    layers = (Reshape("image", (9, 8, 2)), Conv2D("conv", 64, 3), Flatten("flat"))
    kernel = initial_weights(layers, pixels(len(NAMES)), (1, None))[0]
    theirs = np.asarray(keras.initializers.GlorotUniform(1)(kernel.shape))
    assert np.abs(kernel).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)
    assert kernel.std() == pytest.approx(theirs.std(), rel=0.05)


def test_a_convolution_costs_its_products_at_every_place():
    shape, training = Shape(10, 0, 32), Training(epochs=1)
    layers = (Reshape("image", (4, 4, 2)), Conv2D("conv", 3, 3), MaxPooling2D("pool", 2), Flatten("flat"))
    dense = Dense("output", 1)
    products = 16 * (3 * 3 * 2 * 3 + 3) + (2 * 2 * 3 + 1)
    assert flops_per_trial((*layers, dense), shape, training) == 60 * products


def planned(folder, text=SPEC):
    return plan_experiment(load_spec(write_images(folder, text)).spec, Axes(), smoke=False)


def test_pixels_keep_their_places_and_share_one_scale(here):
    experiment = planned(here)
    prepared = experiment.whole.folds[None]
    assert prepared.names == tuple(f"pixel {number}" for number in range(36))
    raw = np.stack([experiment.data.train.table.values[name] for name in prepared.names], axis=1)
    np.testing.assert_allclose(prepared.x_train, (raw - raw.mean()) / raw.std(), atol=1e-5)
    assert np.ptp(prepared.x_train[:, :6]) == 0
    assert experiment.engine.engine == "keras"


def test_a_wrong_number_of_pixels_is_told_with_both_numbers(here):
    from regctl.errors import DataError

    with pytest.raises(DataError, match=r"6 × 5 × 1 is 30 pixels, and there are 36 feature columns"):
        planned(here, SPEC.replace("[6, 6, 1]", "[6, 5, 1]"))


def test_text_is_no_pixel(here):
    from regctl.datasets.pixels import fit_pixels
    from regctl.errors import DataError
    from regctl.types import Column

    table = planned(here).data.train.table
    texts = replace(table, columns=(Column("pixel 0", "text"), *table.columns[1:]))
    with pytest.raises(DataError, match="expected numbers in every column"):
        fit_pixels(texts, Model(name="cnn", image=[6, 6, 1]))


@pytest.mark.process
def test_a_cnn_is_trained_reported_and_predicts(here, regctl):
    write_images(here)
    outcome = regctl("train", "images.yaml")
    assert outcome.code == 0
    assert "conv2d_1 (Conv2D) does not stack: trained by the Keras engine" in outcome.err
    assert "a cnn with 4-4 filters and 8 relu units" in " ".join(outcome.out.split())
    assert regctl("report", "latest").code == 0
    assert regctl("predict", "latest", "images.csv").out.count("\n") == 91
    assert regctl("train", "images.yaml", "--dry-run", "--jobs", "2").out.count("2 trials 2 at a time") == 1
    assert "cnn 4-4-8" in regctl("validate", "images.yaml").out
