"""A real Ctrl-C, sent to a process that is training."""

import json
import signal
import subprocess
import sys

import pytest

from rents import write_spec


@pytest.mark.process
def test_ctrl_c_in_the_middle_of_training_ends_soon_with_130(here):
    write_spec(here)
    command = [
        sys.executable,
        "-m",
        "regctl",
        "sweep",
        "lambda",
        "rents.yaml",
        "-S",
        "training.epochs=1000000",
    ]
    process = subprocess.Popen(command, cwd=here, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)  # the million epochs would take hours
    assert process.returncode == 130
    assert out == ""
    assert "interrupted. No trial had finished" in err
    assert "Go on with: regctl sweep lambda --resume runs/" in err
    assert "Traceback" not in err
    assert json.loads((here / "runs" / "latest" / "manifest.json").read_text())["status"] == "interrupted"
