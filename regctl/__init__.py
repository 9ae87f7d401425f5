"""Regularization experiments for Keras: the whole grid trains as one program.

From Python: `regctl.sweep("lambda", "spec.yaml")`, `regctl.train("spec.yaml")`,
`regctl.tune("dropout", "spec.yaml", trials=20)`, `regctl.resume("runs/latest")` and `regctl.open_run("runs/latest")`.
They are imported when they are asked for, so that a command that needs none of them starts at once.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regctl.door.resuming import resume
    from regctl.door.run import Run, open_run
    from regctl.door.training import sweep, train
    from regctl.door.tuning import tune

__version__ = "0.1.0"
__all__ = ["Run", "open_run", "resume", "sweep", "train", "tune"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'regctl' has no attribute {name!r}")
    from importlib import import_module

    rooms = {"resume": "resuming", "sweep": "training", "train": "training", "tune": "tuning"}
    return getattr(import_module(f"regctl.door.{rooms.get(name, 'run')}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
