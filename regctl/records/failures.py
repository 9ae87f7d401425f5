"""What the disk's refusals mean to a user: one sentence, what is saved, what to do."""

import errno
from pathlib import Path

from regctl.errors import RegctlError, StorageError, UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MAKE_ROOM = "Make room on the disk and run the command again."
_CHECK = "Check the disk and the folder's permissions, then run the command again."


def storage_error(path: Path, error: OSError) -> StorageError:
    """A file could not be written; for a run's file, names its run folder and what that already holds."""
    folder = _run_folder(path)
    saved = "" if folder is None else f" {_saved_in(folder)}"
    message = f"{path}: could not be written ({_reason(error)}).{saved}"
    return StorageError(message, _MAKE_ROOM if error.errno in _FULL else _CHECK)


def creation_error(root: Path, error: OSError) -> RegctlError:
    """No folder could be made in the runs root: the disk's fault, or a place the user may not write to."""
    message = f"{root}: a run folder cannot be created here ({_reason(error)}). Nothing is saved."
    if error.errno in _FULL | {errno.EIO}:
        return StorageError(message, _MAKE_ROOM if error.errno in _FULL else _CHECK)
    return UsageError(message, "Name a folder you may write to with --out DIR or with REGCTL_RUNS_DIR.")


def _saved_in(folder: Path) -> str:
    names = _saved_names(folder)
    return f"Saved in {folder}: {', '.join(names)}." if names else f"Nothing is saved in {folder}."


def _saved_names(folder: Path) -> list[str]:
    try:
        names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
        return [_with_count(folder / name) for name in names]
    except OSError:
        return []


def _with_count(path: Path) -> str:
    if path.name != "trials.jsonl":
        return path.name
    finished = path.read_bytes().count(b"\n")
    return f"{path.name} ({finished} finished {'trial' if finished == 1 else 'trials'})"


def _run_folder(path: Path) -> Path | None:
    """The folder with the manifest that `path` lies in (plots are one level down)."""
    return next((parent for parent in path.parents if (parent / "manifest.json").is_file()), None)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
