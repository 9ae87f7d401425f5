"""Training progress on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from regctl.types import EpochEnd

if TYPE_CHECKING:
    from regctl.pipeline import Listener
    from regctl.steps.planning import Experiment

SECONDS_BETWEEN_LINES = 5.0


@dataclass
class Tally:
    """How far training is, in trial-epochs: an epoch of a chunk advances every trial in it."""

    trials: int = 0
    epochs: int = 0
    total: int = 0
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    finished_trials: int = 0
    best: float = float("inf")

    def start(self, experiment: "Experiment") -> None:
        """Sets out on what the experiment's plan trains."""
        exact, cohorts = experiment.engine.engine == "exact", experiment.plan.cohorts
        epochs = [1 if exact else each.epochs or experiment.spec.training.epochs for each in cohorts]
        self.trials = experiment.plan.trials
        self.epochs = epochs[0] if len(set(epochs)) == 1 and not exact else 0
        self.total = sum(each.trials * passes for each, passes in zip(cohorts, epochs, strict=True))
        self.began, self.done, self.finished_trials = time.monotonic(), 0, 0

    def add(self, event: EpochEnd) -> None:
        """Counts one epoch of one chunk."""
        self.done += event.trials
        self.best = min(self.best, event.best_validation_loss)
        if event.epoch == event.epochs:
            self.finished_trials += event.trials

    @property
    def epoch(self) -> str:
        """The epoch that trials have reached on average: chunks train beside each other and one after another.

        Empty for exact solutions, which have no epochs, and where trials differ in theirs.
        """
        return f"epoch {self.done // self.trials}/{self.epochs}, " if self.epochs else ""

    def seconds_left(self) -> float:
        """What remains at the speed so far."""
        return (time.monotonic() - self.began) * (self.total - self.done) / max(self.done, 1)


@contextmanager
def progress(experiment: "Experiment", quiet: bool) -> Iterator["Listener"]:
    """A listener that shows the trials, the epoch, the time left and the best validation loss so far."""
    from regctl.pipeline import Listener

    if quiet:
        yield Listener(lambda experiment, run: None, lambda event: None, lambda event: None)
    elif sys.stderr.isatty():
        with _bar(experiment) as listener:
            yield listener
    else:
        yield _lines(experiment)


def _lines(experiment: "Experiment") -> "Listener":
    from regctl.pipeline import Listener

    tally, last = Tally(), [0.0]

    def started(experiment: "Experiment", run: Path) -> None:
        tally.start(experiment)
        typer.echo(_opening(experiment, run), err=True)

    def epoch(event: EpochEnd) -> None:
        tally.add(event)
        now = time.monotonic()
        if now - last[0] >= SECONDS_BETWEEN_LINES or tally.done == tally.total:
            last[0] = now
            typer.echo(
                f"{tally.finished_trials} of {tally.trials} trials finished, {tally.epoch}"
                f"{duration(tally.seconds_left())} left, best validation loss {tally.best:.4f}",
                err=True,
            )

    def refit(event: EpochEnd) -> None:
        now = time.monotonic()
        if now - last[0] >= SECONDS_BETWEEN_LINES or event.epoch == event.epochs:
            last[0] = now
            typer.echo(_refit_text(event), err=True)

    return Listener(started, epoch, refit)


@contextmanager
def _bar(experiment: "Experiment") -> Iterator["Listener"]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from regctl.pipeline import Listener

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    tally = Tally()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting TensorFlow", total=None, detail="")

        def started(experiment: "Experiment", run: Path) -> None:
            tally.start(experiment)
            console.print(_opening(experiment, run), highlight=False, markup=False, soft_wrap=True)
            bar.update(task, description="compiling", total=tally.total, completed=0, detail="")

        def epoch(event: EpochEnd) -> None:
            tally.add(event)
            detail = (
                f"{tally.epoch}{duration(tally.seconds_left())} left, best validation loss {tally.best:.4f}"
            )
            described = f"{tally.finished_trials}/{tally.trials} trials"
            bar.update(task, completed=tally.done, description=described, detail=detail)

        def refit(event: EpochEnd) -> None:
            bar.update(
                task, completed=event.epoch, total=event.epochs, description=_refit_text(event), detail=""
            )

        yield Listener(started, epoch, refit)


def _opening(experiment: "Experiment", run: Path) -> str:
    chunks = sum(len(cohort.chunks) for cohort in experiment.plan.cohorts)
    pieces = "one program" if chunks == 1 else f"{chunks} chunks"
    if experiment.engine.engine == "exact":
        return f"{run}: solving {experiment.plan.trials} trials exactly"
    if experiment.engine.engine == "keras":
        return f"{run}: training {experiment.plan.trials} trials; {experiment.engine.why}"
    return f"{run}: training {experiment.plan.trials} trials in {pieces}"


def _refit_text(event: EpochEnd) -> str:
    return f"refit on all train and validation rows: epoch {event.epoch}/{event.epochs}"


def duration(seconds: float) -> str:
    """`5 s`, or `2 min 07 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
