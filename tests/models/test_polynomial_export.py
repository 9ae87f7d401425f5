"""A polynomial's `model.keras` expands raw columns by itself, in float64, and predicts what regctl does."""

import keras
import numpy as np
import pytest

from regctl.datasets.design import design_matrix, design_names
from regctl.datasets.preparation import fit_preparation
from regctl.models.export import export_model
from regctl.models.network import build_network
from regctl.models.prediction import predict_columns, predict_scores
from regctl.models.presets import linear
from regctl.models.raw_inputs import inputs_document
from regctl.spec.model import Model
from regctl.spec.schema import Spec
from regctl.types import Column, Setting, Table

ROWS = 200
SETTING = Setting(0.0, 0.0, 0.0, 0.001)
COLUMNS = {"living area": "number", "zone": "text", "rooms/floor": "number", "subtract": "number"}


def rows_of(seed):
    random = np.random.default_rng(seed)
    area = random.lognormal(7, 0.4, ROWS)
    values = {
        "living area": np.where(random.random(ROWS) < 0.1, np.nan, area),
        "zone": random.choice(np.array(["a", "b", ""], object), ROWS),
        "rooms/floor": random.integers(1, 9, ROWS).astype(float),
        "subtract": random.normal(1970, 20, ROWS),
    }
    return Table(
        tuple(Column(name, kind) for name, kind in COLUMNS.items()), values, np.exp(random.normal(size=ROWS))
    )


def spec_of(degree, **keys):
    dataset = {"source": "ames", "target": "price/month", "target_transform": "log10"}
    model = {"name": "polynomial", "degree": degree, **keys}
    return Spec.model_validate({"name": "test", "dataset": dataset, "model": model})


@pytest.mark.parametrize(("degree", "keys"), [(1, {}), (3, {}), (12, {"interactions": False})], ids=str)
def test_predictions_from_raw_columns_are_regctls_own(degree, keys, tmp_path):
    spec, train, other = spec_of(degree, **keys), rows_of(0), rows_of(1)
    preparation = fit_preparation(train, spec)
    width = len(design_names(preparation))
    random = np.random.default_rng(2)
    # Weights as large as an exact solution's without a penalty: what float32 drops would show.
    weights = random.normal(0, 1e4 if degree > 1 else 1, (width, 1)), np.array([0.5])
    network = build_network(linear(Model(name="polynomial")), width, SETTING, weights, preparation.dtype)
    export_model(tmp_path / "model.keras", preparation, network)
    assert {weight.dtype for weight in network.weights} == {preparation.dtype}
    assert keras.config.dtype_policy().name == "float32"
    inputs = inputs_document(preparation)
    for table in (train, other):
        expected = (design_matrix(preparation, table) @ weights[0] + weights[1])[:, 0]
        scores = predict_scores(tmp_path / "model.keras", inputs, table.values)
        size = np.abs(design_matrix(preparation, table)) @ np.abs(weights[0])[:, 0]
        precision = 1e-12 if degree > 1 else 1e-6
        assert (np.abs(scores - expected) <= precision * size).all()
    small = build_network(
        linear(Model(name="polynomial")), width, SETTING, [weights[0] / 1e6, weights[1]], preparation.dtype
    )
    export_model(tmp_path / "small.keras", preparation, small)
    scaled = design_matrix(preparation, other) @ weights[0] / 1e6 + weights[1]
    own = 10 ** (scaled[:, 0] * preparation.target.sd + preparation.target.mean)
    np.testing.assert_allclose(
        predict_columns(tmp_path / "small.keras", inputs, other.values), own, rtol=1e-6
    )
