"""Predictions of an exported model for columns given by their own names."""

import json
import zipfile

import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state

from regctl.errors import UsageError
from regctl.models import prediction
from regctl.models.export import export_model
from regctl.models.prediction import predict_columns
from regctl.models.raw_inputs import inputs_document
from regctl.types import NumberPreparation, Preparation, TargetPreparation, TextPreparation

PREPARATION = Preparation(
    (
        NumberPreparation("lot area", 3.0, 1.0, 2.0, indicator=True),
        TextPreparation("zone", ("", "a"), ("rare",)),
    ),
    TargetPreparation("y", None, "none", 100.0, 10.0),
)
INPUTS = inputs_document(PREPARATION)
KERNEL = np.array([[1.0], [0.5], [0.01], [0.02], [0.03]])
COLUMNS = {
    "lot area": np.array([5.0, np.nan, 1.0, 1.0]),
    "zone": np.array(["", "a", "rare", "unknown"], dtype=object),
}
EXPECTED = np.array([120.1, 115.2, 100.3, 100.0])  # 100 + 10 · (value + indicator / 2 + level / 100)


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "model.keras"
    network = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, use_bias=False)])
    network.set_weights([KERNEL])
    export_model(path, PREPARATION, network)
    return path


def test_columns_are_found_by_name_and_others_ignored(model_path):
    columns = {"zz": np.zeros(4), "lot_area": np.zeros(4), **COLUMNS}
    predicted = predict_columns(model_path, INPUTS, columns)
    assert predicted.dtype == np.float64
    np.testing.assert_allclose(predicted, EXPECTED, rtol=1e-6)


@pytest.mark.parametrize("rows_at_a_time", [1, 3, 4])
def test_batches_do_not_matter(model_path, monkeypatch, rows_at_a_time):
    monkeypatch.setattr(prediction, "_ROWS_AT_A_TIME", rows_at_a_time)
    np.testing.assert_allclose(predict_columns(model_path, INPUTS, COLUMNS), EXPECTED, rtol=1e-6)


def test_no_rows_give_no_predictions(model_path):
    columns = {name: column[:0] for name, column in COLUMNS.items()}
    assert predict_columns(model_path, INPUTS, columns).shape == (0,)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.float32, object])
def test_numbers_of_any_type_are_numbers(model_path, dtype):
    columns = {"lot area": np.array([5, 3], dtype=dtype), "zone": np.array(["a", "a"])}
    np.testing.assert_allclose(predict_columns(model_path, INPUTS, columns), [120.2, 110.2], rtol=1e-6)


def test_a_number_beyond_float32_is_infinite_without_a_warning(model_path):
    columns = {"lot area": np.array([1e300]), "zone": np.array(["a"])}
    assert predict_columns(model_path, INPUTS, columns) == [np.inf]


def test_a_missing_column_is_named(model_path):
    with pytest.raises(UsageError, match="lacks 1 of the 2 columns the model needs: 'zone'"):
        predict_columns(model_path, INPUTS, {"lot area": np.zeros(1)})


def test_text_in_a_number_column_is_named(model_path):
    with pytest.raises(UsageError, match=r"column 'lot area': expected numbers.*'large'"):
        predict_columns(model_path, INPUTS, {**COLUMNS, "lot area": np.array(["large"] * 4)})


@pytest.mark.parametrize("value", [3, None, np.nan])
def test_anything_but_text_in_a_text_column_is_named(model_path, value):
    with pytest.raises(UsageError, match="column 'zone': expected text"):
        predict_columns(model_path, INPUTS, {**COLUMNS, "zone": np.array([value] * 4, dtype=object)})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no\.keras: there is no such file"):
        predict_columns(tmp_path / "no.keras", INPUTS, COLUMNS)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("suffix", [".keras", ".h5", ".csv", ""])
def test_a_file_that_is_no_whole_keras_model_is_named(model_path, tmp_path, keep, suffix):
    damaged = tmp_path / f"damaged{suffix}"
    content = model_path.read_bytes()
    damaged.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(UsageError, match=r"damaged.* is not a whole \.keras file"):
        predict_columns(damaged, INPUTS, COLUMNS)


def test_a_model_of_the_wrong_suffix_is_named(model_path, tmp_path):
    renamed = tmp_path / "model.zip"
    renamed.write_bytes(model_path.read_bytes())
    with pytest.raises(UsageError, match=r"model\.zip is not a Keras model that can be loaded\. \w+"):
        predict_columns(renamed, INPUTS, COLUMNS)


def test_a_model_damaged_inside_is_named(model_path, tmp_path):
    content = bytearray(model_path.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "damaged.keras").write_bytes(content)
    with pytest.raises(UsageError, match="is not a Keras model that can be loaded"):
        predict_columns(tmp_path / "damaged.keras", INPUTS, COLUMNS)


def test_a_model_that_holds_code_is_not_run(tmp_path):
    x = keras.Input((1,), name="x")
    keras.Model(x, keras.layers.Lambda(lambda value: value + 1)(x)).save(tmp_path / "lambda.keras")
    with pytest.raises(UsageError, match=r"is not a Keras model that can be loaded\. .*unsafe"):
        predict_columns(tmp_path / "lambda.keras", INPUTS, COLUMNS)


def test_a_model_that_holds_code_is_not_run_though_keras_was_told_to(tmp_path):
    x = keras.Input((1,), name="x")
    keras.Model(x, keras.layers.Lambda(lambda value: value + 1)(x)).save(tmp_path / "lambda.keras")
    keras.config.enable_unsafe_deserialization()
    try:
        with pytest.raises(UsageError, match=r"is not a Keras model that can be loaded\. .*unsafe"):
            predict_columns(tmp_path / "lambda.keras", INPUTS, COLUMNS)
    finally:
        global_state.set_global_attribute("safe_mode_saving", None)


@pytest.mark.parametrize("module", ["os", "subprocess", "regctl_evil"])
def test_a_model_cannot_name_a_module_to_import(model_path, tmp_path, monkeypatch, module):
    (tmp_path / "regctl_evil.py").write_text("raise SystemExit('it was run')")
    monkeypatch.syspath_prepend(tmp_path)
    changed = tmp_path / "changed.keras"
    with zipfile.ZipFile(model_path) as whole, zipfile.ZipFile(changed, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["layers"][-1] |= {
                    "module": module,
                    "class_name": "system",
                    "registered_name": None,
                }
                content = json.dumps(config).encode()
            archive.writestr(name, content)
    with pytest.raises(UsageError, match="is not a Keras model that can be loaded"):
        predict_columns(changed, INPUTS, COLUMNS)


def test_a_zip_file_that_is_no_model_is_named(tmp_path):
    np.savez(tmp_path / "table.npz", x=np.zeros(3))
    archive = (tmp_path / "table.npz").rename(tmp_path / "table.keras")
    with pytest.raises(UsageError, match="is not a Keras model"):
        predict_columns(archive, INPUTS, COLUMNS)


def test_a_model_of_another_run_is_named(tmp_path, model_path):
    other = inputs_document(Preparation(PREPARATION.columns[:1], PREPARATION.target))
    with pytest.raises(UsageError, match=r"do not name the same inputs; they differ in: zone\."):
        predict_columns(model_path, other, COLUMNS)


@pytest.mark.parametrize("document", [{}, {"inputs": 3}, {"inputs": [{"column": "zone"}]}, []])
def test_a_damaged_map_of_inputs_is_named(model_path, document):
    with pytest.raises(UsageError, match=r"the inputs\.json of .* is damaged"):
        predict_columns(model_path, document, COLUMNS)
