"""Coefficients in the data's own units predict what the model predicts."""

import numpy as np
import pytest

from regctl.datasets.preparation import design_matrix, design_names, scale_target, unscale_target
from regctl.engine.exact.coefficients import coefficients, original
from regctl.types import Column, NumberPreparation, Preparation, Table, TargetPreparation, TextPreparation

COLUMNS = (
    NumberPreparation("area", median=1500.0, mean=1490.5, sd=505.25, indicator=False),
    TextPreparation("street", levels=("", "Grvl", "Pave"), pooled=("Dirt", "Mud")),
    NumberPreparation("lot", median=65.0, mean=70.25, sd=0.03125, indicator=True),
    TextPreparation("air", levels=("N", "Y")),
)
TARGETS = {
    "dollars": TargetPreparation("price", "dollars", "none", mean=180_000.0, sd=79_000.0),
    "unscaled": TargetPreparation("price", "dollars", "none", mean=0.0, sd=1.0),
    "log10": TargetPreparation("price", "dollars", "log10", mean=5.2, sd=0.17),
}
TABLE = Table(
    (Column("area", "number"), Column("street", "text"), Column("lot", "number"), Column("air", "text")),
    {
        "area": np.array([900.0, 1500.0, np.nan, 4000.0]),
        "street": np.array(["", "Pave", "Mud", "Grvl"], object),
        "lot": np.array([np.nan, 70.0, 70.5, np.nan]),
        "air": np.array(["Y", "N", "Y", "never seen"], object),
    },
    np.array([1.0, 2.0, 3.0, 4.0]),
)
RAW = np.array(  # area, three levels and the rare ones, lot, lot missing, air N and Y
    [
        [900.0, 1, 0, 0, 0, 65.0, 1, 0, 1],
        [1500.0, 0, 0, 1, 0, 70.0, 0, 1, 0],
        [1500.0, 0, 0, 0, 1, 70.5, 0, 0, 1],
        [4000.0, 0, 1, 0, 0, 65.0, 1, 0, 0],
    ]
)
CENTRES = np.array([1490.5, 0, 0, 0, 0, 70.25, 0, 0, 0])
SCALES = np.array([505.25, 1, 1, 1, 1, 0.03125, 1, 1, 1])


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_original_coefficients_and_intercept_give_the_unscaled_prediction(target):
    generator = np.random.default_rng(0)
    kernels, intercepts = generator.normal(size=(5, 9)), generator.normal(size=5)
    raw, raw_intercepts = original(Preparation(COLUMNS, target), kernels, intercepts)
    design = (RAW - CENTRES) / SCALES
    expected = unscale_target(target, design @ kernels.T + intercepts)
    predicted = RAW @ raw.T + raw_intercepts
    if target.transform == "log10":
        expected = np.log10(expected)
    np.testing.assert_allclose(predicted, expected, rtol=1e-10, atol=1e-10)


def test_the_columns_are_the_designs():
    preparation = Preparation(COLUMNS, TARGETS["dollars"])
    np.testing.assert_allclose(design_matrix(preparation, TABLE), (RAW - CENTRES) / SCALES, rtol=1e-6)


def test_one_kernel_or_many():
    preparation = Preparation(COLUMNS, TARGETS["dollars"])
    kernels, intercepts = np.random.default_rng(0).normal(size=(5, 9)), np.arange(5.0)
    many, offsets = original(preparation, kernels, intercepts)
    one, offset = original(preparation, kernels[3], intercepts[3])
    np.testing.assert_array_equal(one, many[3])
    assert offset == offsets[3]


def test_the_table_names_the_intercept_first():
    preparation = Preparation(COLUMNS, TARGETS["dollars"])
    kernels, intercepts = np.random.default_rng(0).normal(size=(2, 9)), np.array([0.5, -0.5])
    table = coefficients(preparation, design_names(preparation), kernels, intercepts)
    raw, raw_intercepts = original(preparation, kernels, intercepts)
    assert table.features[:3] == ("(intercept)", "area", "street=(missing)")
    assert len(table.features) == table.standardized.shape[1] == 10
    np.testing.assert_array_equal(table.standardized, np.column_stack([intercepts, kernels]))
    np.testing.assert_array_equal(table.original, np.column_stack([raw_intercepts, raw]))


def test_a_unit_step_of_a_number_changes_the_prediction_by_its_coefficient():
    target = TARGETS["dollars"]
    raw, _ = original(Preparation(COLUMNS, target), np.eye(9), np.zeros(9))
    assert raw[0, 0] == pytest.approx(79_000 / 505.25)
    assert scale_target(target, np.array([180_000.0 + raw[1, 1]]))[0] == pytest.approx(1.0)
