"""The sections of a report that a search adds."""

from regctl.records.search_record import SearchRecord
from regctl.report import search_words
from regctl.report.blocks import Block, Items, Paragraph, Section, Table
from regctl.report.hyperparameters import symbol, value_text
from regctl.report.model import Report
from regctl.report.numbers import number, with_error, with_interval
from regctl.report.searching import best_of, ranked

MOST_ROWS = 10
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
    texts = (search_words.why(record), search_words.effort(record, report.searched))
    return (table, *(Paragraph(text) for text in texts))


def _comparison(report: Report, record: SearchRecord) -> tuple[Block, ...]:
    if not record.compared or record.winner_loss is None:
        return ()
    names = tuple(record.space)
    winner = ("winner", *(value_text(record.best_values.get(name)) for name in names))
    rows = [(*winner, number(record.winner_loss), "", "")]
    for each in record.compared:
        cells = search_words.values_of(names, each)
        shown = with_interval(each.difference, each.low, each.high)
        own = {"none": "no regularization", "spec": "the spec's own"}[each.name]
        rows.append((own, *cells, number(each.loss), shown, search_words.verdict(each)))
    header = ("setting", *(symbol(name) for name in names), "validation loss", "winner − it", "")
    left = frozenset({0, len(header) - 1})
    seeds = ", ".join(map(str, record.fresh_seeds))
    note = (
        f"Each is retrained on the same fresh seeds ({seeds}), which the search has not seen. Differences are of data "
        "losses, paired by validation row, with 95 % intervals; these rows are those that the search chose by."
    )
    if all(each.name != "spec" for each in record.compared):
        note += " The spec's own setting is one of them."
    return (Table(header, tuple(rows), left=left), Paragraph(note))


def _top(report: Report, record: SearchRecord) -> tuple[Block, ...]:
    settings = ranked(record, report.searched)
    if not settings:
        return ()
    names = tuple(record.space)
    rows = tuple(
        (
            str(place),
            with_error(each.score or 0.0, each.spread),
            *search_words.values_of(names, each),
            f"{each.epochs:,}",
            str(each.number),
        )
        for place, each in enumerate(settings[:MOST_ROWS], start=1)
    )
    objective = record.objective.replace("_", " ")
    header = ("", f"{objective} ± sd", *(symbol(name) for name in names), "epochs", "request")
    more = len(settings) - MOST_ROWS
    rest = (Paragraph(f"{more:,} more are in search.csv, a row for each request."),) if more > 0 else ()
    return (Table(header, rows, left=frozenset()), *rest)


def _failures(report: Report) -> tuple[Block, ...]:
    texts = search_words.failures(report.searched)
    more = len(texts) - _MOST_FAILURES
    shown = texts[:_MOST_FAILURES] + ((f"and {more:,} more: see search.csv",) if more > 0 else ())
    return (Items(shown),) if texts else ()
