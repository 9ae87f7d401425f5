"""What each step of a chunk's training sees: which rows, and which random draws."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import tensorflow as tf

from regctl.engine import random, schedules
from regctl.engine.cadence import measures_training_loss
from regctl.engine.chunks import DRAWN_BYTES
from regctl.engine.fused.stack import Stack
from regctl.engine.fused.values import Steps
from regctl.spec.training import Training


class Batches:
    """The steps of replicates that have the same number of steps in an epoch.

    Parameters:
        replicates: (seed, fold) of each.
        counts: how many training rows each replicate has.
        places: which fold, counted from 0, each replicate is in.
        longest: how many rows the padded folds have.
    """

    def __init__(
        self,
        stack: Stack,
        training: Training,
        names: Sequence[str],
        replicates: Sequence[tuple[int, int | None]],
        counts: Sequence[int],
        places: Sequence[int],
        longest: int,
    ) -> None:
        self.training = training
        self.keys = [random.replicate_key(*replicate) for replicate in replicates]
        self.counts, self.offsets = counts, [place * longest for place in places]
        self.batch = min(training.batch_size, max(counts))
        self.per_epoch = ceil(max(counts) / self.batch)
        if any(ceil(count / self.batch) != self.per_epoch for count in counts):
            raise ValueError(f"replicates of one chunk take different numbers of steps: rows {list(counts)}")
        self.total = self.per_epoch * training.epochs
        self.factors = schedules.factors(training.schedule, self.total)
        self.reach = schedules.reach(self.factors, training.momentum, training.nesterov)
        self.noise = list(zip(stack.noise, _unit_words(stack, names), strict=True))
        floats = 4 * self.batch * len(self.keys) * sum(stack.noise_widths)
        self.ahead = max(1, DRAWN_BYTES // floats) if floats else self.total

    def steps(self, first: int, last: int) -> Steps:
        """Steps first … last − 1 of the whole training."""
        parts = [self._within_epoch(epoch, steps) for epoch, steps in self._by_epoch(first, last)]
        order, share, draws = zip(*parts, strict=True)
        numbers = np.arange(first, last)
        ends = np.where((numbers + 1) % self.per_epoch, 0, (numbers + 1) // self.per_epoch).astype(np.int32)
        return Steps(
            order=tf.constant(np.concatenate(order)),
            share=tf.constant(np.concatenate(share)),
            factor=tf.constant(self.factors[first:last]),
            reach=tf.constant(self.reach[first:last]),
            draws=tuple(tf.constant(np.concatenate(drawn)) for drawn in zip(*draws, strict=True)),
            first=tf.constant(first),
            ends=tf.constant(ends),
            measured=tf.constant(self._measured(ends)),
        )

    def _by_epoch(self, first: int, last: int) -> list[tuple[int, range]]:
        pieces = []
        while first < last:
            epoch, within = divmod(first, self.per_epoch)
            stop = min(self.per_epoch, within + last - first)
            pieces.append((epoch, range(within, stop)))
            first += stop - within
        return pieces

    def _within_epoch(self, epoch: int, steps: range) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        shape = (self.per_epoch, self.batch)
        order = np.zeros((len(self.keys), *shape), np.int32)
        share = np.zeros((len(self.keys), *shape), np.float32)
        for place, (key, count) in enumerate(zip(self.keys, self.counts, strict=True)):
            order[place].reshape(-1)[:count] = random.batch_order(key, epoch, count) + self.offsets[place]
            present = (np.arange(self.per_epoch * self.batch) < count).reshape(shape)
            share[place] = present / present.sum(axis=1, keepdims=True).astype(np.float32)
        chosen = slice(steps.start, steps.stop)
        draws = [
            np.stack(
                [
                    random.layer_noise(layer.kind, key, layer.name, units, epoch, steps, self.batch)
                    for key in self.keys
                ],
                axis=1,
            )
            for layer, units in self.noise
        ]
        return order[:, chosen].swapaxes(0, 1), share[:, chosen].swapaxes(0, 1), draws

    def _measured(self, ends: np.ndarray) -> np.ndarray:
        epochs = self.training.epochs
        return np.array([end > 0 and measures_training_loss(int(end), epochs) for end in ends])


def _unit_words(stack: Stack, names: Sequence[str]) -> list[random.UInt64]:
    """The words that key each noise layer's units: column names at the input, numbers elsewhere."""
    at_input = not stack.shares_input
    return [
        random.words(names if at_input and number == 0 else range(width))
        for number, width in enumerate(stack.noise_widths)
    ]
