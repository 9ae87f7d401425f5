"""What an engine keeps of unfinished work, for a process that goes on when this one was killed."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


class Checkpoints(Protocol):
    """A place for the state of unfinished chunks, each by a name; `seconds` is how long one trains between two saves.

    Chunks train in threads of their own, and each saves under its own name.
    """

    seconds: float

    def save(self, name: str, step: int, arrays: Arrays) -> None:
        """Keep a state after so many steps, wholly or not at all. Arrays have no objects in them."""

    def load(self) -> Iterator[tuple[str, Arrays]]:
        """Of each name the newest state that is whole; those of most steps first."""
        ...

    def drop(self, name: str) -> None:
        """Let a name go."""


class Nowhere:
    """Keeps nothing."""

    seconds = math.inf

    def save(self, name: str, step: int, arrays: Arrays) -> None:
        """Is never asked to."""

    def load(self) -> Iterator[tuple[str, Arrays]]:
        """Nothing."""
        return iter(())

    def drop(self, name: str) -> None:
        """There is nothing to let go."""
