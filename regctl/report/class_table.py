"""How each class fares under the selected setting: recall, precision, and the accuracy with its interval."""

from regctl.analysis.confusion import class_report
from regctl.records.confusion import FILE, read_confusion
from regctl.report.blocks import Block, Paragraph, Table
from regctl.report.cutting import cut
from regctl.report.model import Report
from regctl.report.numbers import number, with_interval
from regctl.types import Interval

MOST_LETTERS = 60  # of a class's name; confusion.csv has them whole


def class_table(report: Report) -> tuple[Block, ...]:
    """From the counts of the selected setting's first seed on validation rows; nothing for a regression."""
    classes = report.data.target.classes
    if not classes or not (report.run / FILE).is_file():
        return ()
    found = class_report(read_confusion(report.run, classes))
    rows = tuple(
        (cut(name, MOST_LETTERS), f"{count:,}", _share(recall), _share(precision))
        for name, count, recall, precision in zip(
            classes, found.support.tolist(), found.recall, found.precision, strict=True
        )
    )
    table = Table((cut(report.data.target.name, MOST_LETTERS), "rows", "recall", "precision"), rows)
    return (Paragraph(_accuracy(report, int(found.support.sum()), found.accuracy)), table)


def _accuracy(report: Report, rows: int, accuracy: Interval) -> str:
    part = "validation rows" if report.spec.k_fold is None else "out-of-fold rows"
    together = report.spec.split.group is not None or report.spec.split.time is not None
    doubt = ", too narrow where rows come in groups or in order of time" if together else ""
    share = with_interval(accuracy.value, accuracy.low, accuracy.high)
    return (
        f"Accuracy on the {rows:,} {part}, first seed: {share} (95 % Wilson interval{doubt}). Recall is the share of a "
        "class's rows that are predicted as it, precision the share of the rows predicted as it that are of it."
    )


def _share(value: float) -> str:
    return "n/a" if value != value else number(value)
