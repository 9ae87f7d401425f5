"""`report.html` on the command line: written by a run, printed, and shown in a browser."""

import webbrowser
from pathlib import Path

import pytest

from rents import write_spec

PAGE = Path("runs/latest/report.html")


@pytest.fixture
def trained(here, regctl):
    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    return here


@pytest.fixture
def browser(monkeypatch):
    """Notes what it is asked to show."""
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda address: asked.append(address) or True)
    return asked


def test_a_run_writes_its_page_and_format_html_prints_it_opening_nothing(trained, regctl):
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "<b>" not in text  # a level of a column: a tag of the data never is one of the page
    shown = regctl("report", "runs/latest", "--sealed", "--format", "html")
    assert shown.code == 0
    assert shown.out == PAGE.read_text(encoding="utf-8")
    assert not Path("runs/latest/test.json").exists()


def test_browse_shows_the_page_and_prints_its_path(trained, regctl, browser):
    shown = regctl("report", "runs/latest", "--sealed", "--browse")
    assert shown.code == 0
    assert shown.out == f"{PAGE.resolve()}\n"
    assert browser == [PAGE.resolve().as_uri()]
    both = regctl("report", "runs/latest", "--sealed", "--browse", "--format", "md")
    assert both.out.startswith(f"{PAGE.resolve()}\n# rents")


def test_without_a_browser_the_path_is_given_all_the_same(trained, regctl, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    shown = regctl("report", "runs/latest", "--sealed", "--browse")
    assert shown.code == 0
    assert shown.out == f"{PAGE.resolve()}\n"
    assert "no browser could be started" in shown.err


def test_opening_the_test_set_writes_its_number_into_the_page(trained, regctl):
    assert "Its test data loss is" not in PAGE.read_text(encoding="utf-8")
    assert regctl("report", "runs/latest", "--yes").code == 0
    assert "Its test data loss is" in PAGE.read_text(encoding="utf-8")
