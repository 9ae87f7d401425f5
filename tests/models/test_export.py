"""An exported model does from raw columns what training does with arrays; the network is NumPy in float64."""

import json
import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from regctl.datasets.design import design_matrix
from regctl.errors import DataError
from regctl.models.export import export_model, prepared, raw_column_model
from regctl.models.prediction import predict_columns
from regctl.models.raw_inputs import inputs_document
from regctl.types import NumberPreparation, Preparation, Table, TargetPreparation, TextPreparation

AWKWARD_LEVELS = ("[UNK]", "", "two\nlines", 'it\'s "so"', "näïve 面", " ", "no näïve", "a\0b")
COLUMNS = (
    NumberPreparation("Lot Area", 9000.0, 10000.0, 8000.0, indicator=False),
    TextPreparation('the "awkward" levels', AWKWARD_LEVELS, pooled=("rare 1", "rare 2")),
    NumberPreparation("price/sqft", 1.5, 2.25, 0.3, indicator=True),
    NumberPreparation("1st sale (Unix time)", 1_600_000_064.0, 1_600_000_411.7, 10_000.0, indicator=True),
    TextPreparation("面积", ("x", "y")),
    TextPreparation("only rare", (), pooled=("p", "q")),
    TextPreparation("nothing", ()),
    NumberPreparation("subtract", 0.0, 1e-6, 1e-7, indicator=False),
    NumberPreparation("concatenate", 0.0, 0.0, 1.0, indicator=False),
    NumberPreparation("dense", 0.0, 0.0, 1.0, indicator=False),
    NumberPreparation("Dense", 0.0, 0.0, 1.0, indicator=True),
    NumberPreparation("levels_of_column", 0.0, 0.0, 1.0, indicator=False),
    NumberPreparation("design_matrix", 0.0, 0.0, 1.0, indicator=False),
    NumberPreparation("a b", 0.0, 0.0, 1.0, indicator=False),
    NumberPreparation("a/b", 0.0, 0.0, 1.0, indicator=False),
    NumberPreparation("x" * 300, 0.0, 0.0, 1.0, indicator=False),
)
PRICE = TargetPreparation("Sale Price", "dollars", "log10", 5.2, 0.17)


def raw_columns(columns, rows=50, missing=0.2):
    """Values around each column's statistics, missing ones among them; text from known and unknown levels."""
    random = np.random.default_rng(0)
    values = {}
    for column in columns:
        if isinstance(column, NumberPreparation):
            numbers = random.normal(column.mean, column.sd, rows)
            values[column.name] = np.where(random.random(rows) < missing, np.nan, numbers)
        else:
            choices = [*column.levels, *column.pooled, "never seen", "", "[UNK]"]
            values[column.name] = np.array([choices[i % len(choices)] for i in range(rows)], dtype=object)
    return values


def design(columns, values):
    """The design matrix as training sees it."""
    rows = Table((), values, np.empty(0))
    return design_matrix(Preparation(columns, PRICE), rows).astype(np.float64)


def predictions(weights, preparation, values):
    """Hidden layers of tanh, one linear unit, back to the target's own unit; float64 `[n]`."""
    x = design(preparation.columns, values)
    *hidden, (kernel, bias) = zip(weights[::2], weights[1::2], strict=True)
    for hidden_kernel, hidden_bias in hidden:
        x = np.tanh(x @ hidden_kernel + hidden_bias)
    y = (x @ kernel + bias)[:, 0] * preparation.target.sd + preparation.target.mean
    return {"none": y, "log": np.exp(y), "log10": 10**y}[preparation.target.transform]


def tanh_network(width):
    random = np.random.default_rng(1)
    network = keras.Sequential([keras.Input((width,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
    network.set_weights([random.normal(0, 0.3, weight.shape) for weight in network.get_weights()])
    return network


def as_tensors(preparation, values):
    entries = inputs_document(preparation)["inputs"]
    return {entry["input"]: tf.constant(values[entry["column"]]) for entry in entries}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """(path, preparation, raw columns, predictions expected)."""
    preparation, values = Preparation(COLUMNS, PRICE), raw_columns(COLUMNS)
    network = tanh_network(design(COLUMNS, values).shape[1])
    path = tmp_path_factory.mktemp("run") / "model.keras"
    export_model(path, preparation, network)
    return path, preparation, values, predictions(network.get_weights(), preparation, values)


@pytest.mark.parametrize(
    "kinds", [(NumberPreparation,), (TextPreparation,), (NumberPreparation, TextPreparation)]
)
def test_the_design_matrix_is_that_of_training(kinds):
    preparation = Preparation(tuple(column for column in COLUMNS if isinstance(column, kinds)), PRICE)
    values = raw_columns(preparation.columns)
    tensors = as_tensors(preparation, values)
    inputs = [keras.Input((1,), name=name, dtype=tensor.dtype.name) for name, tensor in tensors.items()]
    model = keras.Model(inputs, prepared(preparation, inputs))
    expected = design(preparation.columns, values)
    np.testing.assert_allclose(model(tensors), expected, rtol=1e-6, atol=1e-6)


def test_one_column_is_enough():
    preparation = Preparation(COLUMNS[:1], PRICE)
    values = {"Lot Area": np.array([18000.0, np.nan])}
    network = keras.layers.Dense(1, kernel_initializer="ones")
    prediction = raw_column_model(preparation, network)(as_tensors(preparation, values))
    np.testing.assert_allclose(prediction, 10 ** (5.2 + 0.17 * np.array([[1.0], [-0.125]])), rtol=1e-6)


def test_predictions_are_regctls_own(exported):
    path, preparation, values, expected = exported
    np.testing.assert_allclose(
        predict_columns(path, inputs_document(preparation), values), expected, rtol=1e-6
    )


@pytest.mark.parametrize("transform", ["none", "log", "log10"])
def test_the_output_returns_to_the_targets_own_unit(tmp_path, transform):
    target = TargetPreparation("y/1", None, transform, 40.0, 0.5)
    preparation = Preparation(COLUMNS[:3], target)
    values = raw_columns(preparation.columns)
    network = tanh_network(design(preparation.columns, values).shape[1])
    export_model(tmp_path / "m.keras", preparation, network)
    model = keras.models.load_model(tmp_path / "m.keras")
    prediction = model(as_tensors(preparation, values))
    assert model.output_names == ["y_1"]
    assert prediction.shape == (50, 1)
    np.testing.assert_allclose(
        prediction[:, 0], predictions(network.get_weights(), preparation, values), rtol=1e-6
    )


def test_a_target_of_large_numbers_keeps_its_digits():
    preparation = Preparation(COLUMNS[:1], TargetPreparation("sold", "s", "none", 1.6e9 + 1 / 3, 10_000.0))
    network = keras.layers.Dense(1, kernel_initializer="ones")
    prediction = raw_column_model(preparation, network)({"Lot_Area": tf.constant([10_000.0, 10_001.0])})
    np.testing.assert_allclose(prediction, 1.6e9 + 1 / 3 + np.array([[0.0], [1.25]]), rtol=0, atol=1e-6)


def test_the_graph_of_predict_keeps_the_digits_of_large_numbers(exported):
    path, preparation, values, expected = exported
    tensors = as_tensors(preparation, values)
    np.testing.assert_allclose(
        keras.models.load_model(path).predict(tensors, verbose=0)[:, 0], expected, rtol=1e-6
    )


@pytest.mark.parametrize("extra", ["AAA", "Lot_Area_2", "zzz"])
@pytest.mark.parametrize("how", ["call", "predict"])
def test_a_further_key_is_ignored(exported, extra, how):
    path, preparation, values, expected = exported
    model = keras.models.load_model(path)
    tensors = {extra: tf.zeros(50), **as_tensors(preparation, values)}
    prediction = model(tensors) if how == "call" else model.predict(tensors, verbose=0)
    np.testing.assert_allclose(np.asarray(prediction)[:, 0], expected, rtol=1e-6)


def test_a_lacking_key_is_refused_even_when_another_is_in_its_place(exported):
    path, preparation, values, _ = exported
    tensors = as_tensors(preparation, values)
    tensors["Lot Area"] = tensors.pop("Lot_Area")
    with pytest.raises(ValueError, match='Missing data for input "Lot_Area"'):
        keras.models.load_model(path)(tensors)


def test_columns_of_shape_n_1_mean_the_same(exported):
    path, preparation, values, expected = exported
    tensors = {name: column[:, tf.newaxis] for name, column in as_tensors(preparation, values).items()}
    np.testing.assert_allclose(keras.models.load_model(path)(tensors)[:, 0], expected, rtol=1e-6)


def test_the_file_holds_only_keras_own_classes(exported):
    with zipfile.ZipFile(exported[0]) as archive:
        config = json.loads(archive.read("config.json"))
    found = list(_serialized_objects(config))
    assert len(found) > 50
    assert {module.partition(".")[0] for module, _, _ in found} <= {"keras", "builtins"}
    assert all(registered in (None, name) for _, name, registered in found)
    assert "Lambda" not in {name for _, name, _ in found}


def _serialized_objects(config):
    if isinstance(config, dict):
        if config.get("module") is not None:
            yield config["module"], config["class_name"], config.get("registered_name")
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _serialized_objects(part)


STRANGER = """
import json, sys
sys.modules["regctl"] = None      # installed beside Keras or not: here it cannot be imported
try:
    import regctl
except ImportError:
    pass
else:
    raise SystemExit("regctl can be imported")
import keras, numpy as np, tensorflow as tf
model = keras.models.load_model("model.keras")
columns = json.load(open("columns.json"))
rows = {}
for entry in json.load(open("inputs.json"))["inputs"]:
    values = columns[entry["column"]]
    rows[entry["input"]] = tf.constant(values) if entry["dtype"] == "string" else np.array(values, "float32")
np.save("predicted.npy", model.predict(rows, verbose=0))
assert sys.modules["regctl"] is None and not [name for name in sys.modules if name.startswith("regctl.")]
"""


@pytest.mark.process
def test_a_stranger_without_regctl_gets_the_same_predictions(exported, tmp_path):
    path, preparation, values, expected = exported
    (tmp_path / "model.keras").write_bytes(path.read_bytes())
    (tmp_path / "inputs.json").write_text(json.dumps(inputs_document(preparation)))
    (tmp_path / "columns.json").write_text(
        json.dumps({name: column.tolist() for name, column in values.items()})
    )
    (tmp_path / "stranger.py").write_text(STRANGER)
    done = subprocess.run([sys.executable, "-I", "stranger.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    predicted = np.load(tmp_path / "predicted.npy")
    assert predicted.shape == (50, 1)
    np.testing.assert_allclose(predicted[:, 0], expected, rtol=1e-5)


def test_a_network_may_be_a_function_of_layers_called_like_columns(tmp_path):
    preparation = Preparation(COLUMNS, PRICE)
    values = raw_columns(COLUMNS)

    def network(x):
        return keras.layers.Dense(1, name="dense")(keras.layers.Dense(4, "tanh", name="subtract")(x))

    export_model(tmp_path / "m.keras", preparation, network)
    weights = keras.models.load_model(tmp_path / "m.keras").get_weights()
    predicted = predict_columns(tmp_path / "m.keras", inputs_document(preparation), values)
    np.testing.assert_allclose(predicted, predictions(weights, preparation, values), rtol=1e-6)


def test_a_network_of_several_outputs_is_refused():
    with pytest.raises(ValueError, match=r"Expected: a network to \[n, 1\]"):
        raw_column_model(Preparation(COLUMNS, PRICE), keras.layers.Dense(2))


def test_a_level_that_a_keras_file_cannot_hold_is_named():
    preparation = Preparation((TextPreparation("zone", ("a", "b\0")),), PRICE)
    with pytest.raises(DataError, match="column 'zone': a Keras file cannot hold"):
        raw_column_model(preparation, keras.layers.Dense(1))


def test_an_existing_file_is_replaced_and_nothing_else_is_left(tmp_path, capfd):
    path = tmp_path / "model.keras"
    path.write_text("old")
    export_model(path, Preparation(COLUMNS[:1], PRICE), keras.layers.Dense(1))
    assert zipfile.is_zipfile(path)
    assert os.listdir(tmp_path) == ["model.keras"]
    assert capfd.readouterr() == ("", "")


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    path.write_text("old")

    def half_written(model, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", half_written)
    with pytest.raises(OSError, match="No space left"):
        export_model(path, Preparation(COLUMNS[:1], PRICE), keras.layers.Dense(1))
    assert os.listdir(tmp_path) == ["model.keras"]
    assert path.read_text() == "old"
