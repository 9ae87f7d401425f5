"""A disk that fails at any of a command's file operations: one sentence, and nothing is lost. A few of them each.

`tests/torture/test_every_disk_fault.py` lets each of them fail, in every way.
"""

import shutil

import pytest

from disk_faults import EXACT, Ground, faults, runs_in
from faulty_disk import DENIED, FULL, HICCUP, SHORT, FaultyDisk, faulty
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


def test_trials_that_cannot_be_read_for_the_moment_are_not_removed(ground):
    half = ground.half()
    (run,) = runs_in(half)
    file, journal = run / "trials" / "000001.npz", (run / "trials.jsonl").read_bytes()
    shutil.copytree(half, ground.root("count"), symlinks=True)
    with faulty(FaultyDisk(ground.root("count"), HICCUP)) as disk:
        assert ground.resume(ground.root("count")).code == 0
    with faulty(FaultyDisk(half, HICCUP, disk.log.index("read 000001.npz") + 1)):
        outcome = ground.resume(half)
    assert outcome.code == 1
    assert "trials/000001.npz: could not be read or written (Input/output error)" in outcome.err
    assert file.is_file()
    assert (run / "trials.jsonl").read_bytes() == journal
    assert ground.resume(half).code == 0
