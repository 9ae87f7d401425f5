"""Where each value of a spec came from: its place in the file, or the override that set it."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from regctl.spec.overrides import Override
from regctl.spec.words import KeyPath, dotted
from regctl.spec.yaml_reader import Document

Origin: TypeAlias = Literal["default", "spec", "override"]
Order: TypeAlias = tuple[int, int, int]

LAST: Order = (2, 0, 0)


class Problem(NamedTuple):
    """A sentence about the spec. Problems sort by place: the file from its top, then overrides as given."""

    order: Order
    text: str


class Sources(NamedTuple):
    """A file, called `label` in messages; `data`, which is the file's with the overrides in their places."""

    label: str
    document: Document
    overrides: tuple[Override, ...]
    data: object

    def problem(self, path: KeyPath, sentence: str, at: KeyPath | None = None) -> Problem:
        """Say something about a key, at its own place or (a missing key) at that of its section."""
        at = path if at is None else at
        override = self._override(at)
        key = f" {dotted(path)}" if path and (override is None or override.path != path) else ""
        if override is not None:
            return Problem(self.order(at), f"{override.label}{key}: {sentence}")
        line, column = self._position(at)
        return Problem(self.order(at), f"{self.label}:{line}:{column}{key}: {sentence}")

    def order(self, at: KeyPath) -> Order:
        """Sort by this: where the key of a path stands."""
        override = self._override(at)
        return (0, *self._position(at)) if override is None else (1, self.overrides.index(override), 0)

    def written(self, path: KeyPath) -> str | None:
        """Give a number, boolean or null as it was written; None for anything else."""
        override = self._setter(path)
        if override is None:
            return self.document.written.get(path)
        return override.document.written.get(path[len(override.path) :])

    def origins(self, leaves: Iterable[KeyPath]) -> dict[str, Origin]:
        """Tell by dotted key whether the default, the file or an override gave each leaf its value."""
        return {dotted(path): self._origin(path) for path in leaves}

    def overridden(self, path: KeyPath) -> bool:
        """Whether an override gave the value at a path."""
        return self._setter(path) is not None

    def _origin(self, path: KeyPath) -> Origin:
        here = self.data
        for step in path:
            if not isinstance(here, dict) or step not in here:
                return "default"
            here = here[step]
        return "override" if self.overridden(path) else "spec"

    def _override(self, path: KeyPath) -> Override | None:
        """The override to name for a problem: the one that set the path, else the last below it."""
        parts = (o for o in reversed(self.overrides) if path and o.path[: len(path)] == path)
        return self._setter(path) or next(parts, None)

    def _setter(self, path: KeyPath) -> Override | None:
        return next((o for o in reversed(self.overrides) if path[: len(o.path)] == o.path), None)

    def _position(self, path: KeyPath) -> tuple[int, int]:
        while path not in self.document.positions:
            path = path[:-1]
        return self.document.positions[path]
