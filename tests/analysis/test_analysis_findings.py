import math
import re
from pathlib import Path

import pytest

from regctl.analysis import findings
from regctl.analysis.findings import (
    diverged,
    edge_of_grid,
    edges_of_grid,
    far_from_exact,
    few_validation_rows,
    kept,
    medians,
    opened_before,
    refit_diverged,
    rounded,
)
from regctl.analysis.grid_findings import edge_of_line
from regctl.analysis.selection import select
from regctl.types import CurvePoint, Finding, Setting, Trial


def points(losses: dict[float, float]) -> list[CurvePoint]:
    return [CurvePoint(value, 3, loss, None, loss, 0.0, 0.0, None) for value, loss in losses.items()]


def edge(losses: dict[float, float]) -> Finding | None:
    found = points(losses)
    return edge_of_grid(found, select(found, "minimum"))


def trial(number: int, lambda_: float) -> Trial:
    return Trial(number, Setting(lambda_, 0.0, 0.0, 0.001), seed=0)


def test_a_minimum_inside_the_grid_is_no_finding():
    assert edge({0.0: 0.3, 0.1: 0.2, 1.0: 0.3}) is None
    assert edge({0.0: 0.3, 0.1: 0.2, 0.5: 0.25, 1.0: math.nan}) is None


def test_a_minimum_at_the_strongest_or_weakest_names_the_side_to_extend():
    strong, weak = edge({0.0: 0.4, 0.1: 0.3, 1.0: 0.2}), edge({0.01: 0.2, 0.1: 0.3, 1.0: 0.4})
    assert (strong.code, weak.code) == ("REG101", "REG101")
    assert "largest λ tried (1)" in strong.message
    assert "smallest λ tried (0.01)" in weak.message
    assert strong.evidence == {"lambda": 1.0, "validation_loss": 0.2}


def test_a_minimum_at_zero_says_that_regularization_does_not_help():
    found = edge({0.0: 0.2, 0.1: 0.3, 1.0: math.nan})
    assert (found.code, found.severity) == ("REG102", "note")
    assert found.evidence == {"validation_loss": 0.2, "best_regularized": 0.3}


def test_the_smallest_lambda_beside_zero_is_no_edge():
    assert edge({0.0: 0.3, 0.1: 0.2, 1.0: 0.4}) is None


def test_alpha_dropout_goes_with_selu_and_plain_dropout_does_not():
    alone = findings.alpha_dropout_without_selu({"alpha_dropout"}, {"tanh", "relu", "selu"})
    assert (alone.code, alone.severity, alone.evidence) == (
        "REG601",
        "note",
        {"activations": ["relu", "tanh"]},
    )
    assert "the activation here is relu and tanh" in alone.message
    assert findings.alpha_dropout_without_selu({"alpha_dropout"}, {"selu"}) is None
    assert findings.alpha_dropout_without_selu({"dropout"}, {"relu"}) is None
    plain = findings.dropout_beside_selu({"dropout"}, {"selu"})
    assert (plain.code, plain.severity) == ("REG602", "note")
    assert findings.dropout_beside_selu({"alpha_dropout"}, {"selu"}) is None
    assert findings.dropout_beside_selu({"dropout"}, {"relu"}) is None


@pytest.mark.parametrize(
    ("axis", "values", "which", "towards"),
    [
        ("degree", [1, 2, 4], "highest degree tried (4)", "higher degrees"),
        ("degree", [4, 3, 2], "lowest degree tried (2)", "lower degrees"),
        ("dropout", [0.0, 0.1, 0.5], "largest dropout rate tried (0.5)", "larger rates"),
        ("dropout", [0.5, 0.2, 0.1], "smallest dropout rate tried (0.1)", "smaller rates, and to 0"),
        ("l1_ratio", [0.9, 0.5, 0.1], "smallest l1_ratio tried (0.1)", "smaller values, and to 0"),
    ],
)
def test_an_edge_names_its_axis_and_how_to_extend(axis, values, which, towards):
    found = edge_of_line(values, [0.3, 0.2, 0.1], 2, axis)
    assert found.code == "REG101"
    assert which in found.message
    assert found.suggestion == f"Extend the grid to {towards}: `--extend`."
    assert found.evidence == {axis: values[2], "validation_loss": 0.1}


@pytest.mark.parametrize(
    ("axis", "values", "says"),
    [
        ("dropout", [0.0, 0.1], "at dropout rate = 0: dropout does not help here"),
        ("degree", [1, 2], "at degree 1: higher powers do not help here"),
        ("l1_ratio", [0.0, 1.0], "at l1_ratio = 0"),
    ],
)
def test_the_natural_end_of_an_axis_is_a_note(axis, values, says):
    found = edge_of_line(values, [0.1, 0.2], 0, axis)
    assert (found.code, found.severity) == ("REG102", "note")
    assert says in found.message


def test_where_axes_cross_both_are_asked_on_the_lines_through_the_minimum():
    losses = {(1, 0.0): 0.3, (2, 0.0): 0.4, (1, 0.1): 0.4, (2, 0.1): 0.1, (3, 0.1): 0.2, (3, 0.0): 0.9}
    crossed = [
        CurvePoint(own, 3, loss, None, loss, 0.0, 0.0, None, other=by) for (own, by), loss in losses.items()
    ]
    own, by = edges_of_grid(crossed, select(crossed, "minimum", False), "degree", "lambda")
    assert own is None
    assert "largest λ tried (0.1)" in by.message
    elsewhere = [*crossed, CurvePoint(1, 3, 0.9, None, 0.9, 0.0, 0.0, None, other=1.0)]
    assert edges_of_grid(elsewhere, select(elsewhere, "minimum", False), "degree", "lambda")[1] == by
    larger = [*crossed, CurvePoint(2, 3, 0.5, None, 0.5, 0.0, 0.0, None, other=1.0)]
    assert edges_of_grid(larger, select(larger, "minimum", False), "degree", "lambda") == (None, None)


def test_where_nothing_lies_beyond_there_is_no_edge():
    assert edge_of_line([0.5, 1.0], [0.2, 0.1], 1, "l1_ratio") is None
    assert edge_of_line([100, 200], [0.2, 0.1], 1, "samples") is None


def test_a_single_setting_has_no_edge():
    assert edge({0.0: 0.2}) is None
    assert edge({0.0: 0.2, 1.0: math.nan}) is None


def test_beyond_the_outermost_setting_that_did_not_diverge_nothing_is_known():
    assert "largest λ that did not diverge (0.1)" in edge({0.0: 0.3, 0.1: 0.2, 1.0: math.nan}).message
    assert "smallest λ that did not diverge (0.1)" in edge({0.01: math.nan, 0.1: 0.2, 1.0: 0.3}).message


@pytest.mark.parametrize(
    ("rows", "blocks", "expected"), [(100, None, False), (99, None, True), (5000, 12, True)]
)
def test_few_independent_validation_rows_are_named(rows, blocks, expected):
    found = few_validation_rows(rows, blocks)
    assert (found is not None) is expected
    if blocks:
        assert "12 groups" in found.message


def test_diverged_trials_are_named_with_their_settings():
    assert diverged([], 78) is None
    found = diverged([trial(3, 1.0), trial(4, 1.0), trial(5, 0.5)], 78)
    assert found.message.startswith("3 of 78 trials diverged (λ = 0.5, 1)")
    assert found.evidence == {"trials": [3, 4, 5], "lambda": [0.5, 1.0], "planned": 78}
    assert found.severity == "warning"
    assert diverged([trial(3, 1.0)], 1, selectable=False).severity == "serious"


def test_earlier_openings_are_serious_and_counted():
    assert opened_before([], 586, []) is None
    found = opened_before([586, 20], 586, ["2026-11-20", "2026-11-21"])
    assert found.severity == "serious"
    assert "2 times" in found.message
    assert "586 of 586 rows, first on 2026-11-20" in found.message


def test_predictions_after_a_log_are_medians():
    assert medians("none", "Sale_Price") is None
    assert "median" in medians("log10", "Sale_Price").message


def test_findings_are_kept_by_severity_less_those_ignored():
    every = [medians("log", "y"), None, opened_before([1], 2, ["d"]), few_validation_rows(5)]
    assert [each.code for each in kept(every)] == ["REG401", "REG103", "REG402"]
    assert [each.code for each in kept(every, ["REG103"])] == ["REG401", "REG402"]


def test_every_code_that_is_raised_stands_in_the_table_and_the_other_way_round():
    source = "".join(path.read_text(encoding="utf-8") for path in Path(findings.__file__).parent.glob("*.py"))
    documented = set(re.findall(r"^\| (REG\d{3}) \|", findings.__doc__, re.MULTILINE))
    raised = set(re.findall(r'"(REG\d{3})"', source))
    assert documented == raised


def test_gradient_descent_is_told_to_be_far_only_beyond_a_standard_error():
    near, far = (CurvePoint(value, 3, 1.0, None, 1.0, 0.1, 0.1, None) for value in (0.1, 1.0))
    unknown = CurvePoint(0.5, 3, 1.0, None, 1.0, None, None, None)
    assert far_from_exact([(near, 0.1, -0.1), (unknown, 9.0, 9.0)]) is None
    assert far_from_exact([(near, 0.11, 0.0)]) is not None
    found = far_from_exact([(near, 0.05, 0.05), (far, 0.1, -0.2)])
    assert (found.code, found.severity) == ("REG202", "warning")
    assert "At 1 of 2 values of λ" in found.message
    assert "at λ = 1 its validation loss is 0.2 lower (standard error 0.1)" in found.message
    assert found.evidence["objective_gap"] == [0.1]


def test_rounding_is_told_beyond_a_thousandth_of_the_standard_error():
    assert rounded(1e-4, 0.1) is None
    assert rounded(1.0, None) is None
    found = rounded(-2e-4, 0.1)
    assert (found.code, found.severity) == ("REG203", "warning")
    assert "0.0002 lower (standard error 0.1)" in found.message


def test_trials_that_diverged_in_folds_are_told_with_the_folds():
    setting = Setting(0.1, 0.0, 0.0, 0.001)
    found = diverged([Trial(3, setting, 0, 3), Trial(5, setting, 1, 1), Trial(8, setting, 1, 3)], 20)
    assert found.message.startswith("3 of 20 trials diverged (λ = 0.1; fold 1, 3)")
    assert found.evidence["folds"] == [1, 3]


def test_few_rows_under_folds_are_not_told_to_take_a_larger_share():
    assert "larger share" not in few_validation_rows(40, folds=True).suggestion
    assert "larger share" in few_validation_rows(40).suggestion


@pytest.mark.parametrize(("selected", "severity"), [(True, "serious"), (False, "warning")])
def test_a_refit_that_diverged_is_a_finding(selected, severity):
    found = refit_diverged([Setting(0.1, 0.0, 0.0, 0.001)], selected=selected)
    assert (found.code, found.severity) == ("REG204", severity)
    assert "diverged (λ = 0.1)" in found.message
    assert refit_diverged([], selected=False) is None
