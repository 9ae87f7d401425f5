"""`search.json` and `search.jsonl`: what was searched, and every request of the tuner with what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from regctl.errors import UsageError
from regctl.records.files import plain, read_json, saving, write_json
from regctl.records.journal import append_lines, read_lines, replace_lines

FILE = "search.json"
JOURNAL = "search.jsonl"


@dataclass(frozen=True)
class Replica:
    """One replicate of a request: a trained model's numbers; NaN where it diverged."""

    seed: int
    fold: int | None
    status: Literal["done", "diverged"]
    train_loss: float
    validation_loss: float
    epochs: int
    validation_metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Searched:
    """A request of the tuner that was carried out: see `search.proposal.Proposal` for the first seven.

    `score` is the objective's mean over replicates and `spread` its standard deviation (n − 1; None of one replicate);
    both are None when it `failed`, and `reason` says why. `trained_epochs` counts the epochs of all replicates that
    this request alone cost; `seconds` is its share of its batch's training time. `batch` counts the tuner's batches.
    `retriable`: an error was the reason, and another attempt may do better; training that diverged does so again.
    """

    number: int
    values: Mapping[str, Any]
    epochs: int
    first_epoch: int
    continues: int | None
    bracket: int | None
    rung: int
    status: Literal["done", "failed"]
    score: float | None
    spread: float | None
    replicates: tuple[Replica, ...]
    batch: int
    seconds: float
    trained_epochs: int
    reason: str = ""
    retriable: bool = False


@dataclass(frozen=True)
class Compared:
    """Two settings retrained on the same fresh seeds, paired by validation row.

    `difference` is the winner's mean validation data loss less the other's, with a 95 % interval, None where there is
    none. `name` says what the other one is: "none" (the reference, without regularization) or "spec" (its own setting).
    """

    name: Literal["none", "spec"]
    values: Mapping[str, Any]
    loss: float
    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SearchRecord:
    """What a run of `tune` searched, and what it chose.

    `target` is what the command named; `space` has for each hyperparameter its values as text for people ("0 to 0.6",
    "32, 64, 96 or 128"), `space_kinds` how an axis is drawn: "linear", "log" or "choices". `totals` are the values of
    `--trials` so far, the last one valid. `best` is the number of the winning request, None before the end or when
    all failed; `compared` is then filled. `winner_loss` is its mean validation data loss on the fresh seeds.
    `oracle_seconds` were spent in Keras Tuner, `search_seconds` in all of the search. `retrained` is the number of the
    request whose setting the run's trials are of, once they are being trained.
    """

    target: Literal["dropout", "lambda", "model"]
    tuner: Literal["hyperband", "bayesian", "random", "grid"]
    why: str
    objective: str
    direction: Literal["min", "max"]
    space: Mapping[str, str]
    space_kinds: Mapping[str, Literal["linear", "log", "choices"]]
    totals: tuple[int, ...]
    max_epochs: int
    seeds: tuple[int, ...]
    fresh_seeds: tuple[int, ...] = ()
    best: int | None = None
    best_values: Mapping[str, Any] = field(default_factory=dict)
    winner_loss: float | None = None
    compared: tuple[Compared, ...] = ()
    oracle_seconds: float = 0.0
    search_seconds: float = 0.0
    retrained: int | None = None


def write_search(folder: Path, record: SearchRecord) -> None:
    """Replace `search.json`.

    Raises:
        StorageError: the disk refused.
    """
    write_json(folder / FILE, record)


def read_search(folder: Path) -> SearchRecord | None:
    """What `write_search` wrote; None where the run is none of `tune`.

    Raises:
        UsageError: the file is damaged.
    """
    if not (folder / FILE).is_file():
        return None
    found = read_json(folder / FILE)
    try:
        tuples = {name: tuple(found[name]) for name in ("totals", "seeds", "fresh_seeds")}
        return SearchRecord(
            **found | tuples | {"compared": tuple(Compared(**each) for each in found["compared"])}
        )
    except (KeyError, TypeError) as error:
        message = f"{folder / FILE}: expected a search as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error


def append_searched(folder: Path, batch: Sequence[Searched]) -> None:
    """Append one batch to `search.jsonl`: one write and one fsync.

    Raises:
        StorageError: the disk refused.
    """
    with saving(folder / JOURNAL):
        append_lines(folder / JOURNAL, [plain(each) for each in batch])


def rewrite_searched(folder: Path, searched: Sequence[Searched]) -> None:
    """Let `search.jsonl` hold these requests.

    Raises:
        StorageError: the disk refused.
    """
    replace_lines(folder / JOURNAL, [plain(each) for each in searched])


def read_searched(folder: Path) -> tuple[Searched, ...]:
    """Every request that was carried out, in order; empty when none was. A torn last line is dropped.

    Raises:
        UsageError: another line is damaged.
    """
    path = folder / JOURNAL
    found = []
    for number, values in enumerate(read_lines(path), start=1):
        try:
            found.append(_searched(values))
        except (KeyError, TypeError) as error:
            message = f"{path}:{number}: expected a request as regctl wrote it. Received: {error!r}."
            raise UsageError(message, "Restore the line, or move the file away.") from error
    return tuple(found)


def _searched(values: dict[str, Any]) -> Searched:
    return Searched(**values | {"replicates": tuple(_replica(each) for each in values["replicates"])})


def _replica(values: dict[str, Any]) -> Replica:
    losses = {name: _number(values[name]) for name in ("train_loss", "validation_loss")}
    metrics = {name: _number(value) for name, value in values["validation_metrics"].items()}
    return Replica(**values | losses | {"validation_metrics": metrics})


def _number(value: float | None) -> float:
    return float(np.nan) if value is None else float(value)
