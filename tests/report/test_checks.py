"""`--check` and `--fail-on`: what they read, and what they say of a run of invented numbers."""

import pytest

from regctl.errors import UsageError
from regctl.report.checks import Check, broken, parse_check, parse_fail_on, unwanted
from regctl.report.confidence_set import indistinguishable
from regctl.report.measures import measured
from regctl.report.model import read_report
from regctl.types import Finding

METRICS = ("rmse", "mae", "r2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("validation.rmse < 30000", Check("validation", "rmse", "<", 30_000.0)),
        ("train.loss<=1e-3", Check("train", "loss", "<=", 0.001)),
        (" test.r2 >= -.5 ", Check("test", "r2", ">=", -0.5)),
        ("test.mae >1_0", Check("test", "mae", ">", 10.0)),
        ("train.loss < inf", Check("train", "loss", "<", float("inf"))),
    ],
)
def test_a_check_is_a_name_a_comparison_and_a_number(text, expected):
    assert parse_check(text, METRICS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "validation.rmse",
        "validation.rmse = 3",
        "validation.rmse == 3",
        "validation.rmse < ",
        "< 3",
        "1 < validation.rmse < 3",
        "validation.rmse < nan",
        "validation.rmse < __import__('os')",
        "",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(UsageError, match="--check: expected a"):
        parse_check(text, METRICS)


@pytest.mark.parametrize("name", ["validation.accuracy", "valid.rmse", "rmse", "reference.loss", "test"])
def test_an_unknown_name_lists_those_that_exist(name):
    with pytest.raises(UsageError) as error:
        parse_check(f"{name} < 1", METRICS)
    assert error.value.exit_code == 2
    assert str(error.value).startswith(f"--check: this run has no '{name}'. It has train.loss, train.rmse")
    assert "test.r2" in str(error.value)


def test_checks_are_on_the_numbers_of_the_table(invent_run):
    run = invent_run()
    report = read_report(run.path)
    selected = report.record.selected
    loss = measured(report, selected, "validation", "loss")
    assert loss == report.replicates(selected)[0].validation_loss
    assert (
        broken(report, [Check("validation", "loss", "<=", loss), Check("validation", "loss", ">=", loss)])
        == []
    )
    (line,) = broken(report, [Check("validation", "loss", "<", loss)])
    assert line.startswith("check does not hold: validation.loss < ")
    with pytest.raises(UsageError, match="sealed"):
        broken(report, [Check("test", "loss", "<", 1.0)])


def test_an_opened_test_set_can_be_checked(invent_run):
    run = invent_run()
    run.open_test()
    report = read_report(run.path)
    value = report.test.evaluation.metrics["rmse"].value
    assert broken(report, [Check("test", "rmse", "<=", value)]) == []
    assert len(broken(report, [Check("test", "rmse", "<", value)])) == 1


FOUND = [Finding("REG101", "warning", "edge."), Finding("REG304", "note", "no curve.")]


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (["note"], ["REG101", "REG304"]),
        (["warning"], ["REG101"]),
        (["serious"], []),
        (["REG304"], ["REG304"]),
        (["REG304", "warning"], ["REG101", "REG304"]),
        (["REG102"], []),
    ],
)
def test_a_severity_means_it_and_worse(wanted, codes):
    lines = unwanted(FOUND, wanted)
    assert [line.split()[1] for line in lines] == codes


def test_codes_and_severities_are_read_in_any_case():
    assert parse_fail_on("Warning") == "warning"
    assert parse_fail_on("reg304") == "REG304"
    with pytest.raises(UsageError, match="Did you mean REG304"):
        parse_fail_on("REG3044")


def test_a_run_from_before_there_were_confidence_sets_says_nothing_of_them(invent_run):
    assert indistinguishable(read_report(invent_run().path)) is None
