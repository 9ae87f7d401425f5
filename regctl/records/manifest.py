"""`manifest.json`: what a run is, how far it came, and on what it ran."""

import platform
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from regctl.errors import UsageError
from regctl.records.clock import utc_now
from regctl.records.files import read_json, write_json

Status: TypeAlias = Literal["running", "completed", "failed", "interrupted"]

FILE = "manifest.json"
_PACKAGES = ("regctl", "tensorflow", "keras", "numpy", "polars")


@dataclass(frozen=True)
class GitState:
    """The commit checked out in the current folder; `dirty` when tracked files differ from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True)
class TrialCounts:
    """How many trials a run planned and finished; `done` counts neither those that diverged nor those that failed."""

    planned: int = 0
    done: int = 0
    diverged: int = 0
    failed: int = 0

    @property
    def finished(self) -> int:
        """How many there are of which it is known what came of them."""
        return self.done + self.diverged + self.failed

    @property
    def lost(self) -> int:
        """How many have no loss: the command ends with exit code 3 where there are any."""
        return self.diverged + self.failed


@dataclass(frozen=True)
class EngineNote:
    """Which engine trains a run, and why that one."""

    name: str
    why: str


@dataclass(frozen=True)
class PluginNote:
    """A file that `--plugin` named: its absolute path, and its content's sha256."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """One run. Times are UTC; `timings` are seconds by step.

    `axis` is None for `train` and `tune`, `by` the second axis; `tune` is what a search is for: None, `dropout`,
    `lambda` or `model`. `chosen_from` is the run that this is a copy of, with a setting chosen by hand.

    `extend` and `refine` say whether the grid may grow, `planned` has by dotted key the grids before that, and the
    seeds. `mixed` tells in what trials of the run differ although they should not: it was resumed by force.
    `widened_from` is the run whose trials this one began with.
    """

    run_id: str
    status: Status
    command: tuple[str, ...]
    axis: str | None
    smoke: bool
    started_at: str
    finished_at: str | None = None
    by: str | None = None
    tune: str | None = None
    chosen_from: str | None = None
    engine: EngineNote | None = None
    plugins: tuple[PluginNote, ...] = ()
    device: str | None = None
    data_hash: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    git: GitState | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    trials: TrialCounts = TrialCounts()
    extend: bool = False
    refine: bool = False
    planned: Mapping[str, Any] = field(default_factory=dict)
    mixed: tuple[str, ...] = ()
    widened_from: str | None = None


def new_manifest(
    command: Sequence[str],
    axis: str | None,
    smoke: bool = False,
    by: str | None = None,
    tune: str | None = None,
) -> Manifest:
    """A run that starts now, with a random id, this machine's versions and the current folder's commit."""
    return Manifest(
        run_id=secrets.token_hex(8),
        status="running",
        command=tuple(command),
        axis=axis,
        by=by,
        tune=tune,
        smoke=smoke,
        started_at=utc_now(),
        versions=versions(),
        git=git_state(),
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the run's manifest."""
    write_json(folder / FILE, manifest)


def read_manifest(folder: Path) -> Manifest:
    """The run's manifest.

    Raises:
        UsageError: it is missing, is not JSON or lacks what regctl writes.
    """
    found = read_json(folder / FILE)
    try:
        return _manifest(found)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{folder / FILE}: expected a manifest as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error


def _manifest(found: dict[str, Any]) -> Manifest:
    if found["status"] not in get_args(Status):
        raise ValueError(f"status {found['status']!r}")
    git, engine = found["git"], found.get("engine")
    return Manifest(
        **found
        | {
            "command": tuple(found["command"]),
            "git": None if git is None else GitState(**git),
            "engine": None if engine is None else EngineNote(**engine),
            "plugins": tuple(PluginNote(**each) for each in found.get("plugins", ())),
            "trials": TrialCounts(**found["trials"]),
            "mixed": tuple(found.get("mixed", ())),
        }
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on, read without importing them."""
    return {"python": platform.python_version()} | {
        name: found for name in _PACKAGES if (found := _version(name)) is not None
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def git_state() -> GitState | None:
    """The current folder's commit, or None where there is no git, no repository or no commit."""
    commit = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--untracked-files=no")
    return None if commit is None or changes is None else GitState(commit, dirty=bool(changes))


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(("git", *arguments), capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
