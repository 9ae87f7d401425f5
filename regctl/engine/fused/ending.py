"""From kept weights to results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from regctl.engine.fused.layout import Layout
from regctl.engine.fused.narrow import Networks
from regctl.engine.fused.program import Program
from regctl.engine.fused.rows import PartRows
from regctl.engine.outcome import outcome
from regctl.types import Float32, Float64, History, Trial, TrialResult


@dataclass(frozen=True)
class Kept:
    """What is left of a trial: its own weights, whether it diverged, its last epoch, and that its weights are of."""

    weights: tuple[Float32, ...]
    failed: bool
    epochs: int
    best_epoch: int


def predictions(
    program: Program,
    networks: Networks,
    layout: Layout,
    kept: dict[int, Kept],
    part: PartRows,
    places: Sequence[int],
) -> dict[int, Float32]:
    """Each trial's outputs for the rows of its fold, by id: `[n]`, or `[n, K]` for K > 1 outputs; NaN if it diverged.

    `places` are the folds of the layout's replicates.
    """
    weights = networks.stacked(layout, {id_: each.weights for id_, each in kept.items()})
    outputs = program.predict(weights, part.inputs(places))
    found = {}
    for (s, g), trial in layout.placed():
        own = outputs[s, g, : part.counts[places[s]]]
        own = own[:, 0] if own.shape[1] == 1 else own
        found[trial.id] = np.full_like(own, np.nan) if kept[trial.id].failed else np.array(own)
    return found


def result(
    trial: Trial,
    kept: Kept,
    fit: Float32,
    held_out: Float32,
    losses: Float64,
    keep_weights: Callable[[Trial], bool],
) -> TrialResult:
    """A trial's result; `losses` `[epochs, 2]` are its data losses on training and validation rows."""
    return outcome(
        trial,
        (fit, held_out),
        kernels=[weight for weight in kept.weights if weight.ndim == 2],
        epochs=kept.epochs,
        best_epoch=kept.best_epoch,
        history=History(losses[: kept.epochs, 0].copy(), losses[: kept.epochs, 1].copy()),
        weights=kept.weights if keep_weights(trial) else None,
    )
