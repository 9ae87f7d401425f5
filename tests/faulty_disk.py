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


@contextmanager
def faulty(disk: FaultyDisk) -> Iterator[FaultyDisk]:
    """The disk under everything that runs in the block."""
    real = {
        name: getattr(os, name) for name in ("open", "write", "close", "fsync", "mkdir", "unlink", "remove")
    }
    real |= {name: getattr(os, name) for name in ("rmdir", "symlink", "replace", "rename", "ftruncate")}
    open_ = builtins.open

    def below(path: Any, dir_fd: int | None = None) -> bool:
        return disk.holds(path if dir_fd is None else dir_fd)

    def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        ours = below(path, dir_fd)
        if ours:
            disk.meet("create" if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else "read", path)
        descriptor: int = real["open"](path, flags, mode, dir_fd=dir_fd)
        if ours:
            disk.descriptors[descriptor] = os.fsdecode(path)
        return descriptor

    def written(descriptor: int, data: Any) -> int:
        if descriptor in disk.descriptors and disk.meet("write", disk.descriptors[descriptor]):
            return int(real["write"](descriptor, bytes(data)[: max(1, len(data) // 2)]))
        return int(real["write"](descriptor, data))

    def closed(descriptor: int) -> None:
        disk.descriptors.pop(descriptor, None)
        real["close"](descriptor)

    def of_descriptor(name: str, operation: str) -> Callable[..., Any]:
        def call(descriptor: int, *others: Any) -> Any:
            if descriptor in disk.descriptors:
                disk.meet(operation, disk.descriptors[descriptor])
            return real[name](descriptor, *others)

        return call

    def of_path(name: str, operation: str, place: int = 0) -> Callable[..., Any]:
        def call(*paths: Any, **others: Any) -> Any:
            if below(paths[place], others.get("dir_fd")):
                disk.meet(operation, paths[place])
            return real[name](*paths, **others)

        return call

    def opened_file(file: Any, mode: str = "r", *others: Any, **named: Any) -> Any:
        if isinstance(file, int) or not disk.holds(file):
            return open_(file, mode, *others, **named)
        writes = any(letter in mode for letter in "wax+")
        disk.meet("create" if writes else "read", file)
        found = open_(file, mode, *others, **named)
        return _Handle(found, disk, file) if writes else found

    fakes = {"open": opened, "write": written, "close": closed, "fsync": of_descriptor("fsync", "fsync")}
    fakes |= {name: of_path(name, "unlink") for name in ("unlink", "remove")}
    fakes |= {name: of_path(name, name) for name in ("mkdir", "rmdir")}
    fakes |= {name: of_path(name, "rename", 1) for name in ("replace", "rename")}
    fakes |= {"symlink": of_path("symlink", "symlink", 1), "ftruncate": of_descriptor("ftruncate", "ftruncate")}
    _set(fakes, opened_file)
    try:
        yield disk
    finally:
        _set(real, open_)


def _set(functions: dict[str, Any], open_: Any) -> None:
    for name, function in functions.items():
        setattr(os, name, function)
    builtins.open = open_
    io.open = open_
