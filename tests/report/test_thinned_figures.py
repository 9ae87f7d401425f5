"""Figures of ten thousand settings: their lines go through hundreds of places, and small figures through all."""

import json

import numpy as np
import pytest

from regctl.analysis.selection import select
from regctl.report.charts import loss_curve
from regctl.report.figure.path import CoefficientPath, coefficient_path
from regctl.report.figure.thinning import thinned, thinned_points
from regctl.types import CurvePoint

LAMBDAS = (0.0, *np.logspace(-6, 0, 9_999).tolist())


def curve(lambdas) -> list[CurvePoint]:
    at = 1e-6 + np.array(lambdas)
    losses = (np.log10(at) + 3.1234) ** 2 / 20 + 0.5
    return [
        CurvePoint(lam, 3, 0.8 * loss, 0.01, loss, 0.02, 0.02, 0.001)
        for lam, loss in zip(lambdas, losses.tolist(), strict=True)
    ]


@pytest.mark.parametrize("size", [0, 1, 2, 600, 601, 10_000])
def test_places_are_evenly_spaced_with_both_ends(size):
    found = thinned(size, always={1, 7_003})
    assert found == sorted(set(found))
    assert len(found) <= 603
    if size <= 600:
        assert found == list(range(size))
    else:
        assert {0, 1, size - 1} <= set(found)
        assert (7_003 in found) == (size > 7_003)
        assert np.diff(found).max() <= -(-size // 600)


def test_few_points_are_drawn_as_they_come():
    points = curve((0.1, 0.0, 1.0))
    assert thinned_points(points) is points


def test_the_loss_curve_of_ten_thousand_goes_through_hundreds_and_through_what_is_singled_out():
    points = curve(LAMBDAS)
    selection = select(points, "minimum")
    definition = loss_curve(points, selection, loss_label=["loss"], subtitle="").to_dict(validate=False)
    text = json.dumps(definition)
    assert len(text) < 700_000
    drawn = [layer["data"]["values"] for layer in definition["layer"] if layer["mark"]["type"] == "line"]
    (values,) = ({row["x"] for row in rows} for rows in drawn if len(rows) > 100)
    singled = {selection.minimum.value, selection.one_standard_error.value}
    assert singled | {LAMBDAS[1], 1.0} <= values


def test_the_path_of_ten_thousand_times_240_is_drawn_with_some_60_000_numbers():
    values = np.exp(-np.array(LAMBDAS))[:, None] * np.random.default_rng(0).normal(size=(10_000, 240))
    path = CoefficientPath(LAMBDAS, tuple(f"column {place}" for place in range(240)), values)
    chart = coefficient_path(path, LAMBDAS[7_003], label=["coefficient"], subtitle="")
    assert len(json.dumps(chart.to_dict(validate=False))) < 5_000_000
