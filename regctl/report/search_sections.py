"""The sections of a report that a search adds."""

from regctl.records.search_record import SearchRecord
from regctl.report import search_words
from regctl.report.blocks import Block, Items, Paragraph, Section, Table
from regctl.report.hyperparameters import say_all, symbol, value_text
from regctl.report.model import Report
from regctl.report.numbers import number, with_error, with_interval
from regctl.report.searching import best_of, ranked
from regctl.report.wording import is_exact

MOST_ROWS = 10
MOST_COLUMNS = 3  # hyperparameters beside each other: a terminal has 80 characters
_MOST_FAILURES = 20


def search_sections(report: Report) -> tuple[Section, ...]:
    """Space and cost, the comparison, the best settings, what failed; () of a run that searched nothing."""
    record = report.search
    if record is None:
        return ()
    return (
        Section("The search", _search(report, record)),
        Section("Against other settings", _comparison(report, record)),
        Section("Best settings", _top(report, record)),
        Section("Failed", _failures(report)),
    )


def _search(report: Report, record: SearchRecord) -> tuple[Block, ...]:
    best = best_of(record, report.searched)
    rows = tuple(
        (symbol(name), values, "" if best is None else value_text(best.values.get(name)))
        for name, values in record.space.items()
    )
    table = Table(("hyperparameter", "searched", "best"), rows, left=frozenset({0, 1}))
    texts = (search_words.why(record, report.searched), search_words.effort(record, report.searched))
    return (table, *(Paragraph(text) for text in texts))


def _comparison(report: Report, record: SearchRecord) -> tuple[Block, ...]:
    if not record.compared or record.winner_loss is None:
        return ()
    rows = [("winner", number(record.winner_loss), "", "")]
    for each in record.compared:
        shown = with_interval(each.difference, each.low, each.high)
        own = {"none": "no regularization", "spec": "the spec's own"}[each.name]
        rows.append((own, number(each.loss), shown, search_words.verdict(each)))
    header = ("setting", "validation loss", "winner − it", "")
    left = frozenset({0, len(header) - 1})
    seeds = ", ".join(map(str, record.fresh_seeds))
    note = (
        f"Each is retrained on the same fresh seeds ({seeds}), which the search has not seen. Differences are of data "
        "losses, paired by validation row, with 95 % intervals; these rows are those that the search chose by."
    )
    if all(each.name != "spec" for each in record.compared):
        note += " The spec's own setting is one of them."
    if len(record.fresh_seeds) == 1 and not is_exact(report):
        note += " One seed says nothing of how much seeds differ: the intervals are too narrow."
    return (Table(header, tuple(rows), left=left), Paragraph(note))


def _top(report: Report, record: SearchRecord) -> tuple[Block, ...]:
    settings = ranked(record, report.searched)
    if not settings:
        return ()
    names, together = tuple(record.space), len(record.space) > MOST_COLUMNS
    exact = search_words.solved(report.searched)
    rows = tuple(
        (
            str(place),
            with_error(each.score or 0.0, each.spread),
            *((say_all(each.values),) if together else search_words.values_of(names, each)),
            "–" if exact else f"{each.epochs:,}",
            str(each.number),
        )
        for place, each in enumerate(settings[:MOST_ROWS], start=1)
    )
    objective = record.objective.replace("_", " ")
    values = ("setting",) if together else tuple(symbol(name) for name in names)
    header = ("", f"{objective} ± sd", *values, "epochs", "request")
    more = len(settings) - MOST_ROWS
    rest = (Paragraph(f"{more:,} more are in search.csv, a row for each request."),) if more > 0 else ()
    return (Table(header, rows, left=frozenset({2} if together else ())), *rest)


def _failures(report: Report) -> tuple[Block, ...]:
    texts = search_words.failures(report.searched)
    more = len(texts) - _MOST_FAILURES
    shown = texts[:_MOST_FAILURES] + ((f"and {more:,} more: see search.csv",) if more > 0 else ())
    return (Items(shown),) if texts else ()
