"""A disk that fails: the k-th file operation below a folder, and where it lasts those behind it, ends in an error.

The shim lies below all of our code, where Python calls the operating system: `os.open`, `os.write`, …, and the handles
of `open`. What is below the folder is told by path, and by the descriptors that were opened there.
"""

import builtins
import errno
import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CREATING = {"create", "write", "fsync", "mkdir", "symlink", "rename", "close"}
NAMING = {"read", "create", "mkdir", "symlink", "rename", "unlink", "rmdir"}


_RANDOM = re.compile(r"[0-9a-f]{8,32}|\d{4}-\d\d-\d\dT[\d-]+Z")


# By name: what they do, and which argument is the path that it is done to.
_OF_PATHS = {
    "mkdir": ("mkdir", 0),
    "rmdir": ("rmdir", 0),
    "unlink": ("unlink", 0),
    "remove": ("unlink", 0),
    "symlink": ("symlink", 1),
    "replace": ("rename", 1),
    "rename": ("rename", 1),
}


@dataclass(frozen=True)
class Kind:
    """How a disk fails, which operations can meet that, and whether it lasts.

    A `short` write takes half of its bytes, and the one that goes on with the rest fails.
    """

    name: str
    number: int
    meets: frozenset[str]
    lasting: bool
    short: bool = False


FULL = Kind("ENOSPC", errno.ENOSPC, frozenset(CREATING), lasting=True)
ONCE_FULL = Kind("ENOSPC once", errno.ENOSPC, frozenset(CREATING), lasting=False)
SHORT = Kind("short write", errno.ENOSPC, frozenset({"write"}), lasting=True, short=True)
BROKEN = Kind("EIO", errno.EIO, frozenset(CREATING | NAMING), lasting=True)
HICCUP = Kind("EIO once", errno.EIO, frozenset(CREATING | NAMING), lasting=False)
DENIED = Kind("EACCES", errno.EACCES, frozenset(NAMING), lasting=True)
DENIED_ONCE = Kind("EACCES once", errno.EACCES, frozenset(NAMING), lasting=False)
KINDS = (FULL, ONCE_FULL, SHORT, BROKEN, HICCUP, DENIED, DENIED_ONCE)


@dataclass
class FaultyDisk:
    """Counts the operations that `kind` can meet below `root`, and lets the one numbered `k` fail (from 1; 0: none)."""

    root: Path
    kind: Kind
    k: int = 0
    count: int = 0
    log: list[str] = field(default_factory=list)
    descriptors: dict[int, str] = field(default_factory=dict)

    def holds(self, path: Any) -> bool:
        """Whether a path lies below the folder."""
        if isinstance(path, int):
            return path in self.descriptors
        try:
            return os.path.abspath(os.fsdecode(path)).startswith(f"{self.root}{os.sep}")
        except TypeError:
            return False

    @property
    def failed(self) -> str:
        """The operation that failed first."""
        return self.log[self.k - 1] if 0 < self.k <= self.count else "nothing"

    def places(self) -> list[int]:
        """Numbers of operations that differ: of the same one on the same file again and again, the first and last."""
        last = {operation: number for number, operation in enumerate(self.log, start=1)}
        first = {operation: self.log.index(operation) + 1 for operation in last}
        return sorted({*first.values(), *last.values()})

    def meet(self, operation: str, path: Any) -> bool:
        """Count an operation; fail it, or say that it is to be short."""
        if operation not in self.kind.meets:
            return False
        self.count += 1
        self.log.append(f"{operation} {_RANDOM.sub('', os.path.basename(os.fsdecode(path)))}")
        if not self.k or self.count < self.k or (self.count > self.k and not self.kind.lasting):
            return False
        if self.kind.short and self.count == self.k:
            return True
        named = None if isinstance(path, int) or operation in ("write", "fsync", "close") else os.fspath(path)
        raise OSError(self.kind.number, os.strerror(self.kind.number), named)


class _Handle:
    """What `open` gave for writing, whose writes and closing can fail."""

    def __init__(self, file: Any, disk: FaultyDisk, path: Any) -> None:
        self._file, self._disk, self._path = file, disk, path

    def write(self, data: Any) -> int:
        if self._disk.meet("write", self._path):
            self._file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as a buffered file's write ends
        return int(self._file.write(data))

    def close(self) -> None:
        was_closed = self._file.closed
        self._file.close()
        if not was_closed:
            self._disk.meet("close", self._path)

    def __enter__(self) -> "_Handle":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _System:
    """The operating system's functions, with the disk in front of them."""

    def __init__(self, disk: FaultyDisk) -> None:
        self.disk = disk
        self.real = {name: getattr(os, name) for name in ("open", "write", "close", "fsync", *_OF_PATHS)}
        self.open_file = builtins.open

    def fakes(self) -> dict[str, Callable[..., Any]]:
        """By name, what stands in for each."""
        paths = {name: self._of_path(name, *how) for name, how in _OF_PATHS.items()}
        return {"open": self.open, "write": self.write, "close": self.close, "fsync": self.fsync, **paths}

    def _below(self, path: Any, dir_fd: int | None) -> bool:
        return self.disk.holds(path if dir_fd is None else dir_fd)

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        ours = self._below(path, dir_fd)
        if ours:
            self.disk.meet("create" if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else "read", path)
        descriptor: int = self.real["open"](path, flags, mode, dir_fd=dir_fd)
        if ours:
            self.disk.descriptors[descriptor] = os.fsdecode(path)
        return descriptor

    def write(self, descriptor: int, data: Any) -> int:
        known = self.disk.descriptors
        if descriptor in known and self.disk.meet("write", known[descriptor]):
            data = bytes(data)[: max(1, len(data) // 2)]
        return int(self.real["write"](descriptor, data))

    def close(self, descriptor: int) -> None:
        self.disk.descriptors.pop(descriptor, None)
        self.real["close"](descriptor)

    def fsync(self, descriptor: int) -> None:
        if descriptor in self.disk.descriptors:
            self.disk.meet("fsync", self.disk.descriptors[descriptor])
        self.real["fsync"](descriptor)

    def file(self, file: Any, mode: str = "r", *others: Any, **named: Any) -> Any:
        """In place of the built-in `open`."""
        if isinstance(file, int) or not self.disk.holds(file):
            return self.open_file(file, mode, *others, **named)
        writes = any(letter in mode for letter in "wax+")
        self.disk.meet("create" if writes else "read", file)
        found = self.open_file(file, mode, *others, **named)
        return _Handle(found, self.disk, file) if writes else found

    def _of_path(self, name: str, operation: str, place: int) -> Callable[..., Any]:
        def call(*paths: Any, **others: Any) -> Any:
            if self._below(paths[place], others.get("dir_fd")):
                self.disk.meet(operation, paths[place])
            return self.real[name](*paths, **others)

        return call


@contextmanager
def faulty(disk: FaultyDisk) -> Iterator[FaultyDisk]:
    """The disk under everything that runs in the block."""
    system = _System(disk)
    _set(system.fakes(), system.file)
    try:
        yield disk
    finally:
        _set(system.real, system.open_file)


def _set(functions: dict[str, Any], open_: Any) -> None:
    for name, function in functions.items():
        setattr(os, name, function)
    builtins.open = open_
    io.open = open_
