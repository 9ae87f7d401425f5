"""Many at once in one runs root: runs, readers, openings, resumes and removals.

    python tests/torture/together.py --runs 16 --readers 8 --rounds 20
    python tests/torture/together.py --no-links --no-locks

Prints what was done, and what was wrong; exit code 1 where anything was. A process is a fork of one that has imported
TensorFlow and computed nothing.
"""

import argparse
import errno
import fcntl
import json
import os
import runpy
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

from crowd import Fork, Outcome, at_once, regctl, wait_for  # noqa: E402 - the folder is no package
from readers import readers  # noqa: E402
from rents import write_table  # noqa: E402

SPEC = """\
name: exact
dataset: {source: rents.csv, target: "rent/month"}
model: {name: polynomial, degree: 2}
sweep: {lambda: {log: [1.0e-4, 1], points: 12}}
"""
SECOND = "2026-01-01T00-00-00Z"  # at which all of them begin


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=16)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--links", action=argparse.BooleanOptionalAction, default=True, help="symbolic links")
    parser.add_argument("--locks", action=argparse.BooleanOptionalAction, default=True, help="file locks")
    given = parser.parse_args()
    runpy.run_path(str(HERE / "__main__.py"), run_name="torture")["import_all"](False)
    _strange(given.links, given.locks)
    wrong = 0
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory(prefix="regctl-together-") as folder:
            os.chdir(folder)
            found = one_round(Path(folder), given.runs, given.readers, given.locks)
            os.chdir("/")
        for each in found:
            say(f"round {number + 1}: {each}")
        wrong += len(found)
    say(f"in all: {given.rounds} rounds, {wrong} wrong")
    return int(bool(wrong))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _strange(links: bool, locks: bool) -> None:
    def refuse(code: int, *_arguments: object, **_keywords: object) -> None:
        raise OSError(code, os.strerror(code))

    if not links:
        os.symlink = partial(refuse, errno.EPERM)
    if not locks:
        fcntl.flock = partial(refuse, errno.ENOLCK)


def one_round(folder: Path, runs: int, watchers: int, locks: bool) -> list[str]:
    """What was wrong."""
    root = folder / "runs"
    write_table(folder / "rents.csv")
    (folder / "exact.yaml").write_text(SPEC, encoding="utf-8")
    (first,) = at_once([sweep])
    assert first.code == 0, first
    whole = next(run for run in root.iterdir() if run.name != "latest")
    wrong = []
    phases = [partial(started, root, whole, runs), partial(opened, root)]
    if locks:
        phases += [partial(resumed, root, whole), partial(killed, root, whole)]
    for phase in [*phases, partial(removed, root, locks)]:
        began = time.monotonic()
        with watched(root, watchers) as seen:
            found = phase()
        found += seen
        say(f"{phase.func.__name__}: {len(found)} wrong, {time.monotonic() - began:.1f} s")
        wrong += [f"{phase.func.__name__}: {each}" for each in found]
    left = [str(path) for path in root.rglob(".*") if path.name not in (".test-openings.jsonl.lock",)]
    return wrong + [f"left behind: {left}"] * bool(left)


@contextmanager
def watched(root: Path, number: int) -> Iterator[list[str]]:
    """Readers look on; fills what was wrong with what they saw."""
    stop, seen = root.parent / "stop", list[str]()
    looking = readers(root, number, stop)
    yield seen
    stop.touch()
    looks = 0
    for reader in looking:
        answer = reader.answer()
        if isinstance(answer, tuple):
            looks += answer[1]
            seen += answer[2]
        else:
            seen.append(str(answer))
    stop.unlink()
    say(f"  {number} readers looked {looks} times")


def sweep() -> Outcome:
    return regctl("sweep", "lambda", "exact.yaml", "--quiet")


def sweep_at_that_second() -> Outcome:
    from regctl.records import run_folder

    run_folder.folder_stamp = lambda: SECOND
    return sweep()


def started(root: Path, whole: Path, number: int) -> list[str]:
    """So many runs in the same second."""
    from regctl.records.run_folder import pointed_at

    outcomes = at_once([sweep_at_that_second] * number)
    wrong = [str(each) for each in outcomes if not is_well(each)]
    names = {f"{SECOND}-exact-lambda" + (f"-{place}" if place > 1 else "") for place in range(1, number + 1)}
    found = {path.name for path in root.iterdir() if path.name.startswith(SECOND)}
    if found != names:
        wrong.append(f"expected {sorted(names)}. Received: {sorted(found)}")
    if pointed_at(root / "latest") not in names:
        wrong.append(f"latest names {pointed_at(root / 'latest')}")
    return wrong + [each for name in found for each in incomplete(root / name, whole)]


def is_well(outcome: Outcome) -> bool:
    told = [line for line in outcome.err.splitlines() if "this file system has no locks" not in line]
    return outcome.code == 0 and not told


def incomplete(run: Path, whole: Path) -> list[str]:
    status = json.loads((run / "manifest.json").read_text())["status"]
    shown = json.loads((run / "report.json").read_text())["status"]
    wrong = [f"{run.name}: {status}"] * (status != "completed")
    wrong += [f"{run.name}: its report is of a run that is {shown}"] * (shown != "completed")
    same = ("results.csv", "curve.csv", "selection.json", "validation_rows.npz", "coefficients.csv")
    different = [name for name in same if (run / name).read_bytes() != (whole / name).read_bytes()]
    return wrong + [f"{run.name}: {different}"] * bool(different)


def opened(root: Path) -> list[str]:
    """Four reports of as many runs that hold the same test rows, and three more of the first, at once."""
    runs = sorted(path for path in root.iterdir() if path.name.startswith(SECOND))[:4]
    outcomes = at_once([partial(regctl, "report", run, "--format", "json") for run in [*runs, *runs[:1] * 3]])
    wrong = [str(each) for each in outcomes if not is_well(each)]
    lines = [json.loads(line) for line in (root / "test-openings.jsonl").read_text().splitlines()]
    order = list(dict.fromkeys(line["run"] for line in lines))
    openings = {line["run"]: line["opening"] for line in reversed(lines)}
    if sorted(order) != sorted(run.name for run in runs) or len({line["opening"] for line in lines}) != len(
        lines
    ):
        wrong.append(f"the ledger: {order}")
    for run in runs:
        told = json.loads((run / "test.json").read_text())
        earlier = [each["run"] for each in told["earlier"]]
        if earlier != order[: order.index(run.name)] or told["opening"] != openings[run.name]:
            wrong.append(f"{run.name}: {earlier} before it; the ledger says {order}")
        if json.loads((run / "report.json").read_text())["test"]["sealed"]:
            wrong.append(f"{run.name}: its report says that it is sealed")
    return wrong


def interrupted(root: Path, whole: Path, name: str) -> Path:
    """A run that lacks its last trials."""
    run = shutil.copytree(whole, root / f".{name}", symlinks=True)
    manifest = json.loads((run / "manifest.json").read_text())
    manifest |= {"status": "running", "run_id": name}
    (run / "manifest.json").write_text(json.dumps(manifest))
    lines = (run / "trials.jsonl").read_text().splitlines(keepends=True)
    (run / "trials.jsonl").write_text("".join(lines[:5]))
    return run.rename(root / name)


def resume_slowly(run: Path, seconds: float) -> Outcome:
    from regctl import pipeline

    save = pipeline.save_inputs

    def slowly(*arguments: object) -> None:
        time.sleep(seconds)
        save(*arguments)

    pipeline.save_inputs = slowly
    return regctl("sweep", "lambda", "--resume", run, "--quiet")


def resumed(root: Path, whole: Path) -> list[str]:
    """Two resumes of one run, and its removal meanwhile."""
    run = interrupted(root, whole, f"{SECOND}-resumed")
    both = [Fork(partial(resume_slowly, run, 2.0)) for _ in range(2)]
    wait_for((run / ".holder").exists)
    (removal,) = at_once([partial(regctl, "runs", "remove", run, "--yes", "--force")])
    outcomes = {fork.pid: fork.answer() for fork in both}
    holder = next((pid for pid, each in outcomes.items() if each.code == 0), None)
    refused = [removal, *(each for pid, each in outcomes.items() if pid != holder)]
    says = f"another process is writing this run: process {holder} on {socket.gethostname()}"
    wrong = [str(each) for each in refused if not each.is_one_sentence or says not in each.err]
    return wrong + [f"refused: {len(refused)}"] * (len(refused) != 2) + incomplete(run, whole)


def killed(root: Path, whole: Path) -> list[str]:
    """A holder that is killed leaves no deadlock."""
    run = interrupted(root, whole, f"{SECOND}-killed")
    holder = Fork(partial(resume_slowly, run, 600.0))
    wait_for((run / ".holder").exists)
    os.kill(holder.pid, signal.SIGKILL)
    holder.answer()
    (outcome,) = at_once([partial(resume_slowly, run, 0.0)])
    return [str(outcome)] * (not is_well(outcome)) + incomplete(run, whole)


def removed(root: Path, locks: bool) -> list[str]:
    """Each of the runs but one removed by two processes at once, `latest` first, while a third reports on it."""
    wrong = []
    runs = sorted(path for path in root.iterdir() if path.name.startswith(SECOND))
    for run in [each for each in runs if each == (root / "latest").resolve()] + runs[:6]:
        remove = partial(regctl, "runs", "remove", run, "--yes")
        report = partial(regctl, "report", run, "--sealed", "--format", "md")
        *removals, told = at_once([remove, remove, report])
        codes = sorted(each.code for each in removals)
        if codes not in ([0, 2], [0, 0]) and run.exists():
            wrong.append(f"{run.name}: {removals}")
        wrong += [str(each) for each in (*removals, told) if not is_well_removed(each)]
    return wrong


def is_well_removed(outcome: Outcome) -> bool:
    lines = [line for line in outcome.err.splitlines() if "this file system has no locks" not in line]
    said = [line for line in lines if not line.startswith("removed ")]
    return len(said) <= 1 and outcome.code == (2 if said else 0)


if __name__ == "__main__":
    sys.exit(main())
