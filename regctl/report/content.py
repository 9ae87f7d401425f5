"""The report as sections of blocks, the same for Markdown and the terminal."""

from collections.abc import Sequence
from math import ceil

from regctl.records.split_record import part_hash
from regctl.report import figures, losses, sealing, units, wording
from regctl.report.answer import answer
from regctl.report.axes import Axis
from regctl.report.blocks import Block, Code, Items, Paragraph, Section, Table
from regctl.report.class_table import class_table
from regctl.report.coefficient_table import coefficient_table
from regctl.report.confidence_set import indistinguishable
from regctl.report.measures import degrees_of_freedom, measures, objective_gaps
from regctl.report.model import Report
from regctl.report.numbers import count, number, short, with_error
from regctl.report.points import shown, shown_selection
from regctl.report.search_sections import search_sections
from regctl.types import PART_NAMES, CurvePoint, Selection, Setting

MOST_ROWS = 40  # of a curve in the terminal

_FILES = {
    "report.md": "this report",
    "report.html": "the same with figures that answer, for a browser; needs no network",
    "report.json": "the same for programs, with all digits",
    "search.csv": "one row per request of the tuner: values, epochs, score",
    "results.csv": "one row per trial",
    "curve.csv": "one row per setting, with standard errors",
    "coefficients.csv": "each setting's coefficients, of the design's columns and of the raw ones",
    "fit.csv": "what each setting's model predicts along the one input",
    "fit_points.csv": "the train and validation rows of the fit plot",
    "fit.json": "the input of the fit plot",
    "confusion.csv": "validation rows by class and predicted class, of the selected setting",
    "learning.json": "the power law fitted to the curve, and its forecast or why there is none",
    "contours.npz": "the data loss over both weights, and the solutions",
    "plots": "the figures as SVG and PNG",
    "selection.json": "the settings singled out, and the findings",
    "test.json": "the numbers of the test set",
    "model.keras": "the selected model; takes raw columns",
    "reference.keras": "the reference; takes raw columns",
    "inputs.json": "from column to model input",
    "best.yaml": "the spec of the selected setting",
    "spec.yaml": "this run's spec, every default filled in",
    "spec.source.yaml": "the spec as given",
    "split.json": "the rows of each part and their hashes",
    "validation_rows.npz": "validation loss by row",
    "history.parquet": "losses by epoch",
    "search.json": "what was searched, and the winner beside others",
    "search.jsonl": "the journal: requests of the tuner as they were carried out",
    "tuner": "what Keras Tuner keeps of the search",
    "trials.jsonl": "the journal: trials in the order they finished",
    "trials": "what else a resume needs of the finished trials",
    "refits": "the same of the models refitted on all rows, by epochs",
    "own": "the same of the spec's own setting, retrained beside the winner",
    "manifest.json": "versions, device, timings",
    "log.txt": "what happened when",
}


def sections(report: Report) -> tuple[Section, ...]:
    """All of the report; a section without content is left out."""
    found = (
        Section("What was asked", _asked(report)),
        Section("Data and split", _data(report)),
        Section("What is minimized", _objective(report)),
        *search_sections(report),
        Section("Train, validation and test", _measures(report)),
        Section("The curve" if report.search is None else "Figures", _curve(report)),
        Section("Classes", class_table(report)),
        Section("Coefficients", coefficient_table(report)),
        Section("Findings", _findings(report)),
        Section("Files", _files(report)),
        Section("Next", tuple(Code(command) for command in wording.next_commands(report))),
    )
    return tuple(section for section in found if section.blocks)


def _asked(report: Report) -> tuple[Block, ...]:
    texts = [
        wording.asked(report),
        wording.status(report),
        wording.mixed(report),
        wording.effort(report),
        wording.engine(report),
    ]
    texts += answer(report)
    return tuple(Paragraph(text) for text in texts if text)


def _data(report: Report) -> tuple[Block, ...]:
    split = report.data.split
    names = dict(zip(PART_NAMES, PART_NAMES, strict=True))
    if split.folds:
        names = {"train": "train and validation", "test": "test"}
    rows = tuple(
        (name, f"{len(split.parts[part]):,}", f"{part_hash(split.parts[part].hashes)[:16]}…")
        for part, name in names.items()
    )
    source = Paragraph(
        f"{report.spec.dataset.source} (sha256 {split.data_hash[:16]}…), split {split.method}."
    )
    table = Table(("part", "rows", "sha256 of its rows"), rows, left=frozenset({0, 2}))
    notes = (Items(report.data.notes),) if report.data.notes else ()
    return (source, table, *notes)


def _objective(report: Report) -> tuple[Block, ...]:
    formula = (Code(units.formula(report)), Paragraph(units.symbols(report)))
    if report.record is None or report.record.selected is None:
        return formula
    selected, rows = report.record.selected, len(report.data.split.parts["train"])
    cells = units.library_units(selected, rows, report.loss)
    header = ("library", f"λ = {short(selected.lambda_, 6)} is", "from")
    return (*formula, Table(header, cells, left=frozenset({0, 1, 2})))


def _measures(report: Report) -> tuple[Block, ...]:
    record = report.record
    if record is None or record.selected is None:
        return (Paragraph(sealing.sealed_because(report)),)
    numbers = " ".join([_numbers(report, record.selected), *sealing.spreads(report)])
    table = measures(report, record.selected, record.reference)
    texts = [losses.data_loss(report), losses.metric_notes(report), numbers]
    for about in (degrees_of_freedom, objective_gaps):
        texts += about(report, record.selected, record.reference)
    return (table, *(Paragraph(text) for text in texts if text), *_test_texts(report))


def _numbers(report: Report, selected: Setting) -> str:
    """Which models the numbers of the table are of."""
    exact = wording.is_exact(report)
    if report.spec.k_fold is None:
        shipped = "the exact solution" if exact else "the first seed's model"
        return f"Numbers: {shipped}, model.keras."
    means = (
        f"Numbers: means of {wording.replicates(report)}; validation is out of fold, on rows not trained on."
    )
    refit = report.refit(selected)
    if refit is None or refit.status == "diverged":
        return means
    how = "" if exact else f" with seed {refit.seed} for {count(refit.epochs, 'epoch')}"
    return (
        f"{means} model.keras, which test numbers are of, is the selected setting refitted on all {refit.rows:,} train "
        f"and validation rows{how}: its data loss on them is {number(refit.train_loss)}."
    )


def _test_texts(report: Report) -> tuple[Block, ...]:
    test = report.test
    if test is None:
        return (Paragraph(sealing.sealed_because(report)),)
    texts = [sealing.difference(test), sealing.optimism(report, test), sealing.times_opened(test)]
    listed = sealing.openings(report, test)
    return (*(Paragraph(text) for text in texts if text), *((Items(listed),) if listed else ()))


def _curve(report: Report) -> tuple[Block, ...]:
    images, axes = figures.drawn(report), wording.swept(report)
    if not report.curve:
        return images
    points, selection = shown(report), shown_selection(report)
    order = sorted(
        points, key=lambda each: [axis.order(at) for axis, at in zip(axes, _place(each), strict=False)]
    )
    rows = [_curve_row(axes, point, selection, report.lost) for point in order]
    kept = _thinned(rows)
    names = tuple(axis.symbol for axis in axes)
    header = (*names, "training", "validation ± se", "")
    table = Table(header, kept, left=frozenset({len(header) - 1}), terminal=True)
    short_of = f"{len(kept)} of {len(rows)} settings, those singled out among them; all are in curve.csv."
    rest = (Paragraph(short_of),) if len(kept) < len(rows) else ()
    alike = indistinguishable(report)
    return (*images, table, *rest, *((Paragraph(alike),) if alike else ()))


def _place(point: CurvePoint) -> tuple[float, ...]:
    return (point.value,) if point.other is None else (point.value, point.other)


def _thinned(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """At most about `MOST_ROWS` of a curve's rows: evenly spaced ones, both ends, and all that carry a mark."""
    every = max(1, ceil((len(rows) - 1) / (MOST_ROWS - 1)))
    return tuple(
        row for place, row in enumerate(rows) if place % every == 0 or place == len(rows) - 1 or row[-1]
    )


def _curve_row(
    axes: Sequence[Axis], point: CurvePoint, selection: Selection | None, lost: str
) -> tuple[str, ...]:
    marks = []
    if selection is not None:
        named = {"minimum": selection.minimum, "one standard error": selection.one_standard_error}
        if selection.one_standard_error is None:
            named = {}  # along samples nothing is singled out but the largest set
        marks = [name for name, singled in named.items() if singled == point]
        marks += ["selected"] if selection.selected == point else []
    place = tuple(axis.value(value) for axis, value in zip(axes, _place(point), strict=False))
    if point.validation_loss != point.validation_loss:
        return *place, "", lost, ""
    validation = with_error(point.validation_loss, point.validation_se)
    return *place, number(point.train_loss), validation, ", ".join(marks)


def _findings(report: Report) -> tuple[Block, ...]:
    texts = tuple(
        f"{each.code} ({each.severity}): {each.message} {each.suggestion}".strip() for each in report.findings
    )
    more = (
        Paragraph(f"regctl explain {report.findings[0].code} tells more; each code has a page.")
        if texts
        else None
    )
    return () if more is None else (Items(texts), more)


def _files(report: Report) -> tuple[Block, ...]:
    # The report's own files are about to be written when this is.
    rows = tuple(
        (name, text)
        for name, text in _FILES.items()
        if name.startswith("report.") or (report.run / name).exists()
    )
    return (Paragraph(f"In {report.run}:"), Table(("file", "holds"), rows, left=frozenset({0, 1})))
