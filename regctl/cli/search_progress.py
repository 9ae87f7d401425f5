"""A search's progress on stderr: what it will do, settings done and in flight, the best so far, the time left."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from regctl.cli.progress import SECONDS_BETWEEN_LINES, duration
from regctl.types import EpochEnd

if TYPE_CHECKING:
    from regctl.pipeline import TuneListener
    from regctl.records.search_record import Searched
    from regctl.search.proposal import Proposal
    from regctl.steps.search_plan import SearchPlan


def announce(plan: "SearchPlan", run: Path | None) -> None:
    """Says what will be searched, and how, before anything starts."""
    lines = [*plan.notes, f"tuner: {plan.tuner} ({plan.why})"]
    lines += [f"space: {name} {values}" for name, values in plan.described.items()]
    lines += [] if run is None else [f"going on with {run}, to {plan.totals[-1]} settings in all"]
    for line in lines:
        typer.echo(f"note: {line}", err=True)


@dataclass
class Tally:
    """How far a search is, in epochs of single models; settings are counted once, whatever their rungs."""

    plan: "SearchPlan"
    began: float = 0.0
    done: int = 0
    settings: int = 0
    in_flight: int = 0
    failed: int = 0
    best_epochs: int = 0
    best: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def batch(self, batch: "Sequence[Proposal]") -> None:
        """Counts a batch as in flight."""
        self.in_flight = len(batch)

    def epoch(self, event: EpochEnd) -> None:
        """Counts one epoch of one chunk; what was compiled before the first one says nothing of the speed."""
        self.began = self.began or time.monotonic()
        self.done += event.trials

    def searched(self, found: "Searched") -> None:
        """Counts a request that has ended, and keeps the best of those that were trained longest."""
        self.in_flight -= 1
        self.settings += found.continues is None
        self.failed += found.status == "failed"
        sign = 1 if self.plan.direction == "min" else -1
        if found.score is None or found.epochs < self.best_epochs:
            return
        if self.best is None or found.epochs > self.best_epochs or sign * found.score < sign * self.best:
            self.best_epochs, self.best, self.values = found.epochs, found.score, found.values

    @property
    def text(self) -> str:
        """`12 of 20 settings trained, 8 in flight, best validation loss 0.0712 (dropout 0.31), 5 s left`."""
        parts = [
            f"{self.settings} of {self.plan.totals[-1]} settings trained",
            f"{max(0, self.in_flight)} in flight",
        ]
        parts += [f"{self.failed} failed"] if self.failed else []
        if self.best is not None:
            objective = self.plan.objective.replace("_", " ")
            parts.append(f"best {objective} {self.best:.4f} ({told(self.values)})")
        return ", ".join([*parts, f"{duration(self.seconds_left())} left"])

    def seconds_left(self) -> float:
        """What remains at the speed so far."""
        left = max(0, self.plan.epochs_in_all - self.done)
        return (time.monotonic() - self.began) * left / max(self.done, 1)


def told(values: Mapping[str, Any]) -> str:
    """A setting's values for people: `dropout 0.31, units 64`."""
    return ", ".join(f"{name} {_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@contextmanager
def search_progress(plan: "SearchPlan", quiet: bool) -> "Iterator[TuneListener]":
    """A listener that shows how the search goes, and after it the retraining."""
    from regctl.pipeline import TuneListener

    if quiet:
        yield TuneListener()
    elif sys.stderr.isatty():
        with _bar(plan) as listener:
            yield listener
    else:
        yield _lines(plan)


def _lines(plan: "SearchPlan") -> "TuneListener":
    last = [0.0]

    def say(text: str, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - last[0] >= SECONDS_BETWEEN_LINES:
            last[0] = now
            typer.echo(text, err=True)

    return _listener(plan, say, lambda done, total: None)


@contextmanager
def _bar(plan: "SearchPlan") -> "Iterator[TuneListener]":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting TensorFlow", total=None)

        def say(text: str, at_once: bool = False) -> None:
            bar.update(task, description=text.replace("[", r"\["))

        yield _listener(plan, say, lambda done, total: bar.update(task, completed=done, total=total))


def _listener(
    plan: "SearchPlan", say: Callable[..., None], move: Callable[[int, int], None]
) -> "TuneListener":
    from regctl.pipeline import TuneListener

    tally = Tally(plan)

    def started(run: Path) -> None:
        total = plan.totals[-1]
        say(f"{run}: searching {total} {'setting' if total == 1 else 'settings'}", at_once=True)

    def epoch(event: EpochEnd) -> None:
        tally.epoch(event)
        move(tally.done, plan.epochs_in_all)
        say(tally.text)

    def searched(found: "Searched") -> None:
        tally.searched(found)
        say(tally.text)

    def retraining(event: EpochEnd) -> None:
        say(
            f"the best setting on fresh seeds: epoch {event.epoch}/{event.epochs}",
            event.epoch == event.epochs,
        )

    return TuneListener(started, tally.batch, searched, epoch, retraining)
