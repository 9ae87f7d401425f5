"""Checkpoints in memory, and processes that die over them."""

from collections.abc import Callable


class Death(BaseException):
    """As near to SIGKILL as a thread can come to it: nothing of the engine's handles it."""


class Store:
    """Keeps the newest state of each name; dies at the save of number `dies_at`, once that is there."""

    def __init__(self, seconds: float = 0.0, dies_at: int | None = None) -> None:
        self.seconds, self.dies_at = seconds, dies_at
        self.states: dict[str, tuple[int, dict]] = {}
        self.saves: list[tuple[str, int]] = []
        self.on_save: Callable[[dict], None] = lambda arrays: None

    def save(self, name, step, arrays):
        assert not any(array.dtype.hasobject for array in arrays.values())
        self.states[name] = step, {key: array.copy() for key, array in arrays.items()}
        self.saves.append((name, step))
        self.on_save(arrays)
        if len(self.saves) == self.dies_at:
            raise Death

    def load(self):
        newest = sorted(self.states.items(), key=lambda each: -each[1][0])
        return iter([(name, arrays) for name, (_, arrays) in newest])

    def drop(self, name):
        del self.states[name]
