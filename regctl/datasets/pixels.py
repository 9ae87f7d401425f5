"""Columns that are an image's pixels: all are kept, in the file's order, and share one scale.

A pixel's place means something, so none may be left out, not even where it is the same in every training row. And a
scale of its own would blow up pixels that are rarely anything but background.
"""

import numpy as np

from regctl.datasets.design import rounded
from regctl.errors import DataError
from regctl.spec.model import Model
from regctl.types import NumberPreparation, Table


def fit_pixels(table: Table, model: Model) -> tuple[NumberPreparation, ...]:
    """Every column as `(value − mean) / sd`, mean and sd over all pixels of all training rows; missing → mean.

    Raises:
        DataError: the columns are not the image that `model.image` says, one holds text, or all values are equal.
    """
    _check_columns(table, model)
    values = rounded(np.stack([table.values[column.name] for column in table.columns], axis=1))
    mean, sd = float(np.nanmean(values)), float(np.nanstd(values))
    if not sd > 0:
        raise DataError(
            f"every pixel is {mean:g} in the {len(table)} training rows.", "Check the columns of the file."
        )
    middle = float(np.float32(mean))  # what an exported model imputes
    return tuple(
        NumberPreparation(column.name, middle, mean, sd, indicator=False, unit=column.unit)
        for column in table.columns
    )


def _check_columns(table: Table, model: Model) -> None:
    assert model.image is not None, "the schema asks for it"
    height, width, channels = model.image
    texts = [column.name for column in table.columns if column.kind == "text"]
    if texts:
        raise DataError(
            f"model cnn: expected numbers in every column. Received: text in {texts[0]!r}.",
            "Leave it out with dataset.drop.",
        )
    if len(table.columns) != height * width * channels:
        raise DataError(
            f"model.image: {height} × {width} × {channels} is {height * width * channels} pixels, and there are "
            f"{len(table.columns)} feature columns.",
            "Correct model.image, or choose the columns with dataset.features or dataset.drop.",
        )
