"""What each fold trains on: its own preparation, in one column layout for all.

A fold is prepared by its own training rows and by nothing else, as a pipeline of its own would be. The layout has
every column that the preparation of any fold, or of all train and validation rows together, makes. A column that a
fold's own preparation does not make (its training rows lack a level, or are constant) is 0 in all rows of that fold,
and the engines leave what is 0 in every training row without any effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from regctl.datasets.design import product_names
from regctl.datasets.preparation import design_names, fit_preparation, prepare
from regctl.errors import DataError
from regctl.spec.schema import Spec
from regctl.types import Design, Folds, OpenData, Preparation, Prepared


@dataclass(frozen=True)
class PreparedData:
    """The rows of a run, prepared.

    `folds` and their `preparations`: with a holdout, the one entry None. `shipped` is the preparation of the model
    that is shipped: that of the training rows, under k-fold of all train and validation rows.
    """

    folds: Folds
    preparations: Mapping[int | None, Preparation]
    shipped: Preparation
    notes: tuple[str, ...] = ()


def prepare_folds(data: OpenData, spec: Spec) -> PreparedData:
    """Prepare the holdout, or every fold and all rows together.

    Raises:
        DataError: as `fit_preparation`; of a fold, with its number.
    """
    if not data.folds:
        preparation, prepared = prepare(data, spec)
        return PreparedData({None: prepared}, {None: preparation}, preparation, preparation.notes)
    shipped = fit_preparation(data.train.table, spec, data.target.classes)
    found = {number: _prepared(data, spec, number) for number in range(len(data.folds))}
    made = (design_names(shipped), *(each.names for _, each in found.values()))
    names = tuple(dict.fromkeys(name for each in made for name in each))
    preparations: dict[int | None, Preparation] = {number: each for number, (each, _) in found.items()}
    folds: Folds = {number: in_layout(each, names) for number, (_, each) in found.items()}
    return PreparedData(folds, preparations, shipped, (*shipped.notes, *_notes(shipped, preparations)))


def refit_data(data: OpenData) -> OpenData:
    """All train and validation rows as those to train on. They are measured again in the place of validation rows."""
    return replace(data, validation=data.train, folds=())


def in_layout(prepared: Prepared, names: Sequence[str]) -> Prepared:
    """The same rows with the columns `names`; one that they do not have is 0."""
    place = {name: column for column, name in enumerate(names)}
    columns = [place[name] for name in prepared.names]

    def laid_out(x: Design) -> Design:
        wide = np.zeros((len(x), len(names)), x.dtype)
        wide[:, columns] = x
        return wide

    train, validation = laid_out(prepared.x_train), laid_out(prepared.x_validation)
    return replace(prepared, names=tuple(names), x_train=train, x_validation=validation)


def padded(data: PreparedData, width: int) -> PreparedData:
    """The same rows with columns of zeros behind their own, `width` in all; as they are where they have more."""
    names = next(iter(data.folds.values())).names
    blank = (f"(blank {number})" for number in range(1, width - len(names) + 1))
    layout = (*names, *blank)
    return replace(data, folds={fold: in_layout(each, layout) for fold, each in data.folds.items()})


def _prepared(data: OpenData, spec: Spec, number: int) -> tuple[Preparation, Prepared]:
    try:
        return prepare(data, spec, number)
    except DataError as error:
        raise DataError(f"validation.folds, fold {number}: {error.message}", error.hint) from error


def _notes(whole: Preparation, folds: Mapping[int | None, Preparation]) -> tuple[str, ...]:
    """Columns, and products of a polynomial, that have no effect in some folds."""
    used = [{column.name for column in each.columns} for each in folds.values()]
    lacking = {column.name: sum(column.name not in each for each in used) for column in whole.columns}
    columns = tuple(
        f"Column {name!r} has no effect in {count} of {len(folds)} folds: it is constant in their training rows."
        for name, count in lacking.items()
        if count
    )
    return (*columns, *_product_notes(whole, folds))


def _product_notes(whole: Preparation, folds: Mapping[int | None, Preparation]) -> tuple[str, ...]:
    """The same for products of columns that do have an effect, in one note."""
    numbers = set(product_names(whole))
    lacking = [len(numbers - set(product_names(each))) for each in folds.values()]
    if not any(lacking):
        return ()
    which = f"Of the polynomial's {len(numbers)} products, up to {max(lacking)}"
    where = f"{np.count_nonzero(lacking)} of {len(folds)} folds"
    return (f"{which} have no effect in {where}: they are constant in their training rows.",)
