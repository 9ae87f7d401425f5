"""What the disk's refusals mean to a user: one sentence, what is saved, what to do."""

import errno
from pathlib import Path

from regctl.errors import RegctlError, StorageError, UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EIO, errno.EACCES, errno.EPERM, errno.ESTALE, errno.ENXIO, errno.ETIMEDOUT}
AGAIN = "run the command again."
_MAKE_ROOM = f"Make room on the disk, then {AGAIN}"
_CHECK = f"Check the disk and the folder's permissions, then {AGAIN}"
_COUNTED = {"trials.jsonl": "finished trial", "search.jsonl": "finished request"}


def storage_error(path: Path, error: OSError) -> StorageError:
    """A file could not be written; for a run's file, names its run folder and what that already holds."""
    folder = _run_folder(path)
    saved = "" if folder is None else f" {_saved_in(folder)}"
    message = f"{path}: could not be written ({_reason(error)}).{saved}"
    return StorageError(message, _MAKE_ROOM if error.errno in _FULL else _CHECK)


def is_full(error: OSError) -> bool:
    """Whether there is no room, on the disk or in what the user may take of it."""
    return error.errno in _FULL


def unreadable(path: Path, error: OSError) -> StorageError:
    """A file that is there could not be read, or be written where nobody expected that to fail."""
    message = f"{path}: could not be read or written ({_reason(error)})."
    return StorageError(message, _MAKE_ROOM if is_full(error) else _CHECK)


def refuse_unreadable(path: Path, error: Exception) -> None:
    """Tell a disk that does not give a file back from a file that is missing or damaged, of which nothing is said.

    Raises:
        StorageError: it is the disk.
    """
    if isinstance(error, OSError) and error.errno in _REFUSED:
        raise unreadable(path, error) from error


def creation_error(root: Path, error: OSError) -> RegctlError:
    """No folder could be made in the runs root: the disk's fault, or a place the user may not write to."""
    message = f"{root}: a run folder cannot be created here ({_reason(error)}). Nothing is saved."
    if error.errno in _FULL | {errno.EIO}:
        return StorageError(message, _MAKE_ROOM if error.errno in _FULL else _CHECK)
    return UsageError(message, "Name a folder you may write to with --out DIR or with REGCTL_RUNS_DIR.")


def _saved_in(folder: Path) -> str:
    """How many trials of a run are saved, of a search its requests; else that nothing is."""
    counts = [
        f"{_times(count, noun)} saved" for name, noun in _COUNTED.items() if (count := _lines(folder / name))
    ]
    return f"{' and '.join(counts)} in {folder}." if counts else f"Nothing is saved in {folder}."


def _times(count: int, noun: str) -> str:
    return f"{count} {noun} is" if count == 1 else f"{count} {noun}s are"


def _lines(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


def _run_folder(path: Path) -> Path | None:
    """The folder with the manifest that `path` lies in (plots are one level down)."""
    return next((parent for parent in path.parents if (parent / "manifest.json").is_file()), None)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
