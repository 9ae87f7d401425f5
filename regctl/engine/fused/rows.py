"""The rows of every fold as rectangular arrays: folds of different sizes are padded, and padding weighs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from regctl.engine.fused.values import Rows
from regctl.types import Design, Float32, Folds


@dataclass(frozen=True)
class PartRows:
    """One part in every fold: `x` `[F, n, inputs]`, `y` and `weights` `[F, n]`, and how many rows each fold has."""

    x: Float32
    y: Float32
    weights: Float32
    counts: tuple[int, ...]

    def rows(self, fold: np.ndarray) -> Rows:
        """The part as a program takes it, for replicates in these folds `[S]`, or `[1]` where there is one fold."""
        present = np.arange(self.x.shape[1]) < np.array(self.counts)[:, None]
        share = present / np.array(self.counts, np.float64)[:, None]
        return Rows(*map(tf.constant, (self.x, self.y, share, self.weights, fold)))


def part_rows(folds: Folds, part: str) -> PartRows:
    """The `train` or `validation` rows of all folds, in the order of the mapping."""
    data = list(folds.values())
    weighted = part == "train"
    weights = [one.row_weights if weighted else None for one in data]
    targets = [getattr(one, f"y_{part}") for one in data]
    given = [
        np.ones_like(y) if own is None else own.astype(np.float32)
        for y, own in zip(targets, weights, strict=True)
    ]
    return PartRows(
        x=_padded([getattr(one, f"x_{part}") for one in data]),
        y=_padded(targets),
        weights=_padded(given),
        counts=tuple(len(y) for y in targets),
    )


def _padded(arrays: Sequence[Design]) -> Float32:
    longest = max(len(array) for array in arrays)
    padded = np.zeros((len(arrays), longest, *arrays[0].shape[1:]), np.float32)
    with np.errstate(over="ignore"):  # a power beyond float32 is infinite: its row's loss will say so
        for place, array in enumerate(arrays):
            padded[place, : len(array)] = array
    return padded
