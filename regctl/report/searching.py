"""What follows from the requests of a search: settings with their rungs, the best one, and its cost."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regctl.records.search_record import Searched, SearchRecord


@dataclass(frozen=True)
class Cost:
    """Of a search: settings, requests, epochs of all replicates, and seconds in all and in Keras Tuner."""

    settings: int
    requests: int
    failed: int
    epochs: int
    search_seconds: float
    oracle_seconds: float


def cost(record: SearchRecord, searched: Sequence[Searched]) -> Cost:
    """What the search took so far; its own clock, or before the end that of the batches."""
    return Cost(
        settings=len(ladders(searched)),
        requests=len(searched),
        failed=sum(each.score is None for each in searched),
        epochs=sum(each.trained_epochs for each in searched),
        search_seconds=record.search_seconds or sum(each.seconds for each in searched),
        oracle_seconds=record.oracle_seconds,
    )


def ladders(searched: Sequence[Searched]) -> tuple[tuple[Searched, ...], ...]:
    """Each setting's requests, from its first to the last rung that it was continued to; by first number."""
    found: dict[int, list[Searched]] = {}
    first: dict[int, int] = {}
    for each in sorted(searched, key=lambda request: request.number):
        known = each.continues is not None and each.continues in first
        first[each.number] = first[each.continues] if known and each.continues is not None else each.number
        found.setdefault(first[each.number], []).append(each)
    return tuple(tuple(ladder) for ladder in found.values())


def finished(searched: Iterable[Searched]) -> tuple[Searched, ...]:
    """Those that have a score."""
    return tuple(each for each in searched if each.score is not None and math.isfinite(each.score))


def most_epochs(searched: Sequence[Searched]) -> int:
    """The epochs of the last rung that some setting reached; 0 where none has a score."""
    return max((each.epochs for each in finished(searched)), default=0)


def badness(record: SearchRecord, score: float | None) -> float:
    """Scores sort by it, the best first and failures last."""
    if score is None or not math.isfinite(score):
        return math.inf
    return score if record.direction == "min" else -score


def best_of(record: SearchRecord, searched: Sequence[Searched]) -> Searched | None:
    """The winner, or before the end the best so far; None where all failed."""
    chosen = next((each for each in searched if each.number == record.best), None)
    found = finished(searched)
    return chosen or min(found, key=lambda each: badness(record, each.score), default=None)


def ranked(record: SearchRecord, searched: Sequence[Searched]) -> tuple[Searched, ...]:
    """Each setting by its best request, the best setting first; settings that failed are left out."""
    winner = best_of(record, searched)
    best = (best_of(record, ladder) for ladder in ladders(searched))
    found = [each for each in best if each is not None]
    return tuple(sorted(found, key=lambda each: (each is not winner, badness(record, each.score))))


def running_best(record: SearchRecord, searched: Sequence[Searched]) -> tuple[tuple[int, float], ...]:
    """(number, best score so far) of the requests in order, from the first that has a score."""
    found: list[tuple[int, float]] = []
    for each in sorted(searched, key=lambda request: request.number):
        so_far = [found[-1][1]] if found else []
        known = [each.score] if each.score is not None and finished([each]) else []
        if so_far or known:
            found.append((each.number, min([*so_far, *known], key=lambda score: badness(record, score))))
    return tuple(found)
