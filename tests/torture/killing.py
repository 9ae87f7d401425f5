"""One case: a run that nobody kills, then runs that are killed again and again, each compared with it in the end."""

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cases import Case
from comparing import differences, identities, lost_and_doubled
from phases import Process, phase
from rents import write_table

PATIENCE = 600.0
SECONDS_BETWEEN_LOOKS = 0.005
LONGEST_LOOK = 0.5
MOST_KILLS = 6  # of one run
# Before its spec is saved a run has nothing to lose: a kill falls there with this probability, else evenly on the rest.
EARLY = 0.1


@dataclass(frozen=True)
class Times:
    """Seconds of the run that nobody killed: until its spec was saved, then until the last trial, then to the end."""

    start: float
    trials: float
    end: float


def torture(case: Case, kills: int, folder: Path, chance: random.Random) -> Counter[str]:
    """Kills so many times; prints the counts and returns them, `wrong` among them."""
    write_table(folder / "rents.csv")
    (folder / f"{case.name}.yaml").write_text(case.spec, encoding="utf-8")
    whole = folder / "whole"
    times = _measured(case, folder, whole)
    counts, phases = Counter[str](runs=0, kills=0, lost=0, doubled=0, wrong=0), Counter[str]()
    while counts["kills"] < kills:
        most = min(kills - counts["kills"], chance.randint(1, MOST_KILLS))
        found = _one_run(case, folder, most, (times, chance), (counts, phases), whole / "latest")
        counts["runs"] += 1
        if found:
            counts["wrong"] += 1
            say(f"{case.name}, run {counts['runs']}: {', '.join(found)}")
            say((folder / "log").read_text(encoding="utf-8")[-3000:])
        else:
            shutil.rmtree(folder / f"run-{counts['runs']}")
    say(f"{case.name}: {_told(counts)}; {times.start + times.trials + times.end:.1f} s without a kill")
    say(f"  kills by phase: {_told(phases)}")
    return Counter({**counts, **{f"kills {name}": count for name, count in phases.items()}})


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _measured(case: Case, folder: Path, root: Path) -> Times:
    from regctl.records.manifest import read_manifest

    pid = forked([*case.start(folder / f"{case.name}.yaml"), "--out", str(root)], folder)
    code, start = wait_until(pid, lambda: case.has_begun(root / "latest"), PATIENCE)
    code, rest = wait_until(pid, lambda: False, PATIENCE) if code is None else (code, 0.0)
    assert code == 0, f"the first run: {code}\n{(folder / 'log').read_text(encoding='utf-8')[-3000:]}"
    timings = read_manifest(root / "latest").timings
    trials = sum(timings.get(step, 0.0) for step in ("start of TensorFlow", "search", "training"))
    return Times(start, trials, max(0.0, rest - trials))


def _one_run(
    case: Case,
    folder: Path,
    most: int,
    chances: tuple[Times, random.Random],
    tallies: tuple[Counter[str], Counter[str]],
    whole: Path,
) -> list[str]:
    """Kills a run at most so often; what is wrong with what it came to."""
    counts, phases = tallies
    root = folder / f"run-{counts['runs'] + 1}"
    killed, code = 0, None
    while code is None:
        run = (root / "latest").resolve() if (root / "latest").exists() else None
        begun = run is not None and case.has_begun(run)
        before = identities(run, case) if begun else []
        process = Process(run if begun else None)
        pid = forked(
            case.resume(run) if begun else [*case.start(_spec(case, folder)), "--out", str(root)], folder
        )
        if killed == most:
            code = wait(pid, PATIENCE)
            code = PATIENCE if code is None else code
            break
        code = _kill(case, pid, root, begun, len(before) / len(identities(whole, case)), chances)
        if code is None:
            killed += 1
            counts["kills"] += 1
            run = (root / "latest").resolve() if (root / "latest").exists() else None
            phases[phase(case, run, process)] += 1
            if begun:
                lost, doubled = lost_and_doubled(before, identities(run, case))
                counts["lost"] += lost
                counts["doubled"] += doubled
    if code != 0:
        return [f"exit code {code}"]
    found = differences(root / "latest", whole, case)
    lost, doubled = lost_and_doubled(identities(whole, case), identities(root / "latest", case))
    counts["lost"] += lost
    counts["doubled"] += doubled
    return found + [f"{lost} trials lost, {doubled} doubled"] * bool(lost or doubled)


def _spec(case: Case, folder: Path) -> Path:
    return folder / f"{case.name}.yaml"


def _kill(
    case: Case, pid: int, root: Path, begun: bool, done: float, chances: tuple[Times, random.Random]
) -> int | None:
    """Kills a process at a random moment: None; or its exit code where it had ended before.

    `done` is the share of trials that it need not train again.
    """
    times, chance = chances
    if chance.random() < EARLY:
        return wait(pid, chance.uniform(0.0, times.start))
    rest = chance.uniform(0.0, times.trials * (1 - done) + times.end)
    if begun:
        return wait(pid, times.start + rest)
    code, _ = wait_until(pid, lambda: case.has_begun(root / "latest"), PATIENCE)
    return wait(pid, rest) if code is None else code


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def forked(arguments: list[str], folder: Path) -> int:
    """The process id of a fork that runs a command; its output goes to a log."""
    if pid := os.fork():
        return pid
    code = 70
    try:
        log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(folder)
        sys.argv = ["regctl", *arguments]
        from regctl.cli.main import main as command

        command()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        with suppress(Exception):
            sys.stdout.flush()
        os._exit(code)


def wait(pid: int, seconds: float) -> int | None:
    """The exit code; None after so many seconds, when the process is killed."""
    code, _ = wait_until(pid, lambda: False, seconds)
    if code is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return code


def wait_until(pid: int, happened: Callable[[], bool], seconds: float) -> tuple[int | None, float]:
    """The exit code, or None once something has happened or after so many seconds; and how long it took.

    A machine that sleeps, or a harness that is stopped for a while, takes its runs with it: such time does not count.
    """
    waited, last = 0.0, time.monotonic()
    while waited < seconds and not happened():
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), waited
        time.sleep(SECONDS_BETWEEN_LOOKS)
        now = time.monotonic()
        waited, last = waited + min(now - last, LONGEST_LOOK), now
    return None, waited
