"""The figures of a search: what lies where, and that every kind of search can be drawn."""

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest

import searches
from regctl.report.charts import save
from regctl.report.figure.ladder import ladder_figure
from regctl.report.figure.objective import Search, height_of
from regctl.report.figure.parallel import parallel_figure
from regctl.report.figure.theme import VERMILION
from regctl.report.figure.tuning import tuning_figure
from regctl.report.figure.tuning_value import value_figure
from regctl.report.figure.value_axis import nudge, value_axis
from regctl.report.hyperparameters import say_all, symbol, title, value_text
from regctl.report.searching import best_of, ladders, ranked, running_best

SUBTITLE = "digits: an mlp with 512 relu units"


def search(pair, name: str = "validation loss") -> Search:
    return Search(*pair, name, (name, "(cross-entropy of digit in nats)"), "3 seeds")


def texts_of(chart, tmp_path) -> list[str]:
    svg, png = save(chart, tmp_path, "figure")
    assert png.read_bytes().startswith(b"\x89PNG")
    found = ["".join(text.itertext()) for text in ET.parse(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert not any(bad in text for text in found for bad in ("NaN", "undefined", "null", "Infinity"))
    assert json.dumps(chart.to_dict(validate=False), allow_nan=False)
    return found


def layers_of(chart) -> list[dict]:
    """All layers, those of panels too."""
    found, waiting = [], [chart.to_dict(validate=False)]
    while waiting:
        each = waiting.pop(0)
        inner = [*each.get("vconcat", ()), *each.get("hconcat", ()), *each.get("layer", ())]
        waiting += inner
        found += [] if inner else [each]
    return found


def marked(chart, kind: str, **look) -> list[dict]:
    """The rows of every layer with such a mark."""
    rows = []
    for layer in layers_of(chart):
        mark = layer["mark"]
        if mark["type"] == kind and all(mark.get(name) == value for name, value in look.items()):
            rows += layer.get("data", {}).get("values", [])
    return [row for row in rows if row]


# ---- what follows from requests ---------------------------------------------------------------------------


def test_settings_are_followed_through_their_rungs():
    _, searched = searches.hyperband()
    found = ladders(searched)
    assert len(found) == 20
    assert next([each.epochs for each in ladder] for ladder in found if len(ladder) > 1) == [2, 4]
    assert max(len(ladder) for ladder in found) == 3
    assert all(len({each.values["dropout"] for each in ladder}) == 1 for ladder in found)
    assert sum(map(len, found)) == len(searched)


@pytest.mark.parametrize("accuracy", [False, True])
def test_the_best_so_far_never_gets_worse_and_ends_at_the_best(accuracy):
    record, searched = searches.random_search(accuracy=accuracy)
    scores = [score for _, score in running_best(record, searched)]
    pick = max if accuracy else min
    own = [each.score for each in searched]
    known = [pick(score for score in own[: place + 1] if score is not None) for place in range(len(own))]
    assert scores == known
    assert best_of(record, searched).score == scores[-1]
    assert ranked(record, searched)[0].score == scores[-1]


def test_a_failure_first_leaves_the_best_so_far_to_begin_later():
    record, searched = searches.hyperband(fails=(0,))
    assert running_best(record, searched)[0][0] == 1


def test_a_control_code_in_a_text_is_drawn_as_a_space(tmp_path):
    chart = tuning_figure(search(searches.hyperband()), subtitle="an \x1b[31mm\x00lp")
    assert any("an  [31mm lp" in text for text in texts_of(chart, tmp_path))


def test_a_subscript_that_the_font_lacks_is_a_digit(tmp_path):
    found = searches.request(0, {"l1": 1e-4}, 0.1)
    made = searches.record("random", {"l1": "1e-6 to 0.1"}, {"l1": "log"}, best=0, best_values=found.values)
    texts = texts_of(value_figure(search((made, (found,))), "l1", subtitle=""), tmp_path)
    assert "λ1, the strength of the L1 penalty" in texts
    assert not any("₁" in text for text in texts)


# ---- the axes ---------------------------------------------------------------------------------------------


def test_choices_have_places_in_their_order():
    axis = value_axis([[64, 64], [128], [32], [128]], "choices")
    assert [axis.texts[place] for place in sorted(axis.texts)] == ["32", "128", "64-64"]
    assert axis.place((128,)) == 1
    assert value_axis(["selu", "relu"], "linear").kind == "choices"
    assert [value_axis([64, 16, 128], "choices").texts[place] for place in range(3)] == ["16", "64", "128"]


def test_a_log_axis_is_even_in_decades_and_0_makes_it_linear():
    axis = value_axis([1e-6, 1e-3, 1.0], "log")
    assert axis.share(1e-3) == pytest.approx(0.5)
    assert value_axis([0.0, 0.5], "log").kind == "linear"
    assert value_axis([0.25], "log").low < 0.25 < value_axis([0.25], "log").high


def test_neighbouring_choices_do_not_cover_each_other():
    places = [nudge(number, 0.28) for number in range(50)]
    assert max(map(abs, places)) <= 0.28
    ordered = sorted(places)
    assert min(high - low for low, high in pairwise(ordered)) > 0.004


def test_scores_that_exploded_leave_the_axis():
    for accuracy in (False, True):
        found = search(searches.random_search(accuracy=accuracy))
        axis = height_of(found, 400).axis
        usual = [each.score for each in found.searched if each.values["learning_rate"] <= 0.3]
        assert all(axis.shows(score) for score in usual)
        away = [
            each.score for each in found.searched if each.score is not None and not axis.shows(each.score)
        ]
        assert away


def test_names_and_values_have_units():
    assert symbol("dropout_2") == "dropout 2"
    assert title("dropout_2") == "dropout rate of layer 2 (share of its units dropped in training)"
    assert title("lambda") == "λ, the strength of the penalty"
    assert title("my_option") == "my_option"
    assert (
        say_all({"dropout": 0.3125, "lambda": 1e-5, "units": [64, 32]})
        == "dropout 0.312, λ = 1e-5, units 64-32"
    )
    assert [value_text(each) for each in (None, "relu", 2000, 0.5)] == ["–", "relu", "2,000", "0.5"]


# ---- the figures ------------------------------------------------------------------------------------------


def test_the_course_has_every_request_once_and_marks_failures_at_the_edge(tmp_path):
    record, searched = searches.hyperband(fails=(2, 14))
    chart = tuning_figure(search((record, searched)), subtitle=SUBTITLE)
    found = texts_of(chart, tmp_path)
    assert {"failed", "best so far", "best", "for fewer", "trained for 10 epochs"} <= set(found)
    assert "request of the tuner, in order (a continued rung is one of its own)" in found
    assert "validation loss(cross-entropy of digit in nats)" in found  # two lines
    full = marked(chart, "point", stroke="white")
    fewer = marked(chart, "point", fill="white", stroke="#9db8cc")
    drawn = {(row["x"], row["y"]) for row in (*full, *fewer) if "y" in row}
    assert drawn == {(each.number + 1.0, each.score) for each in searched if each.score is not None}
    assert {row["y"] for row in full} == {each.score for each in searched if each.score and each.epochs == 10}
    assert [row["x"] for row in marked(chart, "point", shape="cross") if "x" in row] == [3.0, 15.0]
    steps = marked(chart, "line", color=VERMILION)
    assert [row["y"] for row in steps] == sorted((row["y"] for row in steps), reverse=True)


def test_a_value_has_bars_of_its_spread_at_the_last_rung_only(tmp_path):
    record, searched = searches.hyperband()
    chart = value_figure(search((record, searched)), "dropout", subtitle=SUBTITLE)
    found = texts_of(chart, tmp_path)
    assert "dropout rate (share of units dropped in training)" in found
    assert f"{SUBTITLE}Bars: ± one standard deviation over 3 seeds." in found  # two lines
    bars = [row for row in marked(chart, "rule") if "low" in row]
    last = [each for each in searched if each.epochs == 10]
    assert [(row["x"], row["low"], row["high"]) for row in bars] == [
        (
            each.values["dropout"],
            pytest.approx(each.score - each.spread),
            pytest.approx(each.score + each.spread),
        )
        for each in last
    ]


def test_the_best_has_a_ring_in_every_figure_of_a_value():
    record, searched = searches.random_search()
    best = best_of(record, searched)
    for name in ("dropout", "lambda", "learning_rate"):
        chart = value_figure(search((record, searched)), name, subtitle="")
        (ring,) = [row for row in marked(chart, "point", stroke=VERMILION, strokeWidth=2.4) if "y" in row]
        assert (ring["x"], ring["y"]) == (best.values[name], best.score)


def test_a_rung_of_the_ladder_is_joined_to_the_one_before(tmp_path):
    record, searched = searches.hyperband(fails=(2,))
    chart = ladder_figure(search((record, searched)), subtitle=SUBTITLE)
    found = texts_of(chart, tmp_path)
    headings = [text for text in found if text.startswith("bracket")]
    assert headings == ["bracket 2: 12 settings", "bracket 1: 5 settings", "bracket 0: 3 settings"]
    winner = marked(chart, "line", color=VERMILION)
    ladder = next(each for each in ladders(searched) if best_of(record, searched) in each)
    assert [(row["x"], row["y"]) for row in winner] == [(each.epochs, each.score) for each in ladder]
    assert found.count("epochs (log scale)") == 3
    stopped = {row["setting"] for row in marked(chart, "line", color="#9a9a9a")}
    reached = {row["setting"] for row in marked(chart, "line", color="#0072B2")}
    assert not stopped & reached
    assert stopped | reached == {each[0].number for each in ladders(searched)} - {2}


@pytest.mark.parametrize("accuracy", [False, True])
def test_parallel_lines_end_at_their_objective_the_better_the_higher(accuracy, tmp_path):
    record, searched = searches.random_search(accuracy=accuracy)
    chart = parallel_figure(search((record, searched)), subtitle=SUBTITLE)
    found = texts_of(chart, tmp_path)
    assert {"dropout", "λ", "units", "activation", "learning rate", "relu", "selu", "64-64", "failed"} <= set(
        found
    )
    by_setting: dict[int, list[dict]] = {}
    for row in marked(chart, "line"):
        if "setting" in row:
            by_setting.setdefault(row["setting"], []).append(row)
    lost = {each.number for each in searched if each.score is None}
    assert {len(rows) for number, rows in by_setting.items() if number in lost} == {5}
    ends = {number: rows[-1]["y"] for number, rows in by_setting.items() if number not in lost}
    ordered = sorted(ends, key=lambda number: searched[number].score, reverse=not accuracy)
    assert [ends[number] for number in ordered] == sorted(ends.values())
    assert len(ends) + len(lost) == len(searched)


def test_a_setting_without_a_value_passes_below_its_axis(tmp_path):
    space = {"layers": "1 or 2", "units_1": "32 or 64", "units_2": "32 or 64"}
    kinds = dict.fromkeys(space, "choices")
    found = (
        searches.request(0, {"layers": 1, "units_1": 32}, 0.2),
        searches.request(1, {"layers": 2, "units_1": 32, "units_2": 64}, 0.1),
    )
    chart = parallel_figure(search((searches.record("grid", space, kinds), found)), subtitle="")
    assert texts_of(chart, tmp_path).count("none") == 2  # its axis's one, with the white around it
    heights = [row["y"] for row in marked(chart, "line") if row.get("setting") == 0]
    assert min(heights) < 0 <= sorted(heights)[1]


def test_one_setting_and_only_failures_and_equal_scores_are_drawn(tmp_path):
    one = searches.random_search(1)
    failed = (one[0], tuple(replace(each, score=None, spread=None) for each in one[1]))
    equal = (one[0], tuple(replace(each, score=0.5, spread=0.0) for each in searches.random_search(5)[1]))
    infinite = (one[0], tuple(replace(each, score=math.inf) for each in one[1]))
    for pair in (one, failed, equal, infinite):
        for chart in (
            tuning_figure(search(pair), subtitle=""),
            value_figure(search(pair), "lambda", subtitle=""),
            value_figure(search(pair), "units", subtitle=""),
            parallel_figure(search(pair), subtitle=""),
            ladder_figure(search(pair), subtitle=""),
        ):
            assert texts_of(chart, tmp_path)
