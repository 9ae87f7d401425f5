"""Exported models of classes: probabilities from raw columns, and the logits that a loss needs."""

import keras
import numpy as np
import pytest
from scipy.special import expit, softmax

from regctl.models.export import export_model, raw_column_model
from regctl.models.prediction import predict_columns, predict_scores
from regctl.models.raw_inputs import inputs_document
from regctl.types import NumberPreparation, Preparation, TargetPreparation

COLUMNS = {"x/1": np.array([5.0, np.nan, -3.0, 90.0])}
SCALED = np.array([2.0, 1.0, -2.0, 44.5])  # (x − 1) / 2, the median 3 for what is missing
CLASSES = {1: ("no", "yes"), 2: ("no", "yes"), 3: ("a", "b", "c")}


def preparation(classes):
    target = TargetPreparation("kind", None, "none", 0.0, 1.0, classes)
    return Preparation((NumberPreparation("x/1", 3.0, 1.0, 2.0, indicator=False),), target)


def exported(folder, outputs):
    """A model of one dense layer without bias: its path, its `inputs.json`, and the logits of `COLUMNS`."""
    kernel = np.array([[1.0, -0.5, 0.25][:outputs]])
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(outputs, use_bias=False)])
    network.set_weights([kernel])
    prepared = preparation(CLASSES[outputs])
    export_model(folder / "model.keras", prepared, network)
    return folder / "model.keras", inputs_document(prepared), SCALED[:, None] * kernel


def test_one_logit_becomes_the_probability_of_the_second_class(tmp_path):
    path, inputs, logits = exported(tmp_path, 1)
    model = keras.models.load_model(path)
    assert model.output_shape == (None, 1)
    found = predict_columns(path, inputs, COLUMNS)
    np.testing.assert_allclose(found, np.hstack([1 - expit(logits), expit(logits)]), rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize("outputs", [2, 3])
def test_logits_become_the_probabilities_of_all_classes(tmp_path, outputs):
    path, inputs, logits = exported(tmp_path, outputs)
    found = predict_columns(path, inputs, COLUMNS)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, softmax(logits, axis=1), rtol=1e-6)


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_scores_are_the_logits_even_where_a_probability_is_one(tmp_path, outputs):
    path, inputs, logits = exported(tmp_path, outputs)
    found = predict_scores(path, inputs, COLUMNS)
    np.testing.assert_allclose(found, logits[:, 0] if outputs == 1 else logits, rtol=1e-6)
    if outputs == 1:
        assert predict_columns(path, inputs, COLUMNS)[3, 1] == 1.0


def test_the_document_names_the_classes_in_order():
    outputs = inputs_document(preparation(("no", "yes")))["outputs"]
    assert outputs["classes"] == ["no", "yes"]
    assert outputs["meaning"].startswith("probability of each class of kind: 'no', 'yes'")


def test_a_network_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"Expected: a network to \[n, 1\] or \[n, 3\]"):
        raw_column_model(preparation(("a", "b", "c")), keras.layers.Dense(2))
