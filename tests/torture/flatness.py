"""Memory stays flat: of a sweep of 2,000 trials in many small chunks, and of 50 trials of the Keras engine.

Resident memory of the run and of its workers, while it trains. The first fifth of the trials is the warm-up:
TensorFlow compiles, and glibc's heap grows to what a chunk takes. After it, the most that there is in the last fifth of
the trials may be more than the most in the second fifth by `tolerance`: what a run keeps of each trial, some KiB, and
what the allocator's luck makes of it.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from killing import forked, say
from rents import write_table

MIB = 2**20
SECONDS_BETWEEN_LOOKS = 0.05
PATIENCE = 1800.0

MANY = """\
name: many
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [4], activation: relu}
training: {learning_rate: 0.01, epochs: 3, batch_size: 32, seeds: 4, memory_limit: 0.001}
sweep: {lambda: {log: [1.0e-6, 10], points: 499, zero: true}}
"""
IMAGES = """\
name: images
dataset: {source: digits, target: digit}
task: classification
model: {name: cnn, filters: [4], units: [8]}
training: {learning_rate: 0.01, epochs: 1, seeds: 2}
sweep: {dropout: {from: 0.0, to: 0.48, step: 0.02}}
"""


@dataclass(frozen=True)
class Long:
    """A run of many trials; `tolerance` in MiB, for the run itself and for all of its processes."""

    name: str
    spec: str
    what: tuple[str, ...]
    trials: int
    tolerance: tuple[int, int]


LONG = (
    Long("many", MANY, ("sweep", "lambda"), 2000, (32, 32)),
    Long("images", IMAGES, ("sweep", "dropout", "--jobs", "2"), 50, (32, 128)),
)


@dataclass(frozen=True)
class Look:
    """How many trials had finished, and bytes: of the run's own process, and with its workers."""

    trials: int
    own: int
    all: int


def check_all() -> int:
    """1 where a run took more and more."""
    return int(sum(map(check, LONG)) > 0)


def check(run: Long) -> bool:
    """Whether a run took more and more; prints what it took."""
    with tempfile.TemporaryDirectory(prefix="regctl-memory-") as folder:
        looks = measured(run, Path(folder))
    most = max(look.trials for look in looks)
    if most < run.trials:
        say(f"{run.name}: {most} of {run.trials} trials were seen")
        return True
    early, late = (between(looks, run.trials, *part) for part in ((0.2, 0.4), (0.8, 1.0)))
    told, grew = [], False
    for name, before, after, tolerance in zip(
        ("own process", "with workers"), early, late, run.tolerance, strict=True
    ):
        grew = grew or after - before > tolerance * MIB
        told.append(
            f"{name} {before / MIB:.0f} → {after / MIB:.0f} MiB ({(after - before) / MIB:+.1f}, tolerance {tolerance})"
        )
    say(f"{run.name}, {run.trials} trials, peak in the second fifth → in the last: {'; '.join(told)}")
    return grew


def between(looks: list[Look], trials: int, first: float, last: float) -> tuple[int, int]:
    """The most memory while so many of the trials had finished."""
    those = [look for look in looks if first * trials < look.trials <= last * trials]
    return max(look.own for look in those), max(look.all for look in those)


def measured(run: Long, folder: Path) -> list[Look]:
    """Looks at a run while it trains."""
    write_table(folder / "rents.csv")
    spec = folder / f"{run.name}.yaml"
    spec.write_text(run.spec, encoding="utf-8")
    pid = forked([*run.what, str(spec), "--out", str(folder / "runs"), "--quiet"], folder)
    until, looks = time.monotonic() + PATIENCE, list[Look]()
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            assert code == 0, (folder / "log").read_text(encoding="utf-8")[-3000:]
            return looks
        if finished := trials_of(folder / "runs" / "latest"):
            own = resident(pid)
            if own and not is_over(folder / "runs" / "latest"):
                looks.append(Look(finished, own, own + sum(map(resident, children(pid)))))
        time.sleep(SECONDS_BETWEEN_LOOKS)
    raise TimeoutError(run.name)


def trials_of(run: Path) -> int:
    path = run / "trials.jsonl"
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def is_over(run: Path) -> bool:
    return " training took " in (run / "log.txt").read_text(encoding="utf-8")


def resident(pid: int) -> int:
    """Bytes of a process that are in memory; 0 of one that has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def children(pid: int) -> Iterator[int]:
    """The processes that a process started."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            yield int(path.parent.name)
