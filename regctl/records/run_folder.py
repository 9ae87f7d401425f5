"""Where runs live: the runs root, claiming a folder in it, and finding one again."""

import contextlib
import difflib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from regctl.errors import RegctlError, UsageError
from regctl.records.clock import folder_stamp
from regctl.records.failures import creation_error
from regctl.records.files import saving, write_text
from regctl.records.log import Log
from regctl.records.manifest import FILE as MANIFEST

LATEST = "latest"


def runs_root(out: Path | None = None) -> Path:
    """`--out`, else the environment's REGCTL_RUNS_DIR, else `runs` in the current folder."""
    if out is not None:
        return out
    return Path(os.environ.get("REGCTL_RUNS_DIR") or "runs").expanduser()


@dataclass(frozen=True)
class RunFolder:
    """A claimed folder: no other process writes in it."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name: the folder's own."""
        return self.path.name

    @property
    def log(self) -> Log:
        """The run's `log.txt`."""
        return Log(self.path / "log.txt")

    @classmethod
    def create(cls, root: Path, name: str) -> "RunFolder":
        """Claim `root/<UTC time>-<name>`, with a numeric suffix when taken; `latest` stays where it is.

        Raises:
            UsageError: `root` cannot be made or written to, or what is called `latest` there is not regctl's.
        """
        latest = root / LATEST
        if latest.is_dir() and not latest.is_symlink():
            message = f"{latest}: expected regctl's link to the newest run. Received: a folder of that name."
            raise UsageError(message, "Move it away or rename it.")
        return cls(claim_folder(root, name))

    def become_latest(self) -> None:
        """Move `latest` to this run, which must hold what a reader asks of a run.

        Raises:
            StorageError: the disk refused.
        """
        point_latest(self.path.with_name(LATEST), self.name)


def claim_folder(root: Path, name: str) -> Path:
    """Claim `root/<UTC time>-<name>`, with a numeric suffix when taken; `latest` stays where it is.

    Raises:
        UsageError: `root` cannot be made or written to.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        return _claim(root, f"{folder_stamp()}-{name}")
    except OSError as error:
        raise creation_error(root, error) from error


def _claim(root: Path, name: str) -> Path:
    for number in count(1):
        path = root / (name if number == 1 else f"{name}-{number}")
        with contextlib.suppress(FileExistsError):
            path.mkdir()  # the one call that only one process can win
            return path
    raise AssertionError("count() never ends")


def pointed_at(latest: Path) -> str | None:
    """The name that `latest` holds, link or text file; None where it is neither."""
    with contextlib.suppress(OSError):
        return os.readlink(latest)
    with contextlib.suppress(OSError):
        return latest.read_text(encoding="utf-8", errors="replace").strip()
    return None


def point_latest(latest: Path, name: str) -> None:
    """Let `latest` name a folder beside it, at once for every reader.

    Raises:
        StorageError: the disk refused.
    """
    temporary = latest.with_name(f".{LATEST}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.symlink_to(name, target_is_directory=True)
    except (OSError, NotImplementedError):
        write_text(latest, f"{name}\n")  # no symlinks here: the name in a text file
        return
    with saving(latest):
        try:
            os.replace(temporary, latest)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def find_run(text: str, out: Path | None = None) -> Path:
    """The folder of a RUN as given on the command line: a path, `runs/latest`, a bare name or `latest`.

    A bare name is looked up in the current folder, then in the runs root (`runs_root(out)`), and nowhere above it.

    Raises:
        UsageError: there is no such run; names the nearest.
    """
    root = runs_root(out)
    candidates = [Path(text).expanduser(), *([root / text] if _is_name(str(Path(text))) else [])]
    for path in map(_run_at, candidates):
        if path is not None:
            # The ledger lies beside the run, so `.` must become a path that has a name and a parent, and a link to a
            # link (`latest` is followed already) the run itself: beside a link there is another ledger.
            return path.resolve() if path.name in ("", "..") or path.is_symlink() else path
    for given in candidates:
        if given.is_symlink() or given.is_file():
            raise UsageError(f"{given}: points to {_followed(given)}, which is no run.", _nearest(text, root))
        if given.is_dir():
            raise UsageError(f"{given}: not a run folder: it holds no {MANIFEST}.", _nearest(text, root))
    raise UsageError(f"{text}: no such run.", _nearest(text, root))


def _run_at(given: Path) -> Path | None:
    """The run at a path; once more where `latest` moved on, as the run that it named was removed."""
    path, before = _followed(given), None
    while path != before:
        if (path / MANIFEST).is_file():
            return path
        path, before = _followed(given), path
    return None


def _followed(path: Path) -> Path:
    """What a link or `latest` stands for; any other path as it is. A text file names a run beside it, or nothing."""
    name = pointed_at(path) if path.is_symlink() or path.name == LATEST else None
    return path.parent / name if name is not None and (path.is_symlink() or _is_name(name)) else path


def _is_name(text: str) -> bool:
    """Whether a text can only be the name of something in a folder: not the folder, nothing above or below it."""
    return text not in ("", ".", "..") and "\0" not in text and os.path.basename(text) == text


def _nearest(text: str, root: Path) -> str:
    names = sorted(run_names(root), reverse=True)
    if not names:
        return f"There are no runs in {root}."
    wanted = Path(text).name
    near = [name for name in names if wanted in name] or difflib.get_close_matches(wanted, names, n=3)
    if near:
        return f"Did you mean {' or '.join(near[:3])}?"
    return f"The newest runs in {root} are {', '.join(names[:3])}."


@contextlib.contextmanager
def while_it_is_there(run: Path) -> Iterator[None]:
    """Say what happened where another process removes the run in the middle.

    Raises:
        UsageError: it was removed.
    """
    try:
        yield
    except (OSError, RegctlError) as error:
        if run.is_dir():
            raise
        raise UsageError(f"{run}: no such run: it has been removed meanwhile.") from error


def run_names(root: Path) -> Iterator[str]:
    """Names of the runs in a runs root; none when there is no such folder."""
    with contextlib.suppress(OSError):
        yield from (e.name for e in root.iterdir() if (e / MANIFEST).is_file() and not e.is_symlink())
