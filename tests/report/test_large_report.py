"""A report of ten thousand trials: its size, and what a process of its own needs for all four forms."""

import json
import subprocess
import sys

import pytest

from large_runs import large_run

FORMS = """
import io, json, sys, time
from pathlib import Path
started = time.process_time()
from rich.console import Console
from regctl.report.document import document
from regctl.report.markdown import markdown
from regctl.report.model import read_report
from regctl.report.page.page import page
from regctl.report.terminal import print_report
report = read_report(Path(sys.argv[1]))
texts = [markdown(report), json.dumps(document(report)), page(report)]
print_report(report, Console(file=io.StringIO()))
print(json.dumps({
    "seconds": time.process_time() - started,
    "bytes": 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]),
    "page": len(texts[2].encode()),
    "heavy": sorted({"tensorflow", "keras"} & set(sys.modules)),
}))
"""


@pytest.mark.process
@pytest.mark.parametrize("shape", [(2_000, 5, 240), (10_000, 1, 12)])
def test_four_forms_of_ten_thousand_trials_take_seconds_and_no_tensorflow(tmp_path, shape):
    values, seeds, columns = shape
    run = large_run(tmp_path / "runs" / "large", values, seeds, columns=columns)
    assert (run / "results.csv").read_text(encoding="utf-8").count("\n") == 10_001
    done = subprocess.run(
        [sys.executable, "-c", FORMS, str(run)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    found = json.loads(done.stdout)
    assert found["heavy"] == []
    assert found["seconds"] < 5  # of a processor; about 2 on the machine the README measures on
    assert found["bytes"] < 2**30
    assert found["page"] < 5e6
