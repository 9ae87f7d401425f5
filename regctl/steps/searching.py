"""A search: Keras Tuner proposes, regctl trains, and every request is journaled before anything says so.

A resume replays: the same tuner, told the same scores, asks for the same requests, and those in the journal are not
trained again. A continued rung whose weights are not in memory is trained from its beginning, to the same bits.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev

from regctl.errors import UsageError
from regctl.records.search_record import Replica, Searched, append_searched, read_searched, rewrite_searched
from regctl.records.trial_record import TrialRecord
from regctl.search.proposal import Proposal
from regctl.spec.resolved import with_values
from regctl.spec.search_space import frozen
from regctl.steps.engines import Engines
from regctl.steps.failing import Failures
from regctl.steps.search_plan import SearchPlan
from regctl.steps.trying import Attempt, Outcome, Workshop
from regctl.types import Failure

LEARNING = ("hyperband", "bayesian")  # what they ask for depends on scores


@dataclass
class Found:
    """What a search has come to: the requests by number, and seconds: in Keras Tuner, and in all."""

    searched: dict[int, Searched] = field(default_factory=dict)
    oracle_seconds: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Heard:
    """Who hears how a search goes.

    `batch` hears what is about to be trained, `searched` every request, also those that the journal held; `failures`
    what an error ended.
    """

    batch: Callable[[Sequence[Proposal]], None]
    searched: Callable[[Searched], None]
    failures: Failures


def search(
    plan: SearchPlan,
    folder: Path,
    engines: Engines,
    heard: Heard,
    into: Found,
    retry_failed: bool = False,
) -> None:
    """Carries out the search, batch by batch, and fills `into`; what its journal holds is not trained again.

    With `retry_failed`, requests that an error ended are, and what a tuner made of their failure.

    Raises:
        UsageError: the journal holds other requests than the tuner makes now.
        TrialError: a request failed, and `failures` are to end the run.
    """
    from regctl.search.oracles import Search  # imports Keras Tuner, and so TensorFlow

    if retry_failed:
        _forget_failed(plan, folder)
    into.searched |= {each.number: each for each in read_searched(folder)}
    before, in_oracle, began = into.seconds, into.oracle_seconds, time.perf_counter()
    tuner = Search(
        plan.tuner, plan.space, plan.totals, plan.max_epochs, plan.seed, plan.direction, folder / "tuner"
    )
    workshop, number = Workshop(plan.base, engines), 0
    while batch := tuner.ask():
        _check_replayed(batch, into.searched, folder)
        heard.batch(batch)
        for proposal in batch:
            if proposal.number in into.searched:
                heard.searched(into.searched[proposal.number])
        for outcomes in _trained(plan, workshop, batch, into.searched):
            _keep([_searched(plan, each, number) for each in outcomes], folder, heard, into)
            for failure in _failures(outcomes, heard.failures):
                heard.failures.count(failure)
        for proposal in batch:
            tuner.tell(proposal.number, into.searched[proposal.number].score)
        number += 1
        into.oracle_seconds = in_oracle + tuner.seconds
        into.seconds = before + time.perf_counter() - began
    workshop.let_go_of_all_but(())


def _trained(
    plan: SearchPlan, workshop: Workshop, batch: Sequence[Proposal], known: Mapping[int, Searched]
) -> Iterator[list[Outcome]]:
    """The requests of a batch that are not known yet, as they finish."""
    attempts = [_attempt(plan, workshop, proposal) for proposal in batch]
    return workshop.train([each for each in attempts if each.proposal.number not in known])


def _keep(finished: Sequence[Searched], folder: Path, heard: Heard, into: Found) -> None:
    append_searched(folder, finished)
    for found in finished:
        into.searched[found.number] = found
        heard.searched(found)


def _failures(outcomes: Sequence[Outcome], told: Failures) -> list[Failure]:
    """One failure for each reason of each request, written to the log."""
    found = [list({each.reason: each for each in outcome.lost.values()}.values()) for outcome in outcomes]
    failures = [failure for own in found for failure in own]
    for failure in failures:
        told.log(failure)
    return failures


def _forget_failed(plan: SearchPlan, folder: Path) -> None:
    """Leaves out of the journal what is to be tried again.

    A tuner that learns from scores has made something of a failure: what it asked for after that goes with it.
    """
    searched = read_searched(folder)
    failed = [each for each in searched if each.retriable]
    if not failed:
        return
    again, last = {each.number for each in failed}, min(each.batch for each in failed)
    learns = plan.tuner in LEARNING
    kept = [each for each in searched if each.number not in again and not (learns and each.batch > last)]
    rewrite_searched(folder, kept)


def _attempt(plan: SearchPlan, workshop: Workshop, proposal: Proposal) -> Attempt:
    spec = with_values(plan.base.spec, frozen(plan.base.spec, proposal.values))
    return workshop.attempt(proposal, spec)


def _check_replayed(batch: Sequence[Proposal], known: Mapping[int, Searched], folder: Path) -> None:
    for proposal in batch:
        if proposal.number in known:
            held = known[proposal.number]
            asked = (_plain(proposal.values), proposal.epochs, proposal.continues)
            if (_plain(held.values), held.epochs, held.continues) != asked:
                was, now = _told(held.values), _told(proposal.values)
                message = f"{folder}: request {proposal.number} was {was}, and is now {now}."
                raise UsageError(message, "Keras Tuner or the space has changed: start a new search.")


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _told(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _searched(plan: SearchPlan, outcome: Outcome, batch: int) -> Searched:
    proposal = outcome.attempt.proposal
    records = [outcome.records[trial.id] for trial in outcome.attempt.trials if trial.id in outcome.records]
    reason = outcome.reason or _divergence(records)
    scores = [objective_value(record, plan.objective) for record in records]
    if not reason and not all(map(math.isfinite, scores)):
        reason = f"{plan.objective} is not a finite number"
    return Searched(
        number=proposal.number,
        values=dict(proposal.values),
        epochs=proposal.epochs,
        first_epoch=proposal.first_epoch,
        continues=proposal.continues,
        bracket=proposal.bracket,
        rung=proposal.rung,
        status="failed" if reason else "done",
        score=None if reason else fmean(scores),
        spread=None if reason or len(scores) < 2 else stdev(scores),
        replicates=tuple(map(_replica, records)),
        batch=batch,
        seconds=round(outcome.seconds, 4),
        trained_epochs=outcome.trained_epochs,
        reason=reason,
        retriable=bool(outcome.lost),
    )


def objective_value(record: TrialRecord, objective: str) -> float:
    """What a trial scores: its validation data loss, or one of its validation metrics."""
    name = objective.removeprefix("validation_")
    return record.validation_loss if name == "loss" else record.validation_metrics[name]


def _divergence(records: Sequence[TrialRecord]) -> str:
    lost = [record for record in records if record.status == "diverged"]
    if not lost:
        return ""
    where = "" if lost[0].fold is None else f", fold {lost[0].fold}"
    others = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
    return f"diverged at epoch {lost[0].epochs} with seed {lost[0].seed}{where}{others}"


def _replica(record: TrialRecord) -> Replica:
    return Replica(
        seed=record.seed,
        fold=record.fold,
        status="diverged" if record.status == "diverged" else "done",
        train_loss=record.train_loss,
        validation_loss=record.validation_loss,
        epochs=record.epochs,
        validation_metrics=record.validation_metrics,
    )


def best_of(plan: SearchPlan, searched: Mapping[int, Searched]) -> Searched | None:
    """The request with the best score among those that were trained for all epochs; None when all of them failed.

    Fewer epochs are no fair comparison: the winner is retrained for all of them. Only where none came so far, the best
    of those that came furthest.
    """
    done = [each for each in searched.values() if each.score is not None]
    if not done:
        return None
    furthest = max(each.epochs for each in done)
    sign = 1 if plan.direction == "min" else -1
    ranked = [(sign * (each.score or 0.0), each.number) for each in done if each.epochs == furthest]
    return searched[min(ranked)[1]]
