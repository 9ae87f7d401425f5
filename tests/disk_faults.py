"""What must hold when the disk fails under a command: how it ends, what it says, and that nothing is lost."""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faulty_disk import FaultyDisk, Kind, faulty

SAME = ("results.csv", "curve.csv", "selection.json", "validation_rows.npz", "history.parquet")
REPORTS = ("report.md", "report.json", "report.html")


@dataclass(frozen=True)
class Command:
    """What is run, once for each place where the disk may fail."""

    regctl: Callable[..., Any]
    words: tuple[str, ...]  # of a sweep or training: `sweep lambda`
    spec: Path

    def start(self, root: Path) -> Any:
        return self.regctl(*self.words, self.spec, "--out", root, "--quiet")


def places(command: Callable[[Path], Any], root: Path, kind: Kind, before: Callable[[Path], Any]) -> list[int]:
    """The numbers of the operations that a command does below `root`, as far as they differ."""
    before(root)
    with faulty(FaultyDisk(root, kind)) as disk:
        assert command(root).code == 0
    return disk.places()


def said(outcome: Any, disk: FaultyDisk) -> list[str]:
    """What is wrong with how a command ended: its exit code and its one sentence."""
    found = []
    if outcome.code == 0:
        return found if "error" not in outcome.err else [f"ends with 0 and says {outcome.err}"]
    if outcome.code not in (1, 2):
        found.append(f"exit code {outcome.code}")
    if "Traceback" in outcome.err + outcome.out or "a bug in regctl" in outcome.err:
        found.append("a traceback")
    if outcome.err.count("error: ") != 1:
        found.append("not one sentence")
    if str(disk.root) not in outcome.err:
        found.append("no path")
    if not re.search(r"Make room|Check the disk|Name a folder|Make the folder|remove that folder|Start it again|Go on with", outcome.err):
        found.append("nothing to do about it")
    return [f"{each}: {outcome.err!r}" for each in found]


def runs_in(root: Path) -> list[Path]:
    """The run folders, oldest first."""
    if not root.is_dir():
        return []
    found = [each for each in root.iterdir() if each.is_dir() and not each.is_symlink()]
    return sorted(each for each in found if not each.name.startswith("."))


def listed(regctl: Callable[..., Any], root: Path) -> list[str]:
    """What is wrong with the list of runs."""
    outcome = regctl("runs", "list", "--out", root, "--json")
    if outcome.code or outcome.err:
        return [f"runs list: {outcome.code} {outcome.err}"]
    return [f"runs list: {each}" for each in json.loads(outcome.out) if each["status"] == "damaged"]


def trained(command: Command, root: Path, kind: Kind, k: int, whole: Path) -> list[str]:
    """What is wrong with a sweep or a training whose k-th operation fails, and with what comes after it."""
    with faulty(FaultyDisk(root, kind, k)) as disk:
        outcome = command.start(root)
    found = [*said(outcome, disk), *listed(command.regctl, root)]
    if outcome.code and not kind.lasting:
        found += [f"{run.name} is left, and is no run" for run in runs_in(root) if not (run / "manifest.json").is_file()]
        found += ["`latest` points nowhere"] * ((root / "latest").is_symlink() and not (root / "latest").exists())
    return _named(kind, k, disk, [*found, *_ended(command, root, outcome, whole)])


def _ended(command: Command, root: Path, outcome: Any, whole: Path) -> list[str]:
    if outcome.code == 0:
        return differences(runs_in(root)[-1], whole)
    told = re.search(r"go on with: regctl (.*)$", outcome.err.strip(), re.IGNORECASE)
    if told is not None:
        again = command.regctl(*shlex.split(told[1]), "--quiet")
    else:
        if any((run / "trials.jsonl").is_file() for run in runs_in(root)):
            return [f"trials are saved, and nobody says how to go on: {outcome.err}"]
        again = command.start(root)
    if again.code:
        return [f"it cannot be gone on with: {again.err}"]
    return differences(runs_in(root)[-1], whole)


def differences(run: Path, whole: Path) -> list[str]:
    """In which files a run differs from one that had a good disk."""
    names = [name for name in SAME if (whole / name).is_file()]
    found = [name for name in names if not (run / name).is_file() or (run / name).read_bytes() != (whole / name).read_bytes()]
    found += [f"{name} is missing" for name in sorted(_files(whole) - _files(run))]
    found += [f"{name} is left over" for name in sorted(_files(run) - _files(whole))]
    if (status := json.loads((run / "manifest.json").read_text())["status"]) != "completed":
        found.append(f"status {status}")
    return [f"{run.name}: {each}" for each in found]


def _files(run: Path) -> set[str]:
    """But for the log, which may be missing, and the files of trials, which may be numbered in another way."""
    names = {each.relative_to(run).as_posix() for each in run.rglob("*") if each.is_file()}
    return {name for name in names if name != "log.txt" and not name.startswith("trials/0")}


def resumed(command: Command, half: Path, root: Path, kind: Kind, k: int, whole: Path) -> list[str]:
    """What is wrong with a resume whose k-th operation fails; `half` is a runs root with half a run."""
    shutil.copytree(half, root, symlinks=True)
    with faulty(FaultyDisk(root, kind, k)) as disk:
        outcome = command.regctl(*command.words, "--resume", runs_in(root)[-1], "--quiet")
    found = [*said(outcome, disk), *listed(command.regctl, root)]
    if outcome.code:
        again = command.regctl(*command.words, "--resume", runs_in(root)[-1], "--quiet")
        found += [f"it cannot be gone on with: {again.err}"] * bool(again.code)
    return _named(kind, k, disk, [*found, *differences(runs_in(root)[-1], whole)])


def opened(regctl: Callable[..., Any], before: Path, root: Path, kind: Kind, k: int) -> list[str]:
    """What is wrong with a report that opens the test set of the run in `before`, and whose k-th operation fails."""
    shutil.copytree(before, root, symlinks=True)
    with faulty(FaultyDisk(root, kind, k)) as disk:
        outcome = regctl("report", "latest", "--out", root)
    found, first = [*said(outcome, disk), *listed(regctl, root)], openings(root)
    if (runs_in(root)[-1] / "test.json").is_file() and len(first) != 1:
        found.append(f"evaluated, and {len(first)} openings on the ledger")
    again, last = regctl("report", "latest", "--out", root), openings(root)
    found += [f"it cannot be opened any more: {again.err}"] * bool(again.code)
    found += [f"openings {first}, then {last}"] * (len(last) != 1 or not set(first) <= set(last))
    told = json.loads((runs_in(root)[-1] / "test.json").read_text())["opening"]
    return _named(kind, k, disk, [*found, *([f"test.json tells of {told}"] * ([told] != last))])


def openings(root: Path) -> list[str]:
    """The ids on the ledger, of its whole lines."""
    path = root / "test-openings.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line)["opening"] for line in lines if line.endswith("\n")]


def chosen(regctl: Callable[..., Any], before: Path, root: Path, kind: Kind, k: int) -> list[str]:
    """What is wrong with a choice by hand whose k-th operation fails: the run that it copies must stay as it was."""
    shutil.copytree(before, root, symlinks=True)
    (run,) = runs_in(root)
    contents = {each: each.read_bytes() for each in run.rglob("*") if each.is_file()}
    with faulty(FaultyDisk(root, kind, k)) as disk:
        outcome = regctl("report", run, "--choose", "lambda=1")
    found = [*said(outcome, disk), *listed(regctl, root)]
    again = outcome if outcome.code == 0 else regctl("report", run, "--choose", "lambda=1")
    found += [f"it cannot be chosen any more: {again.err}"] * bool(again.code)
    after = {each: each.read_bytes() for each in run.rglob("*") if each.is_file()}
    return _named(kind, k, disk, [*found, *(["the run is another one now"] * (contents != after))])


def removed(regctl: Callable[..., Any], before: Path, root: Path, kind: Kind, k: int) -> list[str]:
    """What is wrong with a removal whose k-th operation fails: the run is there or not, and the ledger stays."""
    shutil.copytree(before, root, symlinks=True)
    ledger = openings(root)
    with faulty(FaultyDisk(root, kind, k)) as disk:
        outcome = regctl("runs", "remove", runs_in(root)[-1], "--yes")
    found = [*said(outcome, disk), *listed(regctl, root)]
    found += ["the ledger has lost an opening"] * (openings(root) != ledger)
    for run in runs_in(root):
        if regctl("runs", "remove", run, "--yes", "--force").code:
            found.append("it cannot be removed any more")
    return _named(kind, k, disk, [*found, *(["it is still there"] if runs_in(root) else [])])


def _named(kind: Kind, k: int, disk: FaultyDisk, found: Sequence[str]) -> list[str]:
    return [f"{kind.name} at {k} ({disk.failed}): {each}" for each in found]


def sampled(numbers: Sequence[int], count: int) -> list[int]:
    """About so many of them, spread evenly, with the first and the last."""
    if not numbers:
        return []
    step = max(1, (len(numbers) - 1) // max(1, count - 1))
    return sorted({*numbers[::step], numbers[-1]})
