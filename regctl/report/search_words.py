"""A search in sentences: what was asked, what it took, and how its winner compares. Knows nothing but the search."""

from collections.abc import Sequence

from regctl.records.search_record import Compared, Searched, SearchRecord
from regctl.report.hyperparameters import say_all, symbol, value_text
from regctl.report.numbers import count, number, with_error, with_interval
from regctl.report.searching import best_of, cost, finished, ladders

TUNERS = {
    "hyperband": "Hyperband",
    "bayesian": "Bayesian optimization",
    "random": "random search",
    "grid": "a grid search",
}
OTHERS = {"none": "no regularization", "spec": "the spec's own setting"}
_NO_DIFFERENCE = "no difference shown"


def tuned(record: SearchRecord) -> str:
    """What the search varied: `dropout`, `λ`, or all that the space of a `model` has."""
    if record.target != "model":
        return symbol(record.target)
    return ", ".join(symbol(name) for name in record.space)


def asked(record: SearchRecord) -> str:
    """`Tune dropout: 20 settings × 3 seeds with Hyperband`."""
    total = count(record.totals[-1], "setting") if record.totals else "no settings"
    return f"Tune {tuned(record)}: {total} × {count(len(record.seeds), 'seed')} with {TUNERS[record.tuner]}"


def so_far(record: SearchRecord, searched: Sequence[Searched]) -> str:
    """`13 of 20 settings tried so far`."""
    total = record.totals[-1] if record.totals else 0
    return f"{len(ladders(searched)):,} of {count(total, 'setting')} tried so far"


def continuing(record: SearchRecord, run: str) -> str:
    """The command that goes on with a search; `run` is quoted for a shell."""
    return f"regctl tune {record.target} --resume {run}"


def best(record: SearchRecord, searched: Sequence[Searched]) -> str:
    """`Best of 20 settings: dropout 0.31.`, and its score in the search."""
    tried = count(len(ladders(searched)), "setting")
    found = best_of(record, searched)
    if found is None or found.score is None:
        return f"None of {tried} has a score: each failed." if searched else "Nothing has been tried yet."
    over = "" if found.spread is None else f", mean of {_replicates(found)} ± one standard deviation"
    score = with_error(found.score, found.spread)
    epochs = "" if solved(searched) else f", {count(found.epochs, 'epoch')}"
    name = "Best" if record.best is not None else "Best so far"
    return (
        f"{name} of {tried}: {say_all(found.values)} ({record.objective.replace('_', ' ')} in the search: "
        f"{score}{over}{epochs})."
    )


def solved(searched: Sequence[Searched]) -> bool:
    """Whether the settings are exact solutions, which take no epochs."""
    replicas = [replica for each in searched for replica in each.replicates]
    return bool(replicas) and not any(replica.epochs for replica in replicas)


def _replicates(found: Searched) -> str:
    """`3 seeds`, `5 folds`, or `3 seeds × 5 folds`."""
    seeds = {each.seed for each in found.replicates}
    folds = {each.fold for each in found.replicates} - {None}
    texts = [count(len(seeds), "seed")] if len(seeds) > 1 or not folds else []
    return " × ".join([*texts, *([count(len(folds), "fold")] if folds else [])])


def comparisons(record: SearchRecord, unit: str = "") -> tuple[str, ...]:
    """The winner on fresh seeds, and against each of the others: `validation loss −0.021 [−0.034, −0.008]`."""
    if record.winner_loss is None:
        return ()
    fresh = count(len(record.fresh_seeds), "fresh seed")
    others = " and ".join(OTHERS[each.name] for each in record.compared)
    beside = f", beside {others}" if others else ""
    texts = [f"Retrained on {fresh}{beside}, its validation data loss is {number(record.winner_loss)}{unit}."]
    # One hyperparameter or two are said again; a longer list stands above.
    winner = say_all(record.best_values) if len(record.best_values) <= 2 else "the best setting"
    for each in record.compared:
        text = f"{winner} against {OTHERS[each.name]}{_unlike(record, each)}: validation loss"
        shown = with_interval(each.difference, each.low, each.high)
        said = verdict(each)
        texts.append(f"{text} {shown}{unit}{': ' + said if said else ''}.")
    return tuple(f"{text[:1].upper()}{text[1:]}" if not text.startswith("λ") else text for text in texts)


def verdict(each: Compared) -> str:
    """Whether an interval shows a difference; empty where there is none."""
    if each.low is None or each.high is None:
        return ""
    if each.low <= 0 <= each.high:
        return _NO_DIFFERENCE
    return "lower loss" if each.high < 0 else "higher loss"


def why(record: SearchRecord, searched: Sequence[Searched]) -> str:
    """Which tuner decided, and why that one."""
    end = "" if record.why.endswith(".") else "."
    direction = {"min": "lowest", "max": "highest"}[record.direction]
    name = TUNERS[record.tuner]
    most = max((each for each in searched), key=lambda each: len(each.replicates), default=None)
    over = "" if most is None or not most.replicates else f", mean over {_replicates(most)}"
    epochs = "" if solved(searched) else f", after {count(record.max_epochs, 'epoch')} at most"
    return (
        f"Keras Tuner's {name.removeprefix('a ')} decides ({record.why.rstrip('.')}){end} Objective: the {direction} "
        f"{record.objective.replace('_', ' ')}{over}{epochs}."
    )


def effort(record: SearchRecord, searched: Sequence[Searched]) -> str:
    """What the search cost: settings, requests, epochs and seconds, of which in Keras Tuner."""
    found = cost(record, searched)
    requests = (
        f" in {count(found.requests, 'request')} of the tuner" if found.requests != found.settings else ""
    )
    failed = f", {found.failed:,} failed" if found.failed else ""
    share = f" ({100 * found.oracle_seconds / found.search_seconds:.1f} %)" if found.search_seconds else ""
    work = "" if solved(searched) else f" {count(found.epochs, 'epoch')} trained, replicates counted;"
    return (
        f"The search: {count(found.settings, 'setting')}{requests}{failed};{work} "
        f"{number(found.search_seconds, 1)} s, of which {number(found.oracle_seconds, 2)} s{share} "
        "in Keras Tuner."
    )


def failures(searched: Sequence[Searched]) -> tuple[str, ...]:
    """The requests that failed, each with its values and its reason."""
    lost = [each for each in searched if not finished([each])]
    return tuple(
        f"request {each.number} ({say_all(each.values)}): {each.reason or 'no reason recorded'}"
        for each in lost
    )


def values_of(values: Sequence[str], each: Searched | Compared) -> tuple[str, ...]:
    """A row's cells: the value of each hyperparameter."""
    return tuple(value_text(each.values.get(name)) for name in values)


def _unlike(record: SearchRecord, each: Compared) -> str:
    """The values of the spec's own setting; no regularization says what it is by its name."""
    named = {name: value for name, value in each.values.items() if name in record.space}
    return f" ({say_all(named)})" if each.name == "spec" and named else ""
