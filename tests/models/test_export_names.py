"""Safe names of inputs, and what `inputs.json` says. Needs neither Keras nor TensorFlow."""

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regctl.models.raw_inputs import inputs_document, safe_names
from regctl.types import NumberPreparation, Preparation, TargetPreparation, TextPreparation

SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
DOLLARS = TargetPreparation("Sale_Price", "dollars", "log10", 5.2, 0.17)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=80) | st.text("aA_ /é1", max_size=4), unique=True))
def test_every_column_gets_a_distinct_safe_name_whatever_the_order(names):
    given_names = safe_names(names)
    assert all(SAFE.fullmatch(name) for name in given_names)
    assert len(set(given_names)) == len(names)
    backwards = safe_names(names[::-1])
    assert given_names == backwards[::-1]


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("Gr_Liv_Area", "Gr_Liv_Area"),
        ("Gr Liv Area", "Gr_Liv_Area"),
        ("price/sqft", "price_sqft"),
        ('the "big" room\'s', "the_big_room_s"),
        ("1st floor", "column_1st_floor"),
        ("_hidden", "hidden"),
        ("Gebäude é", "Gebaude_e"),
        ("面积", "column"),
        ("", "column"),
        ("x" * 200, "x" * 48),
    ],
)
def test_a_name_stays_readable(column, name):
    assert safe_names([column]) == (name,)


def test_a_safe_name_is_kept_when_another_cleans_to_it():
    spaced, clean, slashed = safe_names(["a b", "a_b", "a/b"])
    assert clean == "a_b"
    assert re.fullmatch("a_b_[0-9a-f]{8}", spaced)
    assert re.fullmatch("a_b_[0-9a-f]{8}", slashed)


def test_a_column_called_like_anothers_digest_does_not_collide():
    digested = safe_names(["a_b", "a b"])[1]
    assert len(set(safe_names(["a_b", "a b", digested]))) == 3


def test_the_document_maps_columns_to_inputs_in_order_and_survives_json():
    columns = (
        NumberPreparation("Lot Area", 1.0, 1.0, 1.0, indicator=True, unit="square feet"),
        TextPreparation("Street", ("Grvl", "Pave")),
        TextPreparation("empty", ()),
    )
    document = inputs_document(Preparation(columns, DOLLARS))
    assert json.loads(json.dumps(document)) == {
        "inputs": [
            {"column": "Lot Area", "input": "Lot_Area", "dtype": "float32"},
            {"column": "Street", "input": "Street", "dtype": "string"},
        ],
        "outputs": {
            "name": "Sale_Price",
            "column": "Sale_Price",
            "unit": "dollars",
            "meaning": "median of Sale_Price in dollars (predictions were made on log10 Sale_Price)",
            "classes": [],
        },
    }


def test_without_a_transform_a_prediction_is_a_mean():
    target = TargetPreparation("y", None, "none", 0.0, 1.0)
    assert inputs_document(Preparation((), target))["outputs"]["meaning"] == "mean of y"


def test_the_output_is_named_apart_from_a_column_that_cleans_to_the_targets_name():
    columns = (NumberPreparation("Sale Price", 0.0, 0.0, 1.0, indicator=False),)
    document = inputs_document(Preparation(columns, DOLLARS))
    assert document["outputs"]["name"] == "Sale_Price"
    assert document["inputs"][0]["input"].startswith("Sale_Price_")


def test_the_document_needs_neither_keras_nor_tensorflow():
    code = "import regctl.models.raw_inputs, sys; print({'keras', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
