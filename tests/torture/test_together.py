"""Many at once: a short round of what `python tests/torture/together.py` does at length."""

import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = str(Path(__file__).parent / "together.py")


def ends_well(*options: str) -> None:
    done = subprocess.run([sys.executable, HARNESS, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 wrong" in done.stdout.splitlines()[-1]


@pytest.mark.process
def test_runs_readers_openings_resumes_and_removals_at_once():
    ends_well("--runs", "3", "--readers", "2")


@pytest.mark.torture
@pytest.mark.parametrize("options", [(), ("--no-links",), ("--no-locks",), ("--no-links", "--no-locks")])
def test_sixteen_runs_and_eight_readers_also_on_strange_file_systems(options):
    ends_well("--runs", "16", "--readers", "8", "--rounds", "2", *options)
