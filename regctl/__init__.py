"""Regularization experiments for Keras: the whole grid trains as one program.

From Python: `regctl.sweep("lambda", "spec.yaml")`, `regctl.train("spec.yaml")` and `regctl.open_run("runs/latest")`.
They are imported when they are asked for, so that a command that needs none of them starts at once.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regctl.door.run import Run, open_run
    from regctl.door.training import sweep, train

__version__ = "0.1.0"
__all__ = ["Run", "open_run", "sweep", "train"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'regctl' has no attribute {name!r}")
    from regctl.door import run, training

    return getattr(run, name, None) or getattr(training, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
