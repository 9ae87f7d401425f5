"""A source with its features chosen and its rows divided, test rows included: it never leaves this room.

Choosing and splitting need each other: the split keeps rows together that agree in the used columns, and
whether a column is of use is judged from the training rows alone. So: split by all columns that may be used,
leave out those the training rows speak against, and repeat until none is. What is left is used by the split
and approved by its own training rows; with a given column or an order in time the training rows never change,
so values of other rows have no say.
"""

from dataclasses import dataclass

from regctl.datasets.classes import check_classes, check_fold_classes, counts_note
from regctl.datasets.columns import Choice, choose_columns
from regctl.datasets.hashing import row_hashes
from regctl.datasets.raw import Source
from regctl.datasets.registered import known_units
from regctl.datasets.splitting import Division, split_rows
from regctl.datasets.suspects import leave_out_suspects
from regctl.datasets.targets import TargetColumn, read_target
from regctl.datasets.twins import twins_apart
from regctl.spec.dataset import Dataset
from regctl.spec.schema import Spec
from regctl.types import PART_NAMES, Column, Finding, Float64, Part, PartRecord, SplitRecord, Table


@dataclass(frozen=True)
class Divided:
    """All rows of a source, and where each belongs; `classes` are the names of the target's classes."""

    table: Table
    classes: tuple[str, ...]
    division: Division
    record: SplitRecord
    notes: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    def part(self, name: str) -> Part:
        """A part's own copy of its rows, in the file's order."""
        rows = self.division.rows(name)
        blocks = self.division.blocks
        return Part(self.table.take(rows), None if blocks is None else blocks[rows])


def divide(source: Source, spec: Spec) -> Divided:
    """Choose the features and divide the rows.

    Raises:
        DataError: the target, the features or the split cannot be had from this source.
    """
    target = read_target(source, spec)
    choice = choose_columns(source, spec)
    while True:
        table = _table(source, choice, spec.dataset, target.values)
        hashes = row_hashes(table, target.name, target.cells)
        classes = target if target.classes else None
        division = split_rows(source, spec.split, hashes, classes, spec.k_fold)
        narrowed = leave_out_suspects(source, choice, division.rows("train"))
        if narrowed.names == choice.names:
            break
        choice = narrowed
    counts: tuple[str, ...] = ()
    if target.classes:
        _check_classes(source, target, division, spec)
        counts = (counts_note(target.name, target.classes, target.values[division.rows("train")]),)
    record = _record(source, division, hashes)
    notes = tuple(dict.fromkeys((*counts, *narrowed.notes, *division.notes)))
    twins = () if spec.split.group else twins_apart(table, target.name, hashes, division.parts)
    return Divided(table, target.classes, division, record, notes, (*division.findings, *twins))


def _check_classes(source: Source, target: TargetColumn, division: Division, spec: Spec) -> None:
    split = spec.split
    stratified = not any((split.stratify, split.group, split.time, split.column))
    names = PART_NAMES if spec.k_fold is None else ("train", "test")
    parts = {name: division.rows(name) for name in names}
    check_classes(source, target.name, target.classes, target.values, parts, stratified)
    folds = division.fold_rows(spec)
    check_fold_classes(source, target.name, target.classes, target.values[parts["train"]], folds)


def _table(source: Source, choice: Choice, dataset: Dataset, target: Float64) -> Table:
    units = known_units(dataset)
    columns = tuple(_column(source, name, units.get(name)) for name in choice.names)
    return Table(columns, {name: source.columns[name].values for name in choice.names}, target)


def _column(source: Source, name: str, unit: str | None) -> Column:
    return Column(name, "number" if source.columns[name].kind == "number" else "text", unit)


def _record(source: Source, division: Division, hashes: list[bytes]) -> SplitRecord:
    parts = {}
    for name in PART_NAMES:
        rows = division.rows(name).tolist()
        parts[name] = PartRecord(tuple(rows), tuple(hashes[row].hex() for row in rows))
    folds = () if division.folds is None else tuple(map(tuple, division.folds.tolist()))
    return SplitRecord(parts, source.sha256, division.method, folds)
