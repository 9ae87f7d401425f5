"""The rows along which a fit on one input is drawn."""

from dataclasses import dataclass

import numpy as np

from regctl.datasets.design import design_matrix, rounded
from regctl.datasets.scaling import unscale_target
from regctl.types import Column, Float32, Float64, NumberPreparation, Preparation, Table

POINTS = 200
_BEYOND = 0.02  # of the training rows' range, on either side


@dataclass(frozen=True)
class FitGrid:
    """Values of the only input, ascending: `x` float64 `[points]`, in its own unit, and the same as a table's rows.

    The table's target is NaN.
    """

    column: Column
    x: Float64
    table: Table


def fit_grid(preparation: Preparation, train: Table, points: int = POINTS) -> FitGrid | None:
    """The grid from 2 % below the training rows' range to 2 % above it; None unless one number is the only input.

    Parameters:
        preparation: any that was fitted on the training rows; the grid is the same for every degree.
        train: the training rows.
        points: how many values.
    """
    match preparation.columns:
        case (NumberPreparation() as only,):
            values = rounded(train.values[only.name])
            low, high = float(np.nanmin(values)), float(np.nanmax(values))
            margin = _BEYOND * (high - low)
            x = rounded(np.linspace(low - margin, high + margin, points))
            column = Column(only.name, "number", only.unit)
            return FitGrid(column, x, Table((column,), {only.name: x}, np.full(points, np.nan)))
        case _:
            return None


def fit_curve(
    preparation: Preparation, grid: FitGrid, kernel: Float32 | Float64, bias: Float32 | Float64
) -> Float64:
    """A linear model's predictions along the grid, float64 `[points]`, in the target's own unit.

    Parameters:
        preparation: of the model's own degree.
        grid: from `fit_grid`.
        kernel: `[d, 1]`.
        bias: `[1]`.
    """
    scaled = design_matrix(preparation, grid.table).astype(np.float64) @ kernel.astype(np.float64) + bias
    return unscale_target(preparation.target, scaled[:, 0])
