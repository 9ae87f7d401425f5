"""The rows of every fold as rectangular arrays: folds of different sizes are padded, and padding weighs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from regctl.engine.fused.values import Rows, Tensor
from regctl.types import Design, Float32, Folds


@dataclass(frozen=True)
class PartRows:
    """One part in every fold, on the device: all chunks that train on it share it.

    `x` `[F, n, inputs]`, `y` and `weights` `[F, n]` are float32, `share` float64 `[F, n]`, as in `Rows`; `counts` says
    how many rows each fold has.
    """

    x: Tensor
    y: Tensor
    share: Tensor
    weights: Tensor
    counts: tuple[int, ...]

    @property
    def longest(self) -> int:
        """How many rows the padded folds have: n."""
        return max(self.counts)

    def rows(self, fold: np.ndarray) -> Rows:
        """The part as a program takes it, for replicates in these folds `[S]`, or `[1]` where there is one fold."""
        return Rows(self.x, self.y, self.share, self.weights, tf.constant(fold))

    def inputs(self, places: Sequence[int]) -> Tensor:
        """`x` of replicates in these folds, `[S, n, inputs]`; `[1, n, inputs]` where there is one fold."""
        return self.x if len(self.counts) == 1 else tf.gather(self.x, list(places))


class Parts(NamedTuple):
    """What a cohort trains on, and what it is measured on."""

    train: PartRows
    validation: PartRows


def parts_of(folds: Folds) -> Parts:
    """The rows of all folds, in the order of the mapping."""
    return Parts(_part(folds, "train"), _part(folds, "validation"))


def _part(folds: Folds, part: str) -> PartRows:
    data = list(folds.values())
    weighted = part == "train"
    weights = [one.row_weights if weighted else None for one in data]
    targets = [getattr(one, f"y_{part}") for one in data]
    given = [
        np.ones_like(y) if own is None else own.astype(np.float32)
        for y, own in zip(targets, weights, strict=True)
    ]
    counts = tuple(len(y) for y in targets)
    present = np.arange(max(counts)) < np.array(counts)[:, None]
    return PartRows(
        x=tf.constant(_padded([getattr(one, f"x_{part}") for one in data])),
        y=tf.constant(_padded(targets)),
        share=tf.constant(present / np.array(counts, np.float64)[:, None]),
        weights=tf.constant(_padded(given)),
        counts=counts,
    )


def _padded(arrays: Sequence[Design]) -> Float32:
    longest = max(len(array) for array in arrays)
    padded = np.zeros((len(arrays), longest, *arrays[0].shape[1:]), np.float32)
    with np.errstate(over="ignore"):  # a power beyond float32 is infinite: its row's loss will say so
        for place, array in enumerate(arrays):
            padded[place, : len(array)] = array
    return padded
