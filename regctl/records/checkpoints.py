"""`checkpoints/`: the state of chunks that are still training, for a resume. A finished run has no such folder.

One npz file for each state, by the chunk's name and the number of steps. Of each name the newest two stay, so that one
is whole whenever the process or the machine dies.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from regctl.records.arrays import Arrays, read_arrays, write_arrays
from regctl.records.files import saving

FOLDER = "checkpoints"
SECONDS = 60.0  # that a chunk trains between two states; a shorter training has none
KEPT = 2


class CheckpointFolder:
    """The states of a run's unfinished chunks. For the run's one writer."""

    def __init__(self, run: Path) -> None:
        self._folder, self.seconds = run / FOLDER, SECONDS

    def save(self, name: str, step: int, arrays: Arrays) -> None:
        """Save a chunk's state after so many steps; of those before it the newest one stays.

        Raises:
            StorageError: the disk refused.
        """
        path = self._folder / f"{name}-{step:012d}.npz"
        with saving(path):
            self._folder.mkdir(exist_ok=True)
        write_arrays(path, arrays)
        for old in self._of(name)[KEPT:]:
            _remove(old)

    def load(self) -> Iterator[tuple[str, Arrays]]:
        """Of each name the newest state that is whole, those of most steps first; what is not whole is removed."""
        known = set()
        for left in self._folder.glob(".*.tmp"):
            _remove(left)
        for path in self._newest_first():
            name = path.stem.rpartition("-")[0]
            if name in known:
                continue
            if (arrays := read_arrays(path)) is None:
                _remove(path)
            else:
                known.add(name)
                yield name, arrays

    def drop(self, name: str) -> None:
        """Remove a chunk's states. The folder stays: another chunk may be about to write into it."""
        for path in self._of(name):
            _remove(path)

    def clear(self) -> None:
        """Remove all of them, and the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _of(self, name: str) -> list[Path]:
        return [path for path in self._newest_first() if path.stem.rpartition("-")[0] == name]

    def _newest_first(self) -> list[Path]:
        with suppress(FileNotFoundError):
            paths = (self._folder / name for name in os.listdir(self._folder) if _step(name) is not None)
            return sorted(paths, key=lambda path: (-(_step(path.name) or 0), path.name))
        return []


def _step(name: str) -> int | None:
    stem, _, kind = name.partition(".")
    step = stem.rpartition("-")[2]
    return int(step) if kind == "npz" and step.isdigit() else None


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
