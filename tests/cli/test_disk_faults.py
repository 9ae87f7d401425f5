"""A disk that fails at any of a command's file operations: one sentence, and nothing is lost. A few of them each.

`tests/torture/test_every_disk_fault.py` lets each of them fail, in every way.
"""

import pytest

from disk_faults import EXACT, Ground, faults
from faulty_disk import DENIED, FULL, HICCUP, SHORT
from rents import write_spec, write_table


@pytest.fixture
def ground(regctl, here, monkeypatch):
    """A sweep that is solved exactly, which is fast; its figures have tests of their own."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda run: None)
    spec = write_spec(here, EXACT)
    write_table(here / "rents.csv", rows=120)
    return Ground.laid(regctl, ("sweep", "lambda"), spec)


@pytest.mark.parametrize(
    ("what", "kind", "most"),
    [
        ("start", FULL, 4),
        ("start", HICCUP, 3),
        ("resume", SHORT, 2),
        ("report", DENIED, 3),
        ("choose", FULL, 2),
        ("remove", HICCUP, 5),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_command_whose_disk_fails_says_so_once_and_loses_nothing(what, kind, most, ground):
    assert faults(ground, what).wrong(kind, most) == []
