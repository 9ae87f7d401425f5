import csv
import math
from dataclasses import replace

import numpy as np
import pytest

from regctl.errors import UsageError
from regctl.records.tables import (
    read_curve,
    read_history,
    read_results,
    write_curve,
    write_history,
    write_results,
)
from regctl.records.trial_record import TrialRecord, setting_values, trial_record
from regctl.records.validation_rows import read_validation_rows, write_validation_rows
from regctl.types import CurvePoint, History, Setting, Trial, TrialResult

SETTING = Setting(lambda_=0.01, dropout=0.0, input_dropout=0.2, learning_rate=0.001)
BY_LAYER = replace(SETTING, rates=(0.1, 0.0, 0.3))
TRAIN, VALIDATION = {"rmse": 2.0, "mae": 1.0, "r2": 0.9}, {"rmse": 3.0, "mae": 2.0, "r2": 0.8}
RECORD = TrialRecord(0, "done", 7, None, SETTING, 0.1, 1 / 3, 0.02, 60, 58, 4161, TRAIN, VALIDATION)


def test_results_have_the_columns_of_the_design(tmp_path):
    write_results(tmp_path, [RECORD])
    with (tmp_path / "results.csv").open() as file:
        header, row = csv.reader(file)
    assert header == [
        *(
            "trial",
            "status",
            "seed",
            "fold",
            "lambda",
            "l1",
            "l2",
            "degree",
            "dropout",
            "samples",
            "learning_rate",
        ),
        *("train_loss", "validation_loss", "penalty", "train_rmse", "train_mae", "train_r2"),
        *(
            "validation_rmse",
            "validation_mae",
            "validation_r2",
            "best_epoch",
            "epochs",
            "nonzero",
            "degrees_of_freedom",
            "objective_gap",
        ),
    ]
    cells = dict(zip(header, row, strict=True))
    assert (cells["l1"], cells["l2"], cells["lambda"]) == ("0.0", "0.01", "0.01")
    assert (cells["fold"], float(cells["degree"]), float(cells["samples"])) == ("", 1, 1)
    assert float(cells["validation_loss"]) == 1 / 3


def test_results_are_in_the_order_of_ids_and_read_back(tmp_path):
    lost = replace(RECORD, id=1, status="diverged", validation_loss=math.nan, validation_metrics={})
    write_results(tmp_path, [replace(RECORD, id=2, fold=1), lost, RECORD])
    found = read_results(tmp_path, setting_values(SETTING))
    assert [record.id for record in found] == [0, 1, 2]
    assert found[0] == RECORD
    assert found[2].fold == 1
    assert found[1].status == "diverged"
    assert math.isnan(found[1].validation_loss)
    assert math.isnan(found[1].validation_metrics["rmse"])


def test_another_hyperparameter_gets_a_column_when_it_varies(tmp_path):
    other = replace(RECORD, id=1, setting=replace(SETTING, input_dropout=0.0))
    write_results(tmp_path, [RECORD, other])
    assert "input_dropout" in (tmp_path / "results.csv").read_text().splitlines()[0].split(",")
    held = setting_values(SETTING) | {"input_dropout": 0.9}
    assert [record.setting.input_dropout for record in read_results(tmp_path, held)] == [0.2, 0.0]


def test_rates_by_layer_have_columns_of_their_own_and_dropout_is_empty(tmp_path):
    records = [replace(RECORD, setting=BY_LAYER), replace(RECORD, id=1)]
    write_results(tmp_path, records)
    with (tmp_path / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    rates = [[row["dropout"], row["dropout_1"], row["dropout_2"], row["dropout_3"]] for row in rows]
    assert rates == [["", "0.1", "0.0", "0.3"], ["0.0", "", "", ""]]
    for held in (SETTING, BY_LAYER):
        assert read_results(tmp_path, setting_values(held)) == tuple(records)


def test_rates_that_do_not_vary_stand_in_the_spec(tmp_path):
    write_results(tmp_path, [replace(RECORD, setting=BY_LAYER)])
    assert "dropout_1" not in (tmp_path / "results.csv").read_text()
    (found,) = read_results(tmp_path, setting_values(BY_LAYER))
    assert found.setting == BY_LAYER
    with pytest.raises(UsageError, match=r"results.csv: expected a table"):
        read_results(tmp_path, setting_values(SETTING))


def test_a_degree_is_a_whole_number_in_files(tmp_path):
    cubic = replace(RECORD, id=1, setting=replace(SETTING, degree=3))
    write_results(tmp_path, [RECORD, cubic])
    with (tmp_path / "results.csv").open() as file:
        assert [row["degree"] for row in csv.DictReader(file)] == ["1", "3"]
    assert [record.setting.degree for record in read_results(tmp_path, setting_values(SETTING))] == [1, 3]


def test_a_record_takes_the_scalars_of_an_engines_result():
    empty = np.zeros(0, np.float32)
    history = History(np.zeros(3), np.ones(3))
    trial = Trial(5, SETTING, 2, None)
    result = TrialResult(trial, "done", empty, empty, 0.5, 10, 3, 2, history)
    record = trial_record(result, 0.1, 0.2, TRAIN, VALIDATION)
    assert (record.id, record.seed, record.setting, record.penalty) == (5, 2, SETTING, 0.5)
    assert (record.nonzero, record.epochs, record.best_epoch) == (10, 3, 2)
    assert record.validation_metrics == VALIDATION


@pytest.mark.parametrize("change", [("lambda", "lamda"), ("0.01", "much"), ("done", "")])
def test_a_damaged_table_is_a_users_error(tmp_path, change):
    write_results(tmp_path, [RECORD])
    path = tmp_path / "results.csv"
    path.write_text(path.read_text().replace(*change))
    held = {"input_dropout": 0.2}
    if change[0] == "done":
        path.write_text(path.read_text().replace("60,4161", "sixty,4161"))
    with pytest.raises(UsageError, match=r"results.csv: expected a table"):
        read_results(tmp_path, held)


def test_a_curve_reads_back_with_what_is_unknown_left_empty(tmp_path):
    points = (
        CurvePoint(0.0, 3, 0.1, 0.01, 0.2, 0.05, 0.03, 0.04),
        CurvePoint(0.01, 1, 0.1, None, 0.2, 0.05, 0.05, None),
    )
    write_curve(tmp_path, "lambda", points)
    assert read_curve(tmp_path, "lambda") == points
    lines = (tmp_path / "curve.csv").read_text().splitlines()
    assert lines[0] == "lambda,n,train_loss,train_se,validation_loss,validation_se,se_rows,se_seeds"
    assert lines[2] == "0.01,1,0.1,,0.2,0.05,0.05,"


def test_a_diverged_setting_stays_in_the_curve_without_a_loss(tmp_path):
    write_curve(tmp_path, "lambda", [CurvePoint(1.0, 2, math.nan, None, math.nan, None, None, None)])
    (point,) = read_curve(tmp_path, "lambda")
    assert point.n == 2
    assert math.isnan(point.validation_loss)


def test_history_has_a_row_per_trial_and_epoch_and_null_where_not_measured(tmp_path):
    histories = {
        4: History(np.array([np.nan, 0.5]), np.array([0.9, 0.8])),
        2: History(np.array([0.3]), np.array([0.4])),
    }
    write_history(tmp_path, histories, {4: 1, 2: None})
    found = read_history(tmp_path)
    assert found.columns == ["trial", "fold", "epoch", "train_loss", "validation_loss"]
    assert found.rows() == [(4, 1, 1, None, 0.9), (4, 1, 2, 0.5, 0.8), (2, None, 1, 0.3, 0.4)]


def test_an_empty_history_is_an_empty_table(tmp_path):
    write_history(tmp_path, {})
    assert read_history(tmp_path).shape == (0, 5)


@pytest.mark.parametrize("blocks", [None, np.array([0, 0, 1])])
def test_validation_rows_read_back_without_pickle(tmp_path, blocks):
    settings = (SETTING, replace(BY_LAYER, lambda_=0.0))
    loss = np.arange(12, dtype=np.float64).reshape(2, 2, 3)
    loss[1, 1] = np.nan
    write_validation_rows(tmp_path, settings, [(3, 0), (4, 0)], [9, 7, 8], loss, blocks)
    found = read_validation_rows(tmp_path)
    assert found.settings == settings
    assert found.seeds.tolist() == [3, 4]
    assert found.rows.tolist() == [9, 7, 8]
    assert found.loss.dtype == np.float32
    np.testing.assert_array_equal(found.loss, loss.astype(np.float32))
    assert found.blocks is None if blocks is None else found.blocks.tolist() == [0, 0, 1]
    with np.load(tmp_path / "validation_rows.npz", allow_pickle=False) as arrays:
        assert arrays["lambda"].tolist() == [0.01, 0.0]
        assert all(array.dtype != object for array in arrays.values())


def test_validation_rows_of_the_wrong_shape_are_a_bug(tmp_path):
    with pytest.raises(ValueError, match="is not"):
        write_validation_rows(tmp_path, [SETTING], [(0, 0)], [1, 2], np.zeros((1, 2, 1)))


def test_damaged_validation_rows_are_a_users_error(tmp_path):
    (tmp_path / "validation_rows.npz").write_bytes(b"PK not an archive")
    with pytest.raises(UsageError, match=r"validation_rows.npz: expected arrays"):
        read_validation_rows(tmp_path)


def test_the_same_numbers_give_the_same_bytes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for folder in (tmp_path / "a", tmp_path / "b"):
        write_results(folder, [RECORD])
        write_history(folder, {0: History(np.zeros(2), np.ones(2))})
        write_validation_rows(folder, [SETTING], [(0, 0)], [1, 2], np.ones((1, 1, 2)))
    for name in ("results.csv", "history.parquet", "validation_rows.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_crossed_curve_reads_back_with_both_axes(tmp_path):
    points = tuple(
        CurvePoint(value, 3, 0.1, None, value + other, 0.2, None, None, other=other)
        for value in (0.0, 0.1)
        for other in (0.2, 0.5)
    )
    write_curve(tmp_path, "lambda", points, "dropout")
    assert (tmp_path / "curve.csv").read_text().startswith("lambda,dropout,n,")
    assert read_curve(tmp_path, "lambda", "dropout") == points
