"""Row 6: the textbook's Hyperband with `regctl tune model`, against Keras Tuner itself, on digits and on MNIST.

regctl's own time is that of the search in `search.json`: everything between the first request and the last score, Keras
Tuner's oracle included. What follows (retraining the winner, comparing it, figures, the report) is in `wall_seconds`
alone; Keras Tuner does none of it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import row6_keras_tuner
from measuring import Found, Numbers, Ratio, Row
from row6_problem import FULL, QUICK, ROOT, Sizes, written

DATA = ("digits", "mnist")
RETRAINED = "trials.jsonl"  # the journal of what is trained once the search is over
POLL = 0.05  # seconds
_TARGETS = {"digits": 10.0, "mnist": 5.0}


def regctl(data: str, sizes: Sizes) -> Numbers:
    """The search as a user would start it, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        spec = written(data, sizes, Path(folder))
        how = ("--trials", str(sizes.settings), "--tuner", "hyperband", "--seeds", "1")
        return tuned(("model", str(spec), *how), Path(folder) / "runs")


def tuned(arguments: Sequence[str], runs: Path) -> Numbers:
    """What `regctl tune` took and found.

    `search_peak_mib` is its process's peak until the first model of the retraining is done, `peak_mib` that of all.
    """
    command = [sys.executable, "-m", "regctl", "tune", *arguments, "--out", str(runs), "--quiet"]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    began, peaks = time.perf_counter(), {"search_peak_mib": 0.0, "peak_mib": 0.0}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        while process.poll() is None:
            watch(process.pid, runs / "latest", peaks)
            time.sleep(POLL)
        wall = time.perf_counter() - began
        if process.returncode:
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{errors.read()}")
    return {**recorded(runs / "latest", wall), **peaks}


def watch(process: int, run: Path, peaks: dict[str, float]) -> None:
    """Notes how much memory a process has had at most so far (Linux)."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended
        return
    peak = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
    names = ("search_peak_mib", "peak_mib")
    for name in names[(run / RETRAINED).exists() :]:
        peaks[name] = max(peaks[name], peak)


def recorded(run: Path, wall: float) -> Numbers:
    """What a run's files say of its search; it was started `wall` seconds ago, and has ended now.

    `startup_seconds` are those before anything is trained: imports, data, plan, and the start of TensorFlow.
    """
    search = json.loads((run / "search.json").read_text(encoding="utf-8"))
    lines = (run / "search.jsonl").read_text(encoding="utf-8").splitlines()
    requests = [json.loads(line) for line in lines]
    timings = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["timings"]
    startup = wall - sum(timings.values()) + timings.get("start of TensorFlow", 0.0)
    scores = [each["score"] for each in requests if each["score"] is not None]
    found = {
        "seconds": search["search_seconds"],
        "startup_seconds": startup,
        "wall_seconds": wall,
        "oracle_seconds": search["oracle_seconds"],
        "trials": len(requests),
        "settings": sum(each["continues"] is None for each in requests),
        "epochs": sum(each["trained_epochs"] for each in requests),
    }
    best = max if search["direction"] == "max" else min
    return found | {search["objective"]: best(scores)}


def ratios(found: Found) -> list[Ratio]:
    """The faster of the rival's two counts, and the smaller of its memories."""
    compared = []
    for data in DATA:
        own = found[f"regctl, {data}"]
        rivals = [found[f"Keras Tuner, {data}"], found[f"Keras Tuner at its best, {data}"]]
        fastest = min(rival["seconds"] for rival in rivals)
        least = min(rival["peak_mib"] for rival in rivals)
        accuracy = max(rival["validation_accuracy"] for rival in rivals)
        compared += [
            Ratio(f"{data}: Keras Tuner / regctl, search", fastest / own["seconds"], at_least=_TARGETS[data]),
            Ratio(
                "    peak memory of the search, regctl / Keras Tuner",
                own["search_peak_mib"] / least,
                at_most=1,
            ),
            Ratio("    the same of regctl's whole command", own["peak_mib"] / least),
            Ratio("    epochs, regctl / Keras Tuner", own["epochs"] / rivals[0]["epochs"], at_least=1),
            Ratio("    best accuracy, regctl − Keras Tuner", own["validation_accuracy"] - accuracy),
            Ratio(
                "    oracle's share of regctl's search", own["oracle_seconds"] / own["seconds"], at_most=0.05
            ),
        ]
    return compared


ROW = Row(
    title="Search",
    setup="Hyperband (10 epochs, factor 3: 22 settings, 30 trials with continued rungs, 120 epochs) over the width and "
    "the dropout rate of an MLP with one hidden layer, batch 32, on 1,078 rows of digits and 3,000 of MNIST. Seconds "
    "are the search's, with start-up apart; preparing the rows is in nobody's time.",
    contenders={
        name: partial(measure, data)
        for data in DATA
        for name, measure in {
            f"regctl, {data}": regctl,
            f"Keras Tuner, {data}": row6_keras_tuner.textbook,
            f"Keras Tuner at its best, {data}": row6_keras_tuner.at_its_best,
        }.items()
    },
    ratios=ratios,
    full=FULL,
    quick=QUICK,
)
