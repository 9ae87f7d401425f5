"""Classes: a target's labels, sorted and numbered from 0.

Numbers are sorted by value, texts by code point. Of two classes, number 1 is the positive one: the last, or the
one that the spec names. Labels are read over all rows, as a regression's target is; that every class can be
learnt is checked once the rows are divided.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from regctl.datasets.raw import Bool, RawColumn, Source
from regctl.datasets.wording import did_you_mean, quoted
from regctl.errors import DataError
from regctl.spec.dataset import Dataset
from regctl.spec.tasks import class_name
from regctl.types import Float32, Float64, FoldRows, Int64

MOST_CLASSES = 1000
_MOST_COUNTED = 10
_MOST_DECIMALS = 20  # more different values than this, some of them not whole, are measures and no classes


def class_names(source: Source, column: RawColumn, dataset: Dataset) -> tuple[str, ...]:
    """The names of class 0, 1, … of a column without missing values.

    Raises:
        DataError: one class only, too many, a measured quantity, or `dataset.positive` is none of two.
    """
    labels = sorted(set(column.values.tolist()))
    names = [class_name(label) for label in labels]
    where = f"{source.path}: target {column.name!r} of a classification"
    if len(names) == 1:
        raise DataError(
            f"{where} is {names[0]!r} in every row.", "There is nothing to predict; choose another target."
        )
    if column.kind == "number" and len(names) > _MOST_DECIMALS and any(label % 1 for label in labels):
        raise DataError(
            f"{where}: expected classes, received {len(names)} different numbers, not all whole.",
            "Use task: regression, or cut the column into classes.",
        )
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"{where}: expected at most {MOST_CLASSES} classes, received {len(names)}.",
            "Use task: regression for a quantity, or join classes.",
        )
    return _positive_last(names, dataset, where)


def _positive_last(names: Sequence[str], dataset: Dataset, where: str) -> tuple[str, ...]:
    if dataset.positive is None:
        return tuple(names)
    positive = class_name(dataset.positive)
    if positive not in names:
        raise DataError(f"{where}: no class {positive!r} (dataset.positive).", did_you_mean(positive, names))
    if len(names) > 2:
        raise DataError(
            f"{where}: dataset.positive goes with two classes, received {len(names)}: {quoted(names)}.",
            "Remove it.",
        )
    return (*(name for name in names if name != positive), positive)


def class_numbers(column: RawColumn, names: Sequence[str]) -> Float64:
    """The number of each row's class, float64 `[n]`."""
    number = {name: position for position, name in enumerate(names)}
    return np.array([number[class_name(label)] for label in column.values.tolist()], dtype=np.float64)


def counts_note(target: str, names: Sequence[str], numbers: Float64) -> str:
    """How many training rows each class has; `numbers` are of their classes, `[n]`. Of many classes, the range."""
    counts = np.bincount(numbers.astype(np.int64), minlength=len(names)).tolist()
    if len(names) <= _MOST_COUNTED:
        held = ", ".join(f"{count} {name!r}" for name, count in zip(names, counts, strict=True))
    else:
        held = f"{len(names)} classes of {min(counts)} to {max(counts)} rows"
    return f"Classes of {target!r} in the training rows: {held}."


def check_classes(
    source: Source,
    target: str,
    names: Sequence[str],
    numbers: Float64,
    parts: Mapping[str, Int64],
    stratified: bool,
) -> None:
    """Refuse classes without training rows, and those with too few rows to be in every part of a stratified split.

    Parameters:
        source: for messages.
        target: the column's name.
        names: of the classes.
        numbers: of each row's class, `[n]`.
        parts: the rows of each part, the training rows first.
        stratified: the split gave each class its share of every part.

    Raises:
        DataError: there is such a class.
    """
    own = numbers.astype(np.int64)
    counts = np.stack([np.bincount(own[rows], minlength=len(names)) for rows in parts.values()], axis=1)
    lacking: Bool = (counts == 0).any(axis=1) if stratified else counts[:, 0] == 0
    if not lacking.any():
        return
    first = int(np.argmax(lacking))
    held = ", ".join(f"{count} {part}" for count, part in zip(counts[first], parts, strict=True))
    more = "" if lacking.sum() == 1 else f" ({int(lacking.sum())} classes are like this)"
    expected = "rows in every part" if stratified else "training rows"
    raise DataError(
        f"{source.path}: class {names[first]!r} of target {target!r}: expected {expected}, received {held}{more}.",
        "Join it with another class, or remove its rows."
        if stratified
        else "Change split, or remove its rows.",
    )


def check_fold_classes(
    source: Source, target: str, names: Sequence[str], numbers: Float64, folds: Sequence[FoldRows]
) -> None:
    """Refuse a fold that has no row of some class to train on; `numbers` are those of the open rows, `[n]`.

    Raises:
        DataError: there is such a fold.
    """
    own = numbers.astype(np.int64)
    for number, fold in enumerate(folds):
        counts = np.bincount(own[fold.train], minlength=len(names))
        if not counts.all():
            raise DataError(
                f"{source.path}: validation.folds: expected rows of every class of {target!r} in what each fold trains "
                f"on, received none of {names[int(np.argmin(counts))]!r} in fold {number}.",
                "Join the class with another, remove its rows, or use fewer folds.",
            )


def balanced_weights(numbers: Float64, classes: int) -> Float32:
    """Each row's weight n / (K · rows of its class), float32 `[n]`, as scikit-learn's `class_weight="balanced"`.

    Every class then weighs the same in all, and the mean weight is 1 where every class has rows. (King and Zeng 2001.)
    """
    own = numbers.astype(np.int64)
    counts = np.bincount(own, minlength=classes)
    return (len(own) / (classes * counts[own])).astype(np.float32)
