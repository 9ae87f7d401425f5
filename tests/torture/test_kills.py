"""Ten SIGKILLs at random moments of real processes; `make torture` sends two hundred, to every engine and a search.

Not among the tests of every day: pytest -m torture tests/torture
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.torture
def test_runs_that_are_killed_ten_times_end_as_those_that_are_not():
    command = [sys.executable, str(Path(__file__).parent), "--kills", "10", "--cases", "exact,fused"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(map(int, re.findall(r"(\d+) kills", done.stdout))) == 10
