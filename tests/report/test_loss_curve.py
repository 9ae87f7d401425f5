import json
import math
import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from regctl.analysis.selection import select
from regctl.report.axes import AXES
from regctl.report.charts import loss_curve, save
from regctl.report.figure.annotations import marker_labels, regions, title
from regctl.report.figure.off_scale import off_scale
from regctl.report.figure.scales import loss_axis, strength_axis
from regctl.types import CurvePoint

LABEL = ("data loss", "(mean squared error of the standardized log10 Sale_Price)")
GRID = (0.0, *(float(value) for value in np.logspace(-6, 0, 25)))


def curve(losses: dict[float, tuple[float, float]], error: float = 0.05) -> list[CurvePoint]:
    return [
        CurvePoint(value, 3, train, None if math.isnan(train) else train * error / 5, loss,
                   *(3 * [None if math.isnan(loss) else loss * error]))
        for value, (train, loss) in losses.items()
    ]  # fmt: skip


LAMBDA = AXES["lambda"]


def axis_of(points):
    return strength_axis([point.value for point in points])


def valley(value: float) -> tuple[float, float]:
    strong = value**1.2 / (value**1.2 + 0.15)
    return 0.03 + 0.95 * strong, 0.11 + 0.85 * strong + 0.1 / (1 + value / 0.002)


def on_grid(changes: dict[int, tuple[float, float]] | None = None) -> list[CurvePoint]:
    losses = {value: valley(value) for value in GRID}
    return curve(losses | {GRID[index]: pair for index, pair in (changes or {}).items()})


NAN = (math.nan, math.nan)
CASES = {
    "valley": on_grid(),
    "two settings": curve({0.001: (0.03, 0.2), 0.01: (0.05, 0.1)}),
    "close settings": curve({0.02: (0.1, 0.2), 0.03: (0.1, 0.19)}),
    "zero and one": curve({0.0: (0.03, 0.2), 0.01: (0.05, 0.1)}),
    "only zero": curve({0.0: (0.03, 0.2)}),
    "one setting": curve({0.01: (0.03, 0.2)}),
    "five settings": curve({value: valley(value) for value in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)}),
    "minimum at the strongest": curve({value: (0.9, 1 - 0.3 * value) for value in GRID}),
    "minimum at zero": curve({value: (0.1 + value, 0.2 + value) for value in GRID}),
    "nan": on_grid({25: NAN, 24: NAN, 12: NAN}),
    "exploding": on_grid({25: (3e5, 4e5)}),
    "two exploding": on_grid({25: (3e5, 4e5), 24: (3e5, 4e5)}),
    "all nan": on_grid(dict.fromkeys(range(26), NAN)),
    "training loss of zero": on_grid({0: (0.0, 0.21), 1: (1e-9, 0.21)}),
    "flat": curve(dict.fromkeys(GRID, (0.99, 1.0))),
    "perfect": curve(dict.fromkeys(GRID, (0.0, 0.0))),
    "large numbers": curve({value: tuple(1e9 * loss for loss in valley(value)) for value in GRID}),
    "zero and a diverged one": curve({0.0: (4e35, 3.8e35), 1e6: NAN}, error=0.01),
    "numpy numbers": [CurvePoint(np.float64(p.value), *list(vars(p).values())[1:]) for p in on_grid()],
}


@cache
def draw(case: str) -> dict:
    """The Vega-Lite definition of a case."""
    points = CASES[case]
    chart = loss_curve(points, select(points, "minimum"), loss_label=LABEL, subtitle="an mlp, 3 seeds")
    return chart.to_dict(validate=False)


def rows_of(definition: dict, mark: str) -> list[list[dict]]:
    """The rows of every layer with a mark, the places of λ under `x`."""
    return [layer["data"]["values"] for layer in definition["layer"] if layer["mark"]["type"] == mark]


def channel(definition: dict, name: str) -> dict:
    """A channel of the line layer."""
    return next(layer["encoding"][name] for layer in definition["layer"] if layer["mark"]["type"] == "line")


DRAWN = ("valley", "zero and one", "nan", "zero and a diverged one", "perfect")


@pytest.mark.parametrize("case", DRAWN)
def test_a_curve_is_drawn_as_svg_and_png(tmp_path, case):
    points = CASES[case]
    chart = loss_curve(points, select(points, "minimum"), loss_label=LABEL, subtitle="an mlp, 3 seeds")
    svg, png = save(chart, tmp_path / "plots", "loss")
    width, height = (int.from_bytes(png.read_bytes()[start : start + 4]) for start in (16, 20))
    assert 1300 < width < 1700
    assert 800 < height < 1200
    texts = ["".join(text.itertext()) for text in ET.parse(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"validation", "training"} <= set(texts)
    assert all(any(line in text for text in texts) for line in LABEL)
    assert not any(bad in text for text in texts for bad in ("NaN", "undefined", "null", "Infinity"))
    assert not any(re.search(r"0{6}|9{6}", text) for text in texts)
    # Liberation Sans travels with vl-convert; it has no superscript digits but ² and ³, and no check marks.
    assert {letter for text in texts for letter in text if ord(letter) > 126} <= set("λ±")


@pytest.mark.parametrize("case", ["only zero", "all nan", "numpy numbers", "training loss of zero"])
def test_every_curve_can_be_defined_without_a_number_that_is_not_json(case):
    assert json.dumps(draw(case), allow_nan=False)


def test_lambda_runs_on_a_log_axis_from_strong_on_the_left_to_weak():
    x = channel(draw("valley"), "x")
    assert x["scale"]["type"] == "log"
    assert x["scale"]["reverse"] is True
    assert "strong on the left" in x["axis"]["title"]


def test_zero_has_its_own_place_a_decade_below_the_smallest_and_its_tick_says_0():
    x = channel(draw("valley"), "x")
    assert min(x["axis"]["values"]) == pytest.approx(1e-7)
    assert "datum.value == 1e-07 ? '0'" in x["axis"]["labelExpr"]
    assert "1e-6" in x["axis"]["labelExpr"]
    assert x["scale"]["domain"][0] < 1e-7


def test_zero_is_a_point_with_an_error_bar_and_is_not_joined_to_the_line():
    definition = draw("valley")
    zero = pytest.approx(1e-7)
    for mark in ("line", "area"):
        (rows,) = rows_of(definition, mark)
        assert len(rows) == 50
        assert not [row for row in rows if row["x"] == zero]
    points = next(rows for rows in rows_of(definition, "point") if len(rows) == 52)
    assert len([row for row in points if row["x"] == zero]) == 2
    bars = next(rows for rows in rows_of(definition, "rule") if "low" in rows[0])
    assert [(row["x"], row["part"]) for row in bars] == [(zero, "validation"), (zero, "training")]


def test_the_axis_breaks_before_zero_and_only_then():
    slashes = [layer["mark"].get("text") for layer in draw("valley")["layer"]].count("/")
    assert slashes == 1
    without = draw("five settings")
    assert "/" not in [layer["mark"].get("text") for layer in without["layer"]]


def test_bands_are_one_standard_error_wide():
    points = CASES["valley"]
    (rows,) = rows_of(draw("valley"), "area")
    found = next(row for row in rows if row["part"] == "validation" and row["x"] == points[9].value)
    assert found["low"] == pytest.approx(points[9].validation_loss - points[9].validation_se)
    assert found["high"] == pytest.approx(points[9].validation_loss + points[9].validation_se)


def test_parts_differ_in_colour_line_and_shape():
    definition = draw("valley")
    point = next(e["encoding"] for e in definition["layer"] if "shape" in e["encoding"])
    assert channel(definition, "color")["scale"]["range"] == ["#D55E00", "#0072B2"]  # Okabe and Ito
    assert len({str(dash) for dash in channel(definition, "strokeDash")["scale"]["range"]}) == 2
    assert len(set(point["shape"]["scale"]["range"])) == 2


def test_the_minimum_and_the_choice_are_labelled_with_lambda_and_loss():
    points = on_grid()
    selection = select(points, "minimum")
    texts = {label.text for label in marker_labels(selection, strength_axis(GRID), 660)}
    assert any(text.startswith("minimum: λ = 0.0056") and "±" in text for text in texts)
    assert any(text.startswith("one standard error: λ = 0.01") for text in texts)
    assert selection.one_standard_error.value > selection.minimum.value


def crossings(points: list[CurvePoint], width: int = 660) -> int:
    """How many texts are crossed by the other marker's vertical line, which begins at its own row."""
    selection = select(points, "minimum")
    axis = strength_axis([point.value for point in points])
    crossed = 0
    labels = marker_labels(selection, axis, width)
    for text, line in (labels, labels[::-1]):
        start = axis.share(text.value) * width
        length = len(text.text) * 5.6 * (1 if text.align == "left" else -1)
        low, high = sorted((start, start + length))
        assert low >= -1
        assert high <= width + 1
        reaches = line.upper >= text.upper  # a line from the upper row passes the lower
        crossed += line.value != text.value and reaches and low < axis.share(line.value) * width < high
    return crossed


@pytest.mark.parametrize("minimum", range(26))
@pytest.mark.parametrize("error", [0.0, 0.05, 0.5, 3.0])
def test_no_line_crosses_a_label_and_labels_stay_inside_wherever_the_minimum_lies(minimum, error):
    losses = {value: (0.1, 0.2 + 0.01 * abs(index - minimum)) for index, value in enumerate(GRID)}
    assert crossings(curve(losses, error)) == 0


def test_regions_are_named_where_they_make_sense():
    def names(points):
        return [region.name for region in regions(points, select(points, "minimum"), axis_of(points))]

    assert names(CASES["valley"]) == ["underfitting", "overfitting"]
    assert names(CASES["minimum at zero"]) == ["underfitting"]
    assert names(CASES["flat"]) == []
    assert names(CASES["all nan"]) == []
    better_trained = curve({0.0: (0.5, 0.4), 0.01: (0.1, 0.1), 1.0: (0.05, 0.4)})
    assert names(better_trained) == []  # losses rise on both sides, but not for the reason the names give


def test_regions_lie_where_the_loss_is_over_one_standard_error_above_the_minimum():
    points = CASES["valley"]
    selection = select(points, "minimum")
    under, over = regions(points, selection, axis_of(points))
    limit = selection.minimum.validation_loss + selection.minimum.validation_se
    for point in points:
        inside = point.value > under.weak or point.value < over.strong
        assert inside == (point.validation_loss > limit)


def test_an_exploding_setting_leaves_the_axis_and_is_marked_with_its_value():
    points = CASES["two exploding"]
    axis = loss_axis(points)
    assert axis.high < 2
    (group,) = off_scale(points, strength_axis(GRID), axis, 660)
    assert group.values == (GRID[25], GRID[24])
    assert "validation up to 4e5" in group.text
    definition = draw("two exploding")
    marks = [layer["mark"] for layer in definition["layer"]]
    assert [mark.get("shape") for mark in marks].count("triangle-up") == 1
    (line,) = rows_of(definition, "line")
    assert [row["y"] for row in line if row["x"] == GRID[25]] == [None, None]


def test_a_natural_rise_at_the_strong_end_stays_on_the_axis():
    axis = loss_axis(CASES["valley"])
    assert axis.shows(valley(1.0)[1])
    assert off_scale(CASES["valley"], strength_axis(GRID), axis, 660) == ()


def test_a_diverged_setting_parts_the_line_and_says_so():
    groups = off_scale(CASES["nan"], strength_axis(GRID), loss_axis(CASES["nan"]), 660)
    assert [(group.edge, group.text) for group in groups] == [
        ("diverged", "2 settings diverged"),
        ("diverged", "diverged"),
    ]
    definition = draw("nan")
    assert next(layer["mark"] for layer in definition["layer"] if layer["mark"]["type"] == "line")[
        "invalid"
    ] == ("break-paths-filter-domains")


@pytest.mark.parametrize(
    "changes",
    [{index: NAN if index % 4 else (1e6, 1e6) for index in range(1, 26, 2)}, {1: NAN, 0: (1.2e16, 1.2e16)}],
)
def test_texts_of_settings_off_the_scale_never_cover_each_other(changes):
    points, width, taken = on_grid(changes), 660, []
    axis = strength_axis(GRID)
    for group in off_scale(points, axis, loss_axis(points), width):
        marks = [axis.share(value) * width for value in group.values]
        taken += [(mark - 6, mark + 6) for mark in marks]
        if group.text:
            start = axis.share(group.beside) * width
            ends = (start + 7, start + 10 + 5.5 * len(group.text))
            taken.append(ends if group.align == "left" else (2 * start - ends[1], 2 * start - ends[0]))
    taken.sort()
    assert all(one[1] <= other[0] for one, other in pairwise(taken))


def test_a_training_loss_near_zero_does_not_flatten_the_rest():
    axis = loss_axis(CASES["training loss of zero"])
    assert axis.low > 1e-3


def test_a_wide_range_of_losses_is_on_a_log_axis_and_a_narrow_one_is_not():
    assert loss_axis(CASES["valley"]).log
    assert not loss_axis(CASES["flat"]).log
    assert not loss_axis(CASES["perfect"]).log


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.99, 1.01, ["0.99", "0.995", "1", "1.005", "1.01"]),
        (0.18, 0.21, ["0.18", "0.185", "0.19", "0.195", "0.2", "0.205", "0.21"]),
        (3.8e35, 4.0e35, ["3.8e35", "3.85e35", "3.9e35", "3.95e35", "4e35"]),
        (0.04, 0.9, ["0.05", "0.1", "0.2", "0.5", "1"]),
        (2.2, 7.0, ["3", "5", "7"]),
        (0.001, 10.0, ["0.001", "0.01", "0.1", "1", "10"]),
    ],
)
def test_losses_have_a_few_round_ticks_that_can_be_told_apart(low, high, expected):
    axis = loss_axis(curve({0.01: (low, low), 0.02: (low, high), 0.03: (high, high)}, error=0.0))
    assert [axis.label(tick) for tick in axis.ticks] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.0, 1e-3, 1.0), ["1", "0.1", "0.01", "0.001", "0"]),
        ((0.001, 0.01), ["0.01", "0.005", "0.002", "0.001"]),
        ((0.021, 0.034), ["0.034", "0.021"]),
        ((0.01,), ["0.01"]),
        ((0.0,), ["0"]),
        ((1e-12, 1e3), ["1000", "10", "0.1", "0.001", "1e-5", "1e-7", "1e-9", "1e-11"]),
    ],
)
def test_ticks_are_round_numbers_and_few(values, expected):
    axis = strength_axis(values)
    assert [axis.label(tick) for tick in sorted(axis.ticks, reverse=True)] == expected


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("valley", "Validation loss is lowest at λ = 0.0056"),
        ("minimum at zero", "this penalty does not help here"),
        ("minimum at the strongest", "the strongest λ tried, 1"),
        ("close settings", "the strongest λ tried, 0.03"),
        ("one setting", "the only λ tried"),
        ("zero and a diverged one", "Loss at λ = 0, the only λ that did not diverge"),
        ("all nan", "every setting has a trial that diverged"),
    ],
)
def test_the_title_says_in_words_what_is_seen(case, expected):
    points = CASES[case]
    assert expected in title(points, select(points, "minimum"), LAMBDA)
