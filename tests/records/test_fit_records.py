import numpy as np
import pytest

from regctl.errors import UsageError
from regctl.records.coefficients import CoefficientTable, read_coefficients, write_coefficients
from regctl.records.confusion import FILE, read_confusion, write_confusion
from regctl.records.files import csv_text
from regctl.records.fits import (
    FITS,
    INPUT,
    FitPoints,
    FittedCurve,
    read_fit_input,
    read_fit_points,
    read_fits,
    write_fit_points,
    write_fits,
)
from regctl.types import Setting

X = np.array([0.1, 0.2, 1e9])


@pytest.mark.parametrize("by", [None, "lambda"])
def test_fitted_curves_read_back_bit_for_bit_by_setting(tmp_path, by):
    others = [None] if by is None else [0.0, 1e-7]
    curves = [
        FittedCurve(degree, other, X, X**degree / 3 + (other or 0))
        for degree in (1.0, 12.0)
        for other in others
    ]
    write_fits(tmp_path, "degree", by, curves)
    found = read_fits(tmp_path, "degree", by)
    assert [(each.value, each.other) for each in found] == [(each.value, each.other) for each in curves]
    for one, other in zip(found, curves, strict=True):
        assert one.x.tolist() == other.x.tolist()
        assert one.prediction.tolist() == other.prediction.tolist()
    header = (tmp_path / FITS).read_text(encoding="utf-8").splitlines()[0]
    assert header == ",".join(["degree", *([] if by is None else [by]), "x", "prediction"])


def test_the_rows_of_a_fit_and_its_input_read_back(tmp_path):
    parts = [FitPoints("train", X, X + 1), FitPoints("validation", X[:1], X[:1])]
    write_fit_points(tmp_path, parts, "area, living", "square feet")
    found = read_fit_points(tmp_path)
    assert [(each.part, each.x.tolist(), each.y.tolist()) for each in found] == [
        (each.part, each.x.tolist(), each.y.tolist()) for each in parts
    ]
    assert read_fit_input(tmp_path) == ("area, living", "square feet")


@pytest.mark.parametrize("text", ["degree,x\n1,2\n", "degree,x,prediction\none,2,3\n"])
def test_a_damaged_fit_is_named(tmp_path, text):
    (tmp_path / FITS).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"fit\.csv: expected a table as regctl wrote it"):
        read_fits(tmp_path, "degree", None)
    (tmp_path / INPUT).write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match=r"fit\.json"):
        read_fit_input(tmp_path)


def test_a_confusion_matrix_reads_back_in_the_order_of_its_classes(tmp_path):
    counts = np.array([[5, 1, 0], [2, 7, 0], [0, 3, 9]], np.int64)
    write_confusion(tmp_path, ("a,b", 'c"', "<d>"), counts)
    assert read_confusion(tmp_path, ("a,b", 'c"', "<d>")).tolist() == counts.tolist()
    with pytest.raises(UsageError, match=FILE):
        read_confusion(tmp_path, ("a,b", "another"))


def test_coefficients_of_the_settings_that_differ_in_lambda_alone(tmp_path):
    settings = [
        Setting(lam, 0.0, 0.0, 0.001, l1_ratio=ratio) for ratio in (0.1, 0.9) for lam in (0.0, 0.1, 1.0)
    ]
    features = ("(intercept)", "area", "rooms")
    values = np.arange(18.0).reshape(6, 3) / 7
    write_coefficients(tmp_path, settings, [CoefficientTable(settings, features, values, -values)])
    found = read_coefficients(tmp_path, settings[5])
    assert [setting.lambda_ for setting in found.settings] == [0.0, 0.1, 1.0]
    assert tuple(found.features) == features
    assert found.standardized[1:].tolist() == values[4:].tolist()
    assert found.original[1:].tolist() == (-values[4:]).tolist()


def test_coefficients_are_written_as_any_other_table(tmp_path):
    """Their lines are put together by hand; a name with a comma, a number that is not known, -0.0, tiny ones."""
    settings = [Setting(lam, 0.0, 0.0, 0.001) for lam in (0.0, 1e-7)]
    features = ("(intercept)", 'a,"b"', "two\nlines", "=cmd()")
    values = np.array([[1.0, -0.0, 1e-300, np.nan], [np.inf, 2 / 3, 1e22, -1e-5]])
    write_coefficients(tmp_path, settings, [CoefficientTable(settings, features, values, 3 * values)])
    rows = [
        [setting.lambda_, 0.0, setting.lambda_, name, one, 3 * one]
        for setting, own in zip(settings, values.tolist(), strict=True)
        for name, one in zip(features, own, strict=True)
    ]
    header = ["lambda", "l1", "l2", "feature", "standardized", "original"]
    assert (tmp_path / "coefficients.csv").read_text(encoding="utf-8") == csv_text(header, rows)


def test_coefficients_of_another_degree_are_left_out(tmp_path):
    tables = [
        CoefficientTable(
            [Setting(0.1, 0.0, 0.0, 0.001, degree=degree)], tuple("xyz"[:degree]), *2 * [np.ones((1, degree))]
        )
        for degree in (1, 2, 3)
    ]
    write_coefficients(tmp_path, [setting for table in tables for setting in table.settings], tables)
    found = read_coefficients(tmp_path, tables[1].settings[0])
    assert tuple(found.features) == ("x", "y")
    assert found.standardized.shape == (1, 2)
