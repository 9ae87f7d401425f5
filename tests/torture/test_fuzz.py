"""Damaged specs and files of data, seeded: some every day, 25,000 with `pytest -m torture tests/torture`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz_oracle import judged

HARNESS = str(Path(__file__).parent / "fuzz.py")


def assert_all_end_well(kind: str, count: int) -> None:
    # In a process of its own: its cases run in a fork, and this one may hold TensorFlow's threads.
    counts = {"specs": 0, "files": 0, kind: count}
    asked = [text for name, number in counts.items() for text in (f"--{name}", str(number))]
    done = subprocess.run([sys.executable, HARNESS, *asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith(f"{kind}: {count} cases"))
    ended = {code: int(number) for number, code in re.findall(r"(\d+) ended with (\d+)", line)}
    assert set(ended) == {"0", "2"}
    assert ended["0"] > sum(ended.values()) / 20, "what is always refused early tests little"


@pytest.mark.process
def test_damaged_specs_are_planned_or_refused_in_words():
    assert_all_end_well("specs", 60)


@pytest.mark.process
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
