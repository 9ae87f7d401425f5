import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from regctl.analysis.selection import select
from regctl.records.fits import FitPoints, FittedCurve
from regctl.report.axes import AXES
from regctl.report.charts import loss_curve, save
from regctl.report.figure.accuracy import accuracy_curve
from regctl.report.figure.annotations import marker_labels, regions, title
from regctl.report.figure.confusion import confusion_matrix
from regctl.report.figure.contours import Contours, contour_picture, penalty, penalty_line, segments
from regctl.report.figure.family import MOST_LINES, loss_family
from regctl.report.figure.fit import fit_axes, fit_plot, handful, stretches
from regctl.report.figure.heat import cells, heat_map
from regctl.report.figure.labels import spread
from regctl.report.figure.learning import FittedLaw, learning_curve
from regctl.report.figure.path import CoefficientPath, coefficient_path
from regctl.report.figure.scales import across, loss_axis
from regctl.types import CurvePoint, Interval

LABEL = ("data loss", "(mean squared error of y)")
DEGREE, DROPOUT, LAMBDA = AXES["degree"], AXES["dropout"], AXES["lambda"]
LAMBDAS = (0.0, *(float(value) for value in np.logspace(-6, 1, 15)))


def point(value: float, train: float, loss: float, other: float | None = None) -> CurvePoint:
    error = None if math.isnan(loss) else loss * 0.06
    return CurvePoint(value, 3, train, None, loss, error, error, None, other)


def degrees() -> list[CurvePoint]:
    losses = (0.5, 0.12, 0.11, 0.115, 0.13, 0.2, 0.31, 1.2, 6, 31, 900, 4.4e5)
    return [point(index + 1, 0.45 / (index + 1), loss) for index, loss in enumerate(losses)]


def rates() -> list[CurvePoint]:
    return [
        point(rate / 10, 0.05 + 0.005 * rate**2, 0.2 - 0.02 * rate + 0.006 * rate**2) for rate in range(9)
    ]


def crossed() -> list[CurvePoint]:
    points = [
        point(
            degree,
            0.08,
            0.1 + 0.01 * abs(degree - 4 - index / 3) + (20.0 ** (degree - 7) if degree > 9 else 0),
            lam,
        )
        for degree in range(1, 13)
        for index, lam in enumerate(LAMBDAS)
    ]
    return [replace(points[0], validation_loss=math.nan, validation_se=None), *points[1:]]


def texts_of(chart, tmp_path) -> list[str]:
    svg, png = save(chart, tmp_path, "figure")
    assert png.read_bytes().startswith(b"\x89PNG")
    found = ["".join(text.itertext()) for text in ET.parse(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert not any(bad in text for text in found for bad in ("NaN", "undefined", "null", "Infinity"))
    assert json.dumps(chart.to_dict(validate=False), allow_nan=False)
    return found


# ---- the loss against each axis ---------------------------------------------------------------------------


def test_degrees_are_whole_numbers_from_low_to_high_and_underfitting_is_on_the_left():
    points = degrees()
    axis = across(DEGREE, [each.value for each in points])
    assert [axis.label(tick) for tick in axis.ticks] == [str(degree) for degree in range(1, 13)]
    under, over = regions(points, select(points, "minimum", False), axis)
    assert (under.name, over.name) == ("underfitting", "overfitting")
    assert axis.share(axis.strong) < axis.share(under.weak) < axis.share(over.strong) < axis.share(axis.weak)


def test_dropout_rates_run_from_0_and_underfitting_is_on_the_right():
    points = rates()
    axis = across(DROPOUT, [each.value for each in points])
    assert axis.joined(0.0)
    under, *_ = regions(points, select(points, "minimum"), axis)
    assert under.name == "underfitting"
    assert axis.share(under.weak) < axis.share(axis.strong)


def test_losses_that_explode_degree_by_degree_leave_the_axis_and_the_training_loss_does_not():
    axis = loss_axis(degrees(), DEGREE)
    assert 1.2 < axis.high < 6
    assert axis.low < 0.45 / 12


def test_a_figure_by_degree_marks_what_is_off_the_scale_and_names_the_minimum(tmp_path):
    points = degrees()
    chart = loss_curve(
        points, select(points, "minimum", False), loss_label=LABEL, subtitle="12 degrees", axis=DEGREE
    )
    found = texts_of(chart, tmp_path)
    assert "Validation loss is lowest at degree 3" in found
    assert "off the scale: validation up to 4.4e5" in found
    assert "degree of the polynomial" in found


def test_by_dropout_rate_a_second_panel_shows_the_gap(tmp_path):
    points = rates()
    chart = loss_curve(points, select(points, "minimum"), loss_label=LABEL, subtitle="", axis=DROPOUT)
    found = texts_of(chart, tmp_path)
    assert found.count("dropout rate (share of units dropped in training)") == 1
    gaps = chart.to_dict(validate=False)["vconcat"][1]["layer"][0]["data"]["values"]
    assert [row["y"] for row in gaps] == [each.validation_loss - each.train_loss for each in points]


@pytest.mark.parametrize("minimum", range(9))
@pytest.mark.parametrize("error", [0.0, 0.06, 2.0])
def test_no_marker_line_crosses_a_text_where_strong_is_on_the_right(minimum, error):
    points = [
        replace(point(rate / 10, 0.1, 0.2 + 0.01 * abs(rate - minimum)), validation_se=error * 0.2)
        for rate in range(9)
    ]
    axis, width = across(DROPOUT, [each.value for each in points]), 660
    labels = marker_labels(select(points, "minimum"), axis, width)
    for text, line in (labels, labels[::-1]):
        start = axis.share(text.value) * width
        low, high = sorted((start, start + len(text.text) * 5.6 * (1 if text.align == "left" else -1)))
        crosses = low < axis.share(line.value) * width < high
        assert not (line.value != text.value and line.upper >= text.upper and crosses)


@pytest.mark.parametrize(
    ("axis", "losses", "expected"),
    [
        (DEGREE, {1: 0.1, 2: 0.2, 3: 0.3}, "at the lowest degree tried, 1"),
        (DEGREE, {1: 0.3, 2: 0.2, 3: 0.1}, "at the highest degree tried, 3"),
        (DROPOUT, {0: 0.1, 0.2: 0.2}, "at dropout rate 0: dropout does not help here"),
        (DROPOUT, {0.1: 0.3, 0.8: 0.2}, "at the highest dropout rate tried, 0.8"),
        (DEGREE, {4: 0.1}, "Loss at degree 4, the only degree tried"),
    ],
)
def test_titles_name_the_ends_of_each_axis(axis, losses, expected):
    points = [point(value, loss / 2, loss) for value, loss in losses.items()]
    assert expected in title(points, select(points, "minimum", axis.stronger > 0), axis)


def test_one_point_and_constant_curves_are_drawn(tmp_path):
    for axis, points in (
        (DEGREE, [point(4, 0.1, 0.2)]),
        (DROPOUT, [point(rate / 10, 0.1, 0.1) for rate in range(9)]),
        (DROPOUT, [point(0.5, 0.1, 0.1)]),
    ):
        chart = loss_curve(points, select(points, "minimum"), loss_label=LABEL, subtitle="", axis=axis)
        assert texts_of(chart, tmp_path)


# ---- the learning curve -----------------------------------------------------------------------------------


def sizes() -> list[CurvePoint]:
    return [point(rows, 0.09 - 0.6 / rows**0.6, 0.1 + 2 * rows**-0.6) for rows in (60, 120, 300, 600, 1200)]


def test_the_forecast_has_its_interval_and_lies_at_twice_the_rows(tmp_path):
    rows = np.geomspace(60, 2400, 30)
    law = FittedLaw(rows.tolist(), (0.1 + 2 * rows**-0.6).tolist(), 2400, Interval(0.119, 0.11, 0.13))
    found = texts_of(learning_curve(sizes(), law, loss_label=LABEL, subtitle="8 sizes"), tmp_path)
    assert any(
        text.startswith("forecast with 2,400 training rows: 0.1190 [0.1100, 0.1300]") for text in found
    )
    assert {"fitted power law", "forecast", "number of training rows", "1,000"} <= set(found)


def test_a_refusal_says_why(tmp_path):
    law = FittedLaw(refusal="the interval is wider than the gain.")
    chart = learning_curve(sizes(), law, loss_label=LABEL, subtitle="8 sizes")
    found = texts_of(chart, tmp_path)
    assert any("No forecast: the interval is wider than the gain." in text for text in found)
    assert "forecast" not in found


# ---- two axes ---------------------------------------------------------------------------------------------


def selection_of(points):
    return select(points, "minimum", False)


def test_a_family_of_many_curves_is_thinned_and_says_so(tmp_path):
    points = crossed()
    selection = selection_of(points)
    chart = loss_family(points, selection, axis=DEGREE, by=LAMBDA, loss_label=LABEL, subtitle="12 × 16")
    lines = [layer for layer in chart.to_dict(validate=False)["layer"] if layer["mark"]["type"] == "line"]
    assert len(lines) == MOST_LINES
    found = texts_of(chart, tmp_path)
    assert any("Drawn: 8 of 16 values of λ; curve.csv has all." in text for text in found)
    assert {"0", "10", LAMBDA.value(selection.minimum.other)} <= set(found)
    assert "off the scale" in found


def test_cells_have_one_size_and_zero_lies_apart():
    grid = cells(LAMBDA, LAMBDAS, reverse=True)
    starts = [grid.starts[value] for value in sorted(LAMBDAS, reverse=True)]
    assert np.diff(starts)[:-1] == pytest.approx(np.ones(14))
    assert np.diff(starts)[-1] > 1
    shown = list(grid.ticks(300, upright=False))
    assert min(np.diff(shown)) * 300 / grid.length > 20


def test_the_heat_map_marks_the_minimum_what_exploded_and_what_diverged(tmp_path):
    points = crossed()
    chart = heat_map(
        points, selection_of(points), axis=DEGREE, by=LAMBDA, loss_label=LABEL, subtitle="12 × 16"
    )
    found = texts_of(chart, tmp_path)
    assert {"off the scale", "diverged"} <= set(found)
    assert any(text.startswith("minimum: degree") for text in found)
    tiles = chart.to_dict(validate=False)["layer"][0]["data"]["values"]
    assert len(tiles) == 12 * 16
    usual = {row["colour"] for row in tiles if row["x"] < 8}
    assert len(usual) > 10  # the exploded settings did not flatten the others to one colour
    assert tiles[0]["colour"] == "#c9c9c9"


# ---- the coefficient path ---------------------------------------------------------------------------------


def soft(beta, lambdas):
    return np.array([np.sign(beta) * np.maximum(np.abs(beta) - 2 * lam, 0) for lam in lambdas])


def test_the_path_of_500_columns_names_a_few_and_counts_the_nonzero(tmp_path):
    generator = np.random.default_rng(1)
    beta = np.concatenate([np.linspace(0.3, 1, 12), generator.normal(0, 0.02, 488)])
    values = soft(beta, LAMBDAS)
    names = tuple(f"Neighborhood=Somewhere_with_a_long_name_{index}" for index in range(500))
    chart = coefficient_path(
        CoefficientPath(LAMBDAS, names, values), LAMBDAS[9], label=("c",), subtitle="lasso"
    )
    found = texts_of(chart, tmp_path)
    kept = int(np.count_nonzero(values[9]))
    assert f"At {LAMBDA.say(LAMBDAS[9])}, {kept} of 500 coefficients are nonzero" in found
    assert "the other 490 columns" in found
    assert sum(text.startswith("Neighborhood=") for text in found) == 10
    assert all(len(text) <= 28 for text in found if text.startswith("Neighborhood="))
    assert "500" in found  # at λ = 0


def test_labels_are_spread_without_overlap_and_stay_inside():
    heights = [100.0, 101.0, 99.0, 5.0, 395.0, 396.0]
    placed = spread(heights, 14, 0, 400)
    assert min(np.diff(sorted(placed))) >= 14 - 1e-9
    assert min(placed) >= 0
    assert max(placed) <= 400
    assert np.argsort(placed).tolist() == np.argsort(heights).tolist()
    assert spread([10.0, 200.0], 14, 0, 400) == [10.0, 200.0]


def test_coefficients_that_blow_up_leave_the_axis(tmp_path):
    values = np.array([[3e5 / (1 + 1e6 * lam), 1.0] for lam in LAMBDAS])
    path = CoefficientPath(LAMBDAS, ("area^12", "area"), values)
    chart = coefficient_path(path, LAMBDAS[10], label=("c",), subtitle="")
    assert "area^12 (off the scale)" in texts_of(chart, tmp_path)


# ---- the fit ----------------------------------------------------------------------------------------------

X = np.linspace(0, 10, 200)
PARTS = [
    FitPoints("train", np.linspace(0, 10, 20), np.linspace(0, 100, 20)),
    FitPoints("validation", np.linspace(1, 9, 9), np.linspace(10, 90, 9)),
]


def fitted(degree: float, other: float | None = None) -> FittedCurve:
    return FittedCurve(degree, other, X, 10 * X + (1e12 if degree == 12 else 1.0) * np.sin(X))


def test_a_wild_curve_is_cut_and_marked_and_does_not_stretch_the_axis(tmp_path):
    axes = fit_axes(PARTS, "area (square feet)", ("price",))
    assert -60 < axes.y.low < axes.y.high < 160
    marks = list(stretches(fitted(12), axes.y))
    assert [above for _, above in marks] == [True, False, True, False]  # the half waves of sin over [0, 10]
    chart = fit_plot(
        [fitted(degree) for degree in range(1, 13)], PARTS, (2, None), axis=DEGREE, by=None,
        x_label="area (square feet)", y_label=("price (dollars)",), subtitle="",
    )  # fmt: skip
    found = texts_of(chart, tmp_path)
    assert {"degree 2, selected", "degree 1", "degree 12", "training rows", "validation rows"} <= set(found)
    assert {"area (square feet)", "price (dollars)"} <= set(found)
    assert "test rows" not in found


def test_a_handful_of_curves_has_both_ends_and_the_selected_one():
    chosen = handful([fitted(degree) for degree in range(1, 31)], (7, None), DEGREE)
    assert len(chosen) == 6
    assert {1, 7, 30} <= {curve.value for curve in chosen}


# ---- confusion and accuracy -------------------------------------------------------------------------------


@pytest.mark.parametrize("number_of", [2, 10, 20, 40])
def test_a_confusion_matrix_has_counts_for_up_to_25_classes_and_shares_for_up_to_10(tmp_path, number_of):
    counts = np.full((number_of, number_of), 3, np.int64)
    counts[np.arange(number_of), np.arange(number_of)] = 77
    classes = [f"class {index}" for index in range(number_of)]
    chart = confusion_matrix(counts, classes, target="digit", rows="validation rows", subtitle="an mlp")
    found = texts_of(chart, tmp_path)
    assert found.count("77") == (number_of if number_of <= 25 else 0)
    assert any(text.endswith(" %") for text in found) == (number_of <= 10)
    assert "predicted digit" in found
    total = 77 * number_of + 3 * number_of * (number_of - 1)
    assert f"{7700 * number_of / total:.1f} % of {total:,} validation rows are predicted right" in found


def test_accuracy_is_drawn_with_the_selected_setting(tmp_path):
    points = [point(rate / 10, 0.99, 0.9 + 0.01 * rate) for rate in range(6)]
    found = texts_of(accuracy_curve(points, 0.3, axis=DROPOUT, subtitle="digits"), tmp_path)
    assert any("at the selected dropout rate 0.3" in text for text in found)


# ---- contours ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0])
def test_the_penaltys_contour_has_one_penalty(ratio):
    line = penalty_line(0.7, ratio)
    assert [penalty(pair, ratio) for pair in line] == pytest.approx([0.7] * len(line))


def test_segments_of_a_quadratic_lie_on_its_contour():
    first, second = np.linspace(-2, 2, 81), np.linspace(-1, 3, 81)
    loss = first[None, :] ** 2 + 2 * (second[:, None] - 1) ** 2
    found = np.array(segments(first, second, loss, 1.0))
    ends = found.reshape(-1, 2)
    assert ends[:, 0] ** 2 + 2 * (ends[:, 1] - 1) ** 2 == pytest.approx(np.ones(len(ends)), abs=2e-3)
    assert np.hypot(*(found[:, :2] - found[:, 2:]).T).sum() == pytest.approx(
        5.4026, rel=1e-3
    )  # the ellipse's length


def test_the_contour_picture_has_equal_scales_and_names_the_ends_of_the_path(tmp_path):
    lambdas = (0.0, 0.1, 1.0, 100.0)
    path = np.array([[0.9, 0.3], [0.7, 0.3], [0.4, 0.2], [0.01, 0.01]])
    grid = np.linspace(-0.5, 1.5, 61)
    loss = (grid[None, :] - 0.9) ** 2 + (grid[:, None] - 0.3) ** 2
    picture = Contours(("area", "rooms"), grid, grid, loss, lambdas, path, 0.0)
    chart = contour_picture(picture, 0.1, loss_label="mean squared error", subtitle="a linear model")
    definition = chart.to_dict(validate=False)
    assert definition["width"] == pytest.approx(definition["height"])
    found = texts_of(chart, tmp_path)
    assert {"λ = 0", "λ = 0.1", "λ = 100", "weight of area (standardized)", "selected"} <= set(found)
