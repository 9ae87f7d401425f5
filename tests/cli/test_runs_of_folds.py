"""Runs of k-fold are compared by their out-of-fold rows, and only where the folds are the same."""

import json

import numpy as np
import pytest

from regctl.records.selection_record import read_selection
from regctl.records.validation_rows import read_validation_rows
from rents import SPEC, write_spec

LINEAR = SPEC.replace("{name: mlp, units: [8], activation: tanh}", "{name: linear}")


def out_of_fold(run) -> np.ndarray:
    found, selected = read_validation_rows(run), read_selection(run).selected
    losses = found.loss[found.settings.index(selected)].astype(np.float64).mean(axis=0)
    return losses[np.argsort(found.rows)]


def test_out_of_fold_losses_are_paired_and_other_folds_refused(here, regctl):
    write_spec(here, LINEAR)
    for out, *more in (
        ("a", "validation.folds=4"),
        ("b", "validation.folds=4", "regularization.penalty=l1", "sweep.lambda=[0.5, 0.8]"),
        ("c", "validation.folds=5"),
    ):
        flags = [word for each in more for word in ("-S", each)]
        assert regctl("sweep", "lambda", "rents.yaml", "--quiet", "--out", out, *flags).code == 0
    runs = [(here / out / "latest").resolve() for out in "abc"]
    outcome = regctl("runs", "compare", *map(str, runs), "--json")
    assert outcome.code == 0, outcome.err
    found, other = json.loads(outcome.out)["differences"]
    difference = out_of_fold(runs[1]) - out_of_fold(runs[0])
    assert found["difference"] == pytest.approx(difference.mean(), rel=1e-9)
    assert found["rows"] == 192
    assert found["interval"][0] > 0  # λ₁ = 0.5 leaves hardly a weight
    assert "A's is lower" in found["verdict"]
    assert other["reasons"] == ["their folds differ"]
