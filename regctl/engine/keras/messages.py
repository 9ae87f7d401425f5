"""What the Keras engine and its workers tell each other. Imports no TensorFlow: a worker reads this before anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from regctl.models.layers import Layer
from regctl.spec.training import Training
from regctl.types import EpochEnd, Loss, Trial, TrialResult


@dataclass(frozen=True)
class Recipe:
    """What the trials of a cohort have in common; `last_epoch` is None to the end of the training's epochs."""

    layers: tuple[Layer, ...]
    training: Training
    loss: Loss
    last_epoch: int | None = None

    @property
    def epochs(self) -> int:
        """How many of the training's epochs are trained."""
        return self.training.epochs if self.last_epoch is None else self.last_epoch


@dataclass(frozen=True)
class Job:
    """What a worker is started with; `folder` holds the arrays of the folds, `names` their columns.

    `device` is a choice that `device.use_device` takes.
    """

    recipe: Recipe
    folder: Path
    names: tuple[str, ...]
    device: str = "cpu"


@dataclass(frozen=True)
class Task:
    """A trial to train, and whether its weights are wanted."""

    trial: Trial
    keep_weights: bool


@dataclass(frozen=True)
class Done:
    """A trained trial, and the worker's resident memory in bytes."""

    result: TrialResult
    memory: int


@dataclass(frozen=True)
class Failed:
    """A trial that raised an error: its kind, what it said, and the traceback."""

    kind: str
    said: tuple[str, ...]
    traceback: str


@dataclass(frozen=True)
class Died:
    """A trial over which process after process died; what no worker says, but its crew of it."""

    said: str


Answer: TypeAlias = EpochEnd | Done | Failed
