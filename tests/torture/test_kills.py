"""Ten SIGKILLs at random moments of real processes; `make torture` sends two hundred, to every engine and a search."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)


@pytest.mark.process
def test_runs_that_are_killed_ten_times_end_as_those_that_are_not():
    asked = ("--kills", "10", "--cases", "exact,fused", "--jobs", "2", "--no-figures")
    done = subprocess.run([sys.executable, HERE, *asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (total,) = re.findall(r"in all: .*", done.stdout)
    assert " 10 kills, 0 lost, 0 doubled, 0 wrong" in total


@pytest.mark.torture
def test_memory_stays_flat():
    done = subprocess.run([sys.executable, HERE, "--memory"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
