"""What a compiled program takes and moves. S replicates × G settings; F folds."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from regctl.types import Loss

Tensor = Any
Variable = Any


class Hyper(NamedTuple):
    """Hyperparameters of the stacked trials, float32 `[S, G]` each.

    `rates` has one for each noise layer, `[S, 1]` where the trials of a seed have one rate. `widths` has the units of
    each hidden dense layer, if the program masks those that a trial lacks.
    """

    learning_rate: Tensor
    l1: Tensor
    l2: Tensor
    weight_decay: Tensor
    rates: tuple[Tensor, ...]
    widths: tuple[Tensor, ...] = ()


class Rows(NamedTuple):
    """A part's rows in every fold.

    `x` float32 `[F, n, inputs]`, `y` float32 `[F, n]`; `share` float64 `[F, n]` is 1/rows of the fold, 0 where it is
    padded; `weights` float32 `[F, n]` multiply the losses in the objective; `fold` int32 `[S]` says which fold each
    replicate sees, `[1]` when there is only one.
    """

    x: Tensor
    y: Tensor
    share: Tensor
    weights: Tensor
    fold: Tensor


class Steps(NamedTuple):
    """Some consecutive steps.

    `order` int32 `[steps, S, batch]` are rows of the training part, counted through all folds; `share` float32
    `[steps, S, batch]` is 1/rows of the batch, 0 where it is padded; `factor` float32 `[steps]` multiplies the learning
    rates, `reach` `[steps]` is `schedules.reach`; `draws` float32 `[steps, S, units, batch]` for each noise layer;
    `first` counts steps from 0; `ends` int32 `[steps]` is the number of the epoch that a step ends, from 1, else 0;
    `measured` bool `[steps]` says whether the training loss is wanted there.
    """

    order: Tensor
    share: Tensor
    factor: Tensor
    reach: Tensor
    draws: tuple[Tensor, ...]
    first: Tensor
    ends: Tensor
    measured: Tensor


class Watch(NamedTuple):
    """What is known of each trial's course, `[S, G]`: epochs count from 1, and 0 is "not yet"."""

    failed_at: Variable
    stopped_at: Variable
    best_epoch: Variable
    waited: Variable
    best_loss: Variable


class State(NamedTuple):
    """A chunk's variables: weights, what the optimiser remembers of each, each trial's course and its best weights.

    Weights that are trained are in units of their trial's learning rate, see `program.py`.
    """

    weights: list[Variable]
    slots: list[list[Variable]]
    watch: Watch
    best: list[Variable]


@dataclass(frozen=True)
class Rules:
    """What a program is compiled for beside its layers.

    `decays`: kernels shrink by decoupled decay; `proximal`: each step ends in the L1 penalty's proximal map;
    `patience` epochs without a fall of the validation loss by more than `min_delta` stop a trial, None never.
    """

    loss: Loss
    decays: bool
    proximal: bool
    patience: int | None = None
    min_delta: float = 0.0
