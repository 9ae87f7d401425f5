"""The rows about searches: what they read from a run, and what they compare. `make bench` runs the searches."""

import json
import os
from dataclasses import replace

import pytest

import row6_problem
import row6_tune
import row7_searches
import searches
from measuring import compare
from regctl.records.manifest import new_manifest, write_manifest
from regctl.records.search_record import append_searched, write_search
from regctl.spec.loading import load_spec


def test_a_runs_files_say_what_its_search_took_and_found(tmp_path):
    record, searched = searches.hyperband(fails=(2,))
    write_search(tmp_path, record)
    append_searched(tmp_path, searched)
    timings = {"start of TensorFlow": 3.0, "search": 8.5, "plots": 1.5}
    write_manifest(tmp_path, replace(new_manifest(["regctl"], None, tune="dropout"), timings=timings))
    found = row6_tune.recorded(tmp_path, wall=15.0)
    assert found == {
        "seconds": 8.4,
        "startup_seconds": 5.0,
        "wall_seconds": 15.0,
        "oracle_seconds": 0.11,
        "trials": len(searched),
        "settings": 20,
        "epochs": sum(each.trained_epochs for each in searched),
        "validation_loss": min(each.score for each in searched if each.score is not None),
    }


def test_the_rivals_better_time_and_its_smaller_memory_count():
    def numbers(seconds, peak, epochs=120, more=100.0):
        peaks = {"peak_mib": peak + more, "search_peak_mib": peak}
        found = {"epochs": epochs, "validation_accuracy": 0.97, "oracle_seconds": 0.1}
        return {"seconds": seconds, **peaks, **found}

    own, slow, fast = numbers(2.0, 500.0), numbers(60.0, 900.0, more=0), numbers(40.0, 1000.0, more=0)
    measured = {
        f"{name}, {data}": each
        for data in row6_tune.DATA
        for name, each in (("regctl", own), ("Keras Tuner", slow), ("Keras Tuner at its best", fast))
    }
    assert set(measured) == set(row6_tune.ROW.contenders)
    ratios = compare(row6_tune.ROW, 1, measured.__getitem__).ratios
    assert [ratio.value for ratio in ratios[:4]] == pytest.approx([20, 500 / 900, 600 / 900, 1])
    assert [ratio.reached for ratio in ratios] == [True, True, None, True, None, True] * 2
    measured["regctl, mnist"] = numbers(10.0, 950.0, epochs=60)
    found = compare(row6_tune.ROW, 1, measured.__getitem__).ratios
    assert [ratio.reached for ratio in found[6:10]] == [False, False, None, False]


def test_the_peak_of_a_search_ends_where_retraining_begins(tmp_path):
    peaks = {"search_peak_mib": 0.0, "peak_mib": 0.0}
    row6_tune.watch(os.getpid(), tmp_path, peaks)
    assert peaks["search_peak_mib"] == peaks["peak_mib"] > 10
    (tmp_path / row6_tune.RETRAINED).touch()
    peaks = {"search_peak_mib": 1.0, "peak_mib": 1.0}
    row6_tune.watch(os.getpid(), tmp_path, peaks)
    assert peaks["search_peak_mib"] == 1 < 10 < peaks["peak_mib"]
    row6_tune.watch(2**22 + 1, tmp_path, peaks)  # no such process


def test_two_hundred_settings_are_compared_with_a_minute_and_shares_with_a_twentieth():
    measured = {
        tuner: {"wall_seconds": 45.0, "seconds": 20.0, "oracle_seconds": 0.5}
        for tuner in row7_searches.TUNERS
    }
    measured["grid"]["oracle_seconds"] = 2.0
    ratios = compare(row7_searches.ROW, 1, measured.__getitem__).ratios
    assert [ratio.value for ratio in ratios] == [0.75, 0.025, 0.1, 0.025, 0.025]
    assert [ratio.reached for ratio in ratios] == [True, True, False, True, None]


def test_the_rival_trains_on_what_regctl_prepares(tmp_path):
    path = row6_problem.written("digits", row6_problem.QUICK, tmp_path)
    x, y, x_held_out, y_held_out = row6_problem.arrays(tmp_path)
    assert len(x) == len(y) == 1078
    assert len(x_held_out) == len(y_held_out) == 360
    assert abs(x.mean()) < 1e-3
    assert json.loads(path.read_text(encoding="utf-8"))["tune"]["max_epochs"] == 3
    assert load_spec(path).spec.training.batch_size == row6_problem.BATCH
