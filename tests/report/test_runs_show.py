"""`regctl runs show` prints what `report --sealed` prints, and neither opens nor writes anything."""

import pytest


def files(folder) -> dict:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("form", ["terminal", "md", "json"])
def test_the_report_is_printed_and_nothing_is_touched(here, invent_run, regctl, form):
    run = invent_run().path
    before = files(here)
    shown = regctl("runs", "show", run.name, "--format", form)
    assert shown.code == 0
    assert files(here) == before
    assert shown.out == regctl("report", run.name, "--sealed", "--format", form).out
    assert "seal" in shown.out


def test_an_opened_test_set_is_shown(here, invent_run, regctl):
    invented = invent_run()
    invented.open_test()
    assert "opened once on this machine" in regctl("runs", "show", invented.path.name).out


def test_no_such_run_is_one_sentence(here, invent_run, regctl):
    invent_run()
    outcome = regctl("runs", "show", "housing-lam")
    assert outcome.code == 2
    assert "Did you mean 2026-11-22T08-15-30Z-housing-lambda?" in outcome.err
