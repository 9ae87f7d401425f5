"""Damaged specs and files of data, seeded: some every day, 25,000 with `pytest -m torture tests/torture`."""

import pytest

from fuzz import torture
from fuzz_oracle import judged


def assert_all_end_well(kind: str, count: int, first: int = 0) -> None:
    tally = torture(kind, count, seed=0, first=first)
    assert tally.failures == []
    assert set(tally.codes) == {"0", "2"}
    assert tally.codes["0"] > tally.commands / 20, "what is always refused early tests little"


def test_damaged_specs_are_planned_or_refused_in_words():
    assert_all_end_well("specs", 60)


def test_damaged_files_are_read_or_refused_in_words():
    assert_all_end_well("files", 60)


@pytest.mark.torture
@pytest.mark.parametrize(("kind", "count"), [("specs", 20_000), ("files", 5_000)])
def test_very_many_of_them_are(kind, count):
    assert_all_end_well(kind, count)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: exec("import warnings\nwarnings.warn('loud')"), "UserWarning"),
        (lambda: exec("while True: pass"), "more than 0.1 s"),
        (
            lambda: exec("import socket\nwith socket.socket() as each: each.connect(('::1', 9))"),
            "asked the network",
        ),
        (lambda: exec("import sys\nsys.exit(1)"), "exit code 1"),
        (lambda: exec("import sys\nsys.exit(2)"), "without a word"),
        (lambda: exec("import sys\nsys.stderr.write('\\x1b[31m')"), "disturbs a terminal"),
    ],
    ids=["exception", "warning", "hang", "network", "code", "silence", "escape"],
)
def test_the_judge_notices(monkeypatch, broken, says):
    monkeypatch.setattr("regctl.cli.main.main", broken)
    monkeypatch.setattr("fuzz_oracle.MOST_SECONDS", 0.1)
    assert says in judged(["validate", "x"]).wrong
