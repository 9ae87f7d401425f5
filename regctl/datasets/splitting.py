"""The three-way split: train, validation and test, by seed, strata, groups, time or a given column.

Drawn by seed, classes are strata unless the spec names others.

Rows that may not part (identical rows; groups; equal times) form units. Units are laid end to end on [0, 1)
and the spec's shares cut that line; a unit belongs where its middle falls. By seed, the order is that of a
hash of (seed, content), so the split does not depend on the order of rows in the file, and adding rows moves
few others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from regctl.datasets.allotment import allot, cut, strata_of
from regctl.datasets.findings import straddling_duplicates, uneven_shares
from regctl.datasets.folding import FEWEST_TRAINING_ROWS, fold_numbers, fold_rows
from regctl.datasets.marks import given_parts
from regctl.datasets.raw import Source, complete_split_column, split_column
from regctl.datasets.targets import TargetColumn
from regctl.datasets.timing import ranks, time_blocks
from regctl.datasets.units import Units, duplicate_units, group_units
from regctl.datasets.wording import counted
from regctl.errors import DataError
from regctl.spec.dataset import Split
from regctl.spec.schema import Spec
from regctl.spec.validation import KFold
from regctl.types import PART_NAMES, Finding, FoldRows, Int64


@dataclass(frozen=True)
class Division:
    """`parts` int64 `[n]`: 0 train, 1 validation, 2 test. `blocks` int64 `[n]`, None for independent rows.

    Under k-fold the part train holds the validation rows too, and `folds` int64 `[repeats, train rows]` says which
    fold holds out each of them (−1: none).
    """

    parts: Int64
    method: str
    blocks: Int64 | None = None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    folds: Int64 | None = None

    def rows(self, part: str) -> Int64:
        """The 0-based positions of a part's rows, ascending."""
        return np.flatnonzero(self.parts == PART_NAMES.index(part)).astype(np.int64)

    def fold_rows(self, spec: Spec) -> tuple[FoldRows, ...]:
        """What each fold trains on and holds out, as positions in the part train; none with a holdout."""
        if self.folds is None or spec.k_fold is None:
            return ()
        return fold_rows(self.folds, spec.k_fold, ordered=spec.split.time is not None)


def split_rows(
    source: Source,
    split: Split,
    hashes: Sequence[bytes],
    classes: TargetColumn | None = None,
    k_fold: KFold | None = None,
) -> Division:
    """Divide all rows of a source; `hashes` are its row hashes, `classes` the target of a classification.

    Raises:
        DataError: the columns the split needs cannot be used, a part is empty, or fewer than 10 rows are left
            to train on.
    """
    shares = _Shares.of(split, pooled=k_fold is not None)
    if split.group is not None:
        division = _by_group(source, split, split.group, hashes, shares)
    elif split.time is not None:
        division = _by_time(source, split, split.time, hashes, shares)
    elif split.column is not None:
        division = _by_column(source, split, split.column, hashes, shares, classes)
    else:
        division = _by_seed(source, split, hashes, shares, classes)
    _check_sizes(source, division, shares)
    if k_fold is None:
        return division
    strata = None if split.group is not None else _strata(source, split, classes)[0]
    return _in_folds(division, source, split, k_fold, hashes, strata)


@dataclass(frozen=True)
class _Shares:
    """The shares of train, validation and test; `pooled`: validation is part of train, and has none of its own."""

    parts: tuple[float, float, float]
    pooled: bool

    @classmethod
    def of(cls, split: Split, pooled: bool) -> "_Shares":
        if pooled:
            return cls((split.train + split.validation, 0.0, split.test), pooled)
        return cls((split.train, split.validation, split.test), pooled)

    @property
    def cuts(self) -> tuple[float, float]:
        train, validation, _ = self.parts
        return train, train + validation

    def __str__(self) -> str:
        names = ("train and validation", "", "test") if self.pooled else PART_NAMES
        return ", ".join(
            f"{100 * share:.3g} % {name}" for name, share in zip(names, self.parts, strict=True) if name
        )


def _by_seed(
    source: Source, split: Split, hashes: Sequence[bytes], shares: _Shares, classes: TargetColumn | None
) -> Division:
    units = duplicate_units(hashes)
    strata, within = _strata(source, split, classes)
    parts = allot(units, split.seed, shares.cuts, strata)
    findings = uneven_shares(parts, shares.parts, "identical rows stay together")
    return Division(parts, f"by seed {split.seed}{within}: {shares}", None, _kept_together(units), findings)


def _strata(source: Source, split: Split, classes: TargetColumn | None) -> tuple[Int64 | None, str]:
    """Each row's stratum, and what strata are, in words."""
    if split.stratify is not None:
        strata = strata_of(split_column(source, "stratify", split.stratify))
        return strata, f" within the levels (or deciles) of {split.stratify!r}"
    if classes is not None:
        return classes.values.astype(np.int64), f" within the classes of {classes.name!r}"
    return None, ""


def _by_group(source: Source, split: Split, name: str, hashes: Sequence[bytes], shares: _Shares) -> Division:
    units = group_units(complete_split_column(source, "group", name), hashes)
    parts = allot(units, split.seed, shares.cuts)
    method = f"by seed {split.seed} over {counted(len(units.keys), 'group')} of {name!r}: {shares}"
    findings = uneven_shares(parts, shares.parts, f"equal values of {name!r} stay together")
    return Division(parts, method, units.of_row, _kept_together(duplicate_units(hashes)), findings)


def _by_time(source: Source, split: Split, name: str, hashes: Sequence[bytes], shares: _Shares) -> Division:
    rank = ranks(source, complete_split_column(source, "time", name))
    parts = cut(np.bincount(rank), shares.cuts)[rank]
    method = f"in order of {name!r}: {shares}"
    findings = (
        *straddling_duplicates(duplicate_units(hashes).of_row, parts, "split.time"),
        *uneven_shares(parts, shares.parts, f"equal values of {name!r} stay together"),
    )
    return Division(parts, method, time_blocks(rank, parts), (), findings)


def _by_column(
    source: Source,
    split: Split,
    name: str,
    hashes: Sequence[bytes],
    shares: _Shares,
    classes: TargetColumn | None,
) -> Division:
    parts = given_parts(source, complete_split_column(source, "column", name))
    method = f"as column {name!r} says"
    notes: tuple[str, ...] = ()
    validation = PART_NAMES.index("validation")
    if shares.pooled:
        parts = np.where(parts == validation, PART_NAMES.index("train"), parts)
    elif not (parts == validation).any():
        parts = _carved(parts, split, hashes, None if classes is None else classes.values.astype(np.int64))
        share = 100 * split.validation / (split.train + split.validation)
        method += f"; validation is {share:.3g} % of the training rows, by seed {split.seed}"
        notes = (
            f"Column {name!r} names no validation rows: {share:.3g} % of its training rows take their place.",
        )
    findings = straddling_duplicates(duplicate_units(hashes).of_row, parts, "split.column")
    return Division(parts, method, None, notes, findings)


def _in_folds(
    division: Division,
    source: Source,
    split: Split,
    k_fold: KFold,
    hashes: Sequence[bytes],
    strata: Int64 | None,
) -> Division:
    """The division with its train and validation rows in folds."""
    rows = division.rows("train")
    folds = fold_numbers(source, split, k_fold, hashes, rows, strata)
    method = f"{division.method}; train and validation rows in {k_fold.folds} folds"
    if k_fold.repeats > 1:
        method += f", {k_fold.repeats} times anew"
    if split.time is None:
        return replace(division, method=method, folds=folds)
    never = int((folds < 0).sum())
    note = (
        f"The first {never} rows in order of {split.time!r} are trained on in every fold and never held out."
    )
    codes = division.parts + k_fold.total
    codes[rows] = folds[0]
    findings = (
        *straddling_duplicates(duplicate_units(hashes).of_row, codes, "split.time"),
        *(each for each in division.findings if each.code != "REG501"),
    )
    method += ", each trained on the rows before it"
    return replace(division, method=method, folds=folds, notes=(*division.notes, note), findings=findings)


def _carved(parts: Int64, split: Split, hashes: Sequence[bytes], strata: Int64 | None) -> Int64:
    """Validation rows from among the training rows, identical rows together."""
    rows = np.flatnonzero(parts == PART_NAMES.index("train"))
    if not len(rows):
        return parts
    carved = parts.copy()
    units = duplicate_units([hashes[row] for row in rows.tolist()])
    cuts = (split.train / (split.train + split.validation),)
    carved[rows] = allot(units, split.seed, cuts, None if strata is None else strata[rows])
    return carved


def _check_sizes(source: Source, division: Division, shares: _Shares) -> None:
    names = [name for name in PART_NAMES if not (shares.pooled and name == "validation")]
    counts = {name: len(division.rows(name)) for name in names}
    held = ", ".join(f"{count} {name}" for name, count in counts.items())
    hint = "Add rows, or change split."
    if counts["train"] < FEWEST_TRAINING_ROWS:
        expected = f"expected at least {FEWEST_TRAINING_ROWS} training rows"
        raise DataError(f"{source.path}: {expected}, received {held}.", hint)
    for name, count in counts.items():
        if not count:
            raise DataError(f"{source.path}: the split leaves no {name} rows ({held}).", hint)


def _kept_together(units: Units) -> tuple[str, ...]:
    copies = units.sizes[units.sizes > 1]
    if not len(copies):
        return ()
    return (
        f"{counted(int(copies.sum()), 'row')} in {counted(len(copies), 'group')} of identical rows: a group "
        "stays in one part.",
    )
