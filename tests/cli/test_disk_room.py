"""Room on the disk: estimated before a run, and what happens where there is none after all."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import namedtuple
from contextlib import suppress
from pathlib import Path

import pytest

from disk_faults import EXACT, Ground, differences, runs_in
from regctl.errors import StorageError
from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.steps.planning import plan_experiment
from regctl.steps.room import Sizes, check_room, run_bytes, sweep_bytes
from rents import SPEC, write_spec

MANY = EXACT.replace("[0.01, 0.1, 1]", "{log: [1.0e-3, 1], points: 60}").replace("folds: 3", "folds: 5")
NETWORKS = SPEC.replace("epochs: 4", "epochs: 40").replace("seeds: 2", "seeds: 6")
Usage = namedtuple("Usage", "total used free")  # as shutil's
LIMITED = """\
import resource, signal, sys
assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN  # so that a write fails, and not the process
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
del sys.argv[1]
from regctl.cli.main import main
main()
"""


@pytest.mark.parametrize("text", [MANY, NETWORKS], ids=["exact", "networks"])
def test_the_estimate_is_no_less_than_a_run_takes_and_at_most_three_times_that(text, regctl, here):
    spec = write_spec(here, text)
    experiment = plan_experiment(load_spec(spec).spec, Axes("lambda"), smoke=False)
    assert regctl("sweep", "lambda", spec, "--quiet").code == 0
    (run,) = runs_in(here / "runs")
    taken = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    assert taken <= sweep_bytes(experiment) <= 3 * taken


def test_the_estimate_is_the_sum_of_its_parts():
    sizes = Sizes(
        trials=1000,
        batches=10,
        settings=100,
        rows=5000,
        validation_rows=1500,
        epochs=60,
        weights=2000,
        float_bytes=4,
        shipped=100,
        coefficients=7,
    )
    trials = 1000 * (1300 + 8 * 1500 + 40 * 60) + 10 * 4096 + 4 * 1000 * 1500
    tables = 100 * (2048 + 700) + 5000 * 100
    models = 100 * 8000 + 2 * (80 * 1024 + 8000)
    assert run_bytes(sizes) == trials + tables + models + 2**20


def test_per_row_losses_are_counted_to_their_limit_only():
    sizes = dict.fromkeys(Sizes.__dataclass_fields__, 0) | {"validation_rows": 10**6}
    few, many = (run_bytes(Sizes(**sizes | {"trials": trials})) for trials in (1000, 1001))
    assert many - few == 1300 + 8 * 10**6


@pytest.mark.parametrize("words", [("sweep", "lambda"), ("tune", "lambda")], ids=lambda words: words[0])
def test_a_run_that_does_not_fit_is_refused_before_it_has_a_folder(words, regctl, here, monkeypatch):
    spec = write_spec(here, SPEC + "tune: {space: {lambda: {from: 1.0e-5, to: 0.01, log: true}}}\n")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**30, 2**30 - 2**18, 2**18))
    outcome = regctl(*words, spec, "--quiet", "--out", "elsewhere/runs")
    assert outcome.code == 1
    told = r"error: elsewhere/runs: the run needs about [\d.]+ MiB on this disk, and 256 KiB are free\. "
    assert re.fullmatch(
        told + r"Make room on the disk, or name a folder on another one with --out DIR\.\n", outcome.err
    )
    assert not Path("elsewhere").exists()
    plan = json.loads(regctl(*words, spec, "--dry-run", "--json", "--quiet").out)["disk"]
    assert plan["mebibytes"] > plan["free_mebibytes"] == 0.2
    shown = regctl(*words, spec, "--dry-run", "--quiet").out
    assert re.search(r"disk: about [\d.]+ MiB of 0\.2 MiB that are free: too little", shown)


def test_a_resume_needs_room_for_what_is_missing_only(tmp_path, monkeypatch):
    run = tmp_path / "runs" / "run"
    (run / "trials").mkdir(parents=True)
    (run / "trials" / "000001.npz").write_bytes(bytes(2**20))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**30, 2**30 - 2**20, 2**20))
    check_room(run.parent, 2**21, run)
    with pytest.raises(
        StorageError, match=r"run: what is missing needs about 1.1 MiB on this disk, and 1.0 MiB"
    ):
        check_room(run.parent, 2**21 + 2**17, run)


@pytest.mark.process
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of a file's size as on Linux")
def test_files_that_may_not_grow_any_further_end_a_run_that_goes_on(regctl, here, monkeypatch):
    """The journal of the third fold would be longer than a file may be."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda run: None)
    points = EXACT.replace("[0.01, 0.1, 1]", "{log: [1.0e-3, 1], points: 14}")
    ground = Ground.laid(regctl, ("sweep", "lambda"), write_spec(here, points))
    limit = str((ground.whole / "trials.jsonl").stat().st_size - 100)
    words = (*ground.words, "rents.yaml", "--quiet", "--out", ground.root("limited"))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, limit, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert (
        "trials.jsonl: could not be written (File too large). 30 finished trials are saved in" in done.stderr
    )
    assert done.stderr.count("\n") == 1
    command = re.search(r"Make room on the disk, then go on with: regctl (.*)$", done.stderr.strip())
    assert regctl(*shlex.split(command[1]), "--quiet").code == 0
    assert differences(runs_in(ground.root("limited"))[0], ground.whole) == []


@pytest.fixture
def small_disk(here):
    """A file system of 3 MiB, where this machine lets us mount one."""
    folder = here / "small"
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder))
    if not sys.platform.startswith("linux") or shutil.which("mount") is None:
        pytest.skip("no file system can be mounted here")
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(("umount", str(folder)), check=True)


def test_a_disk_that_is_full_halfway(regctl, here, monkeypatch, small_disk):
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda run: None)
    ground = Ground.laid(regctl, ("sweep", "lambda"), write_spec(here, EXACT))
    ballast = small_disk / "ballast"
    with monkeypatch.context() as patched:
        patched.setattr("regctl.pipeline.measure_gaps", lambda *_: _fill(ballast))
        outcome = ground.start(small_disk / "runs")
    assert outcome.code == 1
    assert "could not be written (No space left on device). 12 finished trials are saved in" in outcome.err
    assert outcome.err.count("\n") == 1
    full = ground.resume(small_disk / "runs")
    assert full.code == 1
    assert re.search(
        r"what is missing needs about [\d.]+ [KM]iB on this disk, and [04] KiB are free", full.err
    )
    assert regctl("runs", "list", "--out", small_disk / "runs").code == 0
    ballast.unlink()
    command = re.search(r"Make room on the disk, then go on with: regctl (.*)$", outcome.err.strip())
    assert regctl(*shlex.split(command[1]), "--quiet").code == 0
    assert differences(runs_in(small_disk / "runs")[0], ground.whole) == []


def _fill(ballast):
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(os.urandom(2**12))
