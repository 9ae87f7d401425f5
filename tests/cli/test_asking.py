"""On a terminal `report` asks before it opens the test set."""

import os
import pty
import subprocess
import sys

import pytest

from rents import write_spec


def answer(text: str, cwd) -> tuple[int, str]:
    """`regctl report latest` on a pseudo-terminal, answered with `text`."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "regctl", "report", "latest"]
    process = subprocess.Popen(command, cwd=cwd, stdin=slave, stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    os.write(master, text.encode())
    out, _ = process.communicate(timeout=120)
    try:
        said = os.read(master, 10_000)
    except OSError:  # nothing was said, and nobody is left to say it
        said = b""
    os.close(master)
    return process.returncode, (said + out).decode()


@pytest.mark.process
def test_no_keeps_the_seal_and_yes_opens_it(here, regctl):
    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    code, said = answer("n\n", here)
    assert code == 0
    assert "Open it now?" in said
    assert "(48 rows) is sealed" in said
    assert not (here / "runs" / "test-openings.jsonl").exists()
    code, said = answer("y\n", here)
    assert code == 0
    assert (here / "runs" / "latest" / "test.json").exists()
    code, said = answer("", here)
    assert code == 0
    assert "Open it now?" not in said
