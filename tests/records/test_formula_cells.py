"""CSV files that a spreadsheet may open: no text of ours is a formula, numbers stay numbers, and all is read back."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regctl.cli.predicting import _table
from regctl.records.coefficients import CoefficientTable, read_coefficients, write_coefficients
from regctl.records.confusion import read_confusion, write_confusion
from regctl.records.files import csv_text, read_csv, read_text_cell, text_cell, write_csv
from regctl.types import Setting

FORMULAS = [
    "=cmd()",
    "+1+2",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "'=1",
    "''-x",
    "=1,2",
    '="a"',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_a_formula_gets_an_apostrophe_and_is_read_back(tmp_path, text):
    write_csv(tmp_path / "x.csv", [text, "plain"], [[text, 1.5], ["x", -0.25]])
    raw = (tmp_path / "x.csv").read_bytes().decode()
    header, first, second = csv.reader(io.StringIO(raw, newline=""))
    assert header[0] == first[0] == f"'{text}"
    assert second[1] == "-0.25"
    assert read_csv(tmp_path / "x.csv") == [{text: text, "plain": "1.5"}, {text: "x", "plain": "-0.25"}]


@pytest.mark.parametrize("text", ["-1", "+3", "-1e5", "x=1", "1-2", "'quoted'", "it's", "", "-inf"])
def test_numbers_and_harmless_texts_stay_as_they_are(text):
    assert text_cell(text) == text
    assert read_text_cell(text) == text


@given(st.text(max_size=20))
def test_every_text_comes_back_and_none_begins_a_formula(text):
    written = text_cell(text)
    assert read_text_cell(written) == text
    if written[:1] in tuple("=+-@\t\r\n"):
        float(written)  # only a number may


def test_coefficients_and_confusion_of_hostile_names_are_read_back(tmp_path):
    names = ("=cmd()", "-x", "'=1", 'a"b\nc,d', "λ" * 10_000)
    settings = [Setting(lam, 0.0, 0.0, 0.001) for lam in (0.1, 1.0)]
    values = np.arange(10.0).reshape(2, 5)
    write_coefficients(tmp_path, settings, [CoefficientTable(settings, names, values, -values)])
    found = read_coefficients(tmp_path, settings[0])
    assert tuple(found.features) == names
    assert found.standardized.tolist() == values.tolist()
    counts = np.arange(25).reshape(5, 5)
    write_confusion(tmp_path, names, counts)
    assert read_confusion(tmp_path, names).tolist() == counts.tolist()


def test_predictions_of_a_target_and_of_classes_that_look_like_formulas_are_texts():
    outputs = {"column": "=cmd()", "classes": ["-1", "=evil()"]}
    text = csv_text(*_table(np.array([[0.9, 0.1], [0.2, 0.8]]), outputs))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["'=cmd()", "P(-1)", "P(=evil())"],
        ["-1", "0.9", "0.1"],
        ["'=evil()", "0.2", "0.8"],
    ]
