"""k-fold cross-validation: which fold holds out each of the train and validation rows.

What may not part in the split (identical rows, groups, equal times) does not part here.
"""

from collections.abc import Sequence

import numpy as np

from regctl.datasets.allotment import deal
from regctl.datasets.raw import Source, complete_split_column
from regctl.datasets.timing import ranks, windows
from regctl.datasets.units import Units, duplicate_units, group_units
from regctl.datasets.wording import counted
from regctl.errors import DataError
from regctl.spec.dataset import Split
from regctl.spec.validation import KFold
from regctl.types import FoldRows, Int64

FEWEST_TRAINING_ROWS = 10


def fold_numbers(
    source: Source,
    split: Split,
    k_fold: KFold,
    hashes: Sequence[bytes],
    rows: Int64,
    strata: Int64 | None,
) -> Int64:
    """The fold that holds out each of the open `rows`: int64 `[repeats, rows]`, counted through all repeats.

    `strata` int64 `[n]` are those of all rows of the source, None where there are none. Under `split.time` the first
    rows, that every fold trains on, have −1.

    Raises:
        DataError: there are fewer units than folds, or a fold leaves fewer than 10 rows to train on.
    """
    if split.time is not None:
        rank = ranks(source, complete_split_column(source, "time", split.time))[rows]
        times = np.unique(rank, return_inverse=True)[1].astype(np.int64)
        folds = windows(times, k_fold.folds)[None]
    else:
        units = _units(source, split, hashes).within(rows)
        _check_units(source, split, k_fold, len(units.keys))
        own = None if strata is None else strata[rows]
        folds = np.stack(
            [deal(units, k_fold.folds, split.seed, repeat, own) for repeat in range(k_fold.repeats)]
        )
        folds += k_fold.folds * np.arange(k_fold.repeats)[:, None]
    _check_folds(source, k_fold, fold_rows(folds, k_fold, ordered=split.time is not None))
    return folds


def fold_rows(folds: Int64, k_fold: KFold, *, ordered: bool) -> tuple[FoldRows, ...]:
    """What each fold trains on and holds out; `ordered`: it trains on the rows of lower numbers only."""
    found = []
    for number in range(k_fold.total):
        own = folds[number // k_fold.folds]
        train = own < number if ordered else own != number
        found.append(FoldRows(_places(train), _places(own == number)))
    return tuple(found)


def _places(marked: np.ndarray) -> Int64:
    return np.flatnonzero(marked).astype(np.int64)


def _units(source: Source, split: Split, hashes: Sequence[bytes]) -> Units:
    if split.group is None:
        return duplicate_units(hashes)
    return group_units(complete_split_column(source, "group", split.group), hashes)


def _check_units(source: Source, split: Split, k_fold: KFold, units: int) -> None:
    if units < k_fold.folds:
        kind = counted(units, "distinct row" if split.group is None else "group")
        of = "" if split.group is None else f" of {split.group!r}"
        raise DataError(
            f"{source.path}: validation.folds: expected at most {units}, since the train and validation rows are "
            f"{kind}{of}. Received: {k_fold.folds}.",
            "Use fewer folds.",
        )


def _check_folds(source: Source, k_fold: KFold, folds: Sequence[FoldRows]) -> None:
    for number, fold in enumerate(folds):
        train, held_out = len(fold.train), len(fold.validation)
        if train < FEWEST_TRAINING_ROWS or not held_out:
            raise DataError(
                f"{source.path}: validation.folds: expected folds that train on {FEWEST_TRAINING_ROWS} rows or more "
                f"and hold out at least 1. Received: {k_fold.folds} folds, of which fold {number} trains on {train} "
                f"and holds out {held_out}.",
                "Add rows, or change validation.folds.",
            )
