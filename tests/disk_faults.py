"""What must hold when the disk fails under a command: how it ends, what it says, and that nothing is lost."""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faulty_disk import FULL, FaultyDisk, Kind, faulty

SAME = ("results.csv", "curve.csv", "selection.json", "validation_rows.npz", "history.parquet")


EXACT = """\
name: rents
dataset: {source: rents.csv, target: "rent/month"}
model: {name: linear}
validation: {folds: 3}
sweep: {lambda: [0.01, 0.1, 1]}
"""
HALF = "create .000002.npz..tmp"


@dataclass(frozen=True)
class Ground:
    """A sweep or another training, and runs roots made by it on a good disk: with the run, and with half of it."""

    regctl: Callable[..., Any]
    words: tuple[str, ...]  # as `sweep lambda`
    spec: Path
    options: tuple[str, ...] = ()

    @classmethod
    def laid(cls, regctl: Callable[..., Any], words: Sequence[str], spec: Path, *options: str) -> "Ground":
        """A ground with all of its roots."""
        ground = cls(regctl, tuple(words), spec, options)
        assert ground.start(ground.root("whole")).code == 0
        return ground

    def root(self, name: str) -> Path:
        return self.spec.parent / name

    @property
    def whole(self) -> Path:
        """The run that had a good disk."""
        return runs_in(self.root("whole"))[-1]

    def half(self) -> Path:
        """A root with a run whose disk was full once the first batch of its trials was saved."""
        with faulty(FaultyDisk(self.root("probe"), FULL)) as disk:
            self.start(self.root("probe"))
        with faulty(FaultyDisk(self.root("half"), FULL, disk.log.index(HALF) + 1)):
            assert self.start(self.root("half")).code == 1
        return self.root("half")

    def opened(self) -> Path:
        """A root with a run whose test set was opened."""
        shutil.copytree(self.root("whole"), self.root("opened"), symlinks=True)
        assert self.regctl("report", "latest", "--out", self.root("opened")).code == 0
        return self.root("opened")

    def start(self, root: Path) -> Any:
        return self.regctl(*self.words, self.spec, *self.options, "--out", root, "--quiet")

    def resume(self, root: Path) -> Any:
        return self.regctl(*self.words, "--resume", runs_in(root)[-1], "--quiet")

    def report(self, root: Path) -> Any:
        return self.regctl("report", "latest", "--out", root)

    def choose(self, root: Path) -> Any:
        return self.regctl("report", runs_in(root)[0], "--choose", "lambda=1")

    def remove(self, root: Path) -> Any:
        return self.regctl("runs", "remove", runs_in(root)[-1], "--yes", "--force")


@dataclass(frozen=True)
class Faults:
    """A command under which the disk fails: on a copy of `before`, or in no folder; `check` says what is wrong."""

    ground: Ground
    command: Callable[[Path], Any]
    check: Callable[[Ground, Path, Any, FaultyDisk], list[str]]
    before: Path | None = None

    def wrong(self, kind: Kind, most: int) -> list[str]:
        """What is wrong after each of the operations that differ failed in turn, or some `most` of them."""
        root = self._laid("count")
        with faulty(FaultyDisk(root, kind)) as disk:
            assert self.command(root).code == 0
        return [each for k in sampled(disk.places(), most) for each in self._wrong(kind, k)]

    def _wrong(self, kind: Kind, k: int) -> list[str]:
        root = self._laid(f"{kind.name}-{k}".replace(" ", "-"))
        with faulty(FaultyDisk(root, kind, k)) as disk:
            outcome = self.command(root)
        found = [*said(outcome, disk), *listed(self.ground.regctl, root)]
        found += self.check(self.ground, root, outcome, disk)
        shutil.rmtree(root, ignore_errors=True)
        return [f"{kind.name} at {k} ({disk.failed}): {each}" for each in found]

    def _laid(self, name: str) -> Path:
        root = self.ground.root(name)
        shutil.rmtree(root, ignore_errors=True)
        if self.before is not None:
            shutil.copytree(self.before, root, symlinks=True)
        return root


def faults(ground: Ground, what: str) -> Faults:
    """The faults under a command by its name."""
    if what == "start":
        return Faults(ground, ground.start, started)
    if what == "resume":
        return Faults(ground, ground.resume, resumed, ground.half())
    if what == "report":
        return Faults(ground, ground.report, opened, ground.root("whole"))
    if what == "choose":
        return Faults(ground, ground.choose, chosen, ground.root("whole"))
    return Faults(ground, ground.remove, removed, ground.opened())


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
    if not re.search(
        r"Make room|Check the disk|Name a folder|Make the folder|remove that folder|Start it again|Go on with",
        outcome.err,
    ):
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


def started(ground: Ground, root: Path, outcome: Any, disk: FaultyDisk) -> list[str]:
    """What is wrong with what a training left behind, and with what comes after it."""
    found = []
    if outcome.code and not disk.kind.lasting:  # else the disk may not have let it go
        found += [f"{run.name} is no run" for run in runs_in(root) if not (run / "manifest.json").is_file()]
        found += ["`latest` points nowhere"] * (
            (root / "latest").is_symlink() and not (root / "latest").exists()
        )
    if outcome.code:
        again = _again(ground, root, outcome.err.strip())
        if again.code:
            return [*found, f"it cannot be gone on with: {again.err}"]
    return [*found, *differences(runs_in(root)[-1], ground.whole)]


def _again(ground: Ground, root: Path, told: str) -> Any:
    if command := re.search(r"go on with: regctl (.*)$", told):
        return ground.regctl(*shlex.split(command[1]), "--quiet")
    saved = any((run / "trials.jsonl").is_file() for run in runs_in(root))
    assert not saved, f"trials are saved, and nobody says how to go on: {told}"
    return ground.start(root)


def resumed(ground: Ground, root: Path, outcome: Any, disk: FaultyDisk) -> list[str]:
    """What is wrong with a run whose resume met the fault."""
    again = ground.resume(root)
    found = [f"it cannot be gone on with: {again.err}"] * bool(again.code)
    return [*found, *differences(runs_in(root)[-1], ground.whole)]


def differences(run: Path, whole: Path) -> list[str]:
    """In which files a run differs from one that had a good disk."""
    names = [name for name in SAME if (whole / name).is_file()]
    found = [
        name
        for name in names
        if not (run / name).is_file() or (run / name).read_bytes() != (whole / name).read_bytes()
    ]
    found += [f"{name} is missing" for name in sorted(_files(whole) - _files(run))]
    found += [f"{name} is left over" for name in sorted(_files(run) - _files(whole))]
    if (status := json.loads((run / "manifest.json").read_text())["status"]) != "completed":
        found.append(f"status {status}")
    return [f"{run.name}: {each}" for each in found]


def _files(run: Path) -> set[str]:
    """But for the log, which may be missing, a lock that nobody holds, and trials, which may be numbered anew."""
    names = {each.relative_to(run).as_posix() for each in run.rglob("*") if each.is_file()}
    return {name for name in names - {"log.txt", ".lock", ".holder"} if not name.startswith("trials/0")}


def opened(ground: Ground, root: Path, outcome: Any, disk: FaultyDisk) -> list[str]:
    """What is wrong with the ledger, now and once the report has been asked for again."""
    first, evaluated = openings(root), (runs_in(root)[-1] / "test.json").is_file()
    found = [f"evaluated, and {len(first)} openings on the ledger"] * (evaluated and len(first) != 1)
    again, last = ground.report(root), openings(root)
    found += [f"it cannot be opened any more: {again.err}"] * bool(again.code)
    found += [f"openings {first}, then {last}"] * (len(last) != 1 or not set(first) <= set(last))
    told = json.loads((runs_in(root)[-1] / "test.json").read_text())["opening"]
    return [*found, *([f"test.json tells of {told}"] * ([told] != last))]


def openings(root: Path) -> list[str]:
    """The ids on the ledger, of its whole lines."""
    path = root / "test-openings.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line)["opening"] for line in lines if line.endswith("\n")]


def chosen(ground: Ground, root: Path, outcome: Any, disk: FaultyDisk) -> list[str]:
    """What is wrong with the run that a choice by hand copied, and with another such choice."""
    again = outcome if outcome.code == 0 else ground.choose(root)
    found = [f"it cannot be chosen any more: {again.err}"] * bool(again.code)
    before, after = (
        {path.relative_to(run): path.read_bytes() for path in run.rglob("*") if path.is_file()}
        for run in (ground.whole, runs_in(root)[0])
    )
    return [*found, *(["the run is another one now"] * (before != after))]


def removed(ground: Ground, root: Path, outcome: Any, disk: FaultyDisk) -> list[str]:
    """What is wrong with what a removal left: the run is there or not, and the ledger stays."""
    found = ["the ledger has lost an opening"] * (openings(root) != openings(ground.root("opened")))
    if runs_in(root) and (again := ground.remove(root)).code:
        found.append(f"it cannot be removed any more: {again.err}")
    return [*found, *(["it is still there"] * bool(runs_in(root)))]


def sampled(numbers: Sequence[int], count: int) -> list[int]:
    """About so many of them, spread evenly, with the first and the last."""
    if not numbers:
        return []
    step = max(1, (len(numbers) - 1) // max(1, count - 1))
    return sorted({*numbers[::step], numbers[-1]})
