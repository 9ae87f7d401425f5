"""Row 2: where arithmetic, not overhead, takes the time: against its floor, and against a loop of Keras fits.

Times are per step of all trials, without compilation, batch noise and all else that a step needs included.

The floor of a step of T trials on rows `b`, inputs `d`, hidden units `h` and classes `k` is

    T·b·(4·d·h + 6·h·k) / peak  +  T·28·(d·h + h + h·k + k) / bandwidth

In words: a multiply and an add per weight and row, forward, for the kernel's gradient, and for the gradient of a
kernel's input, which the first layer does not need; then Adam, which at the least reads each weight, its gradient and
both moments and writes all but the gradient, 7 × 4 bytes. Trials of one seed share the first layer's input, which saves
memory traffic and no arithmetic. Peak (float32 operations a second) and bandwidth (bytes a second) are this machine's
own, measured in the same run and in the engine's own layout: one thread per processor, each at work on its own arrays.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from measuring import Found, Numbers, Ratio, Row, shared_out
from peaks import matmul_peak, memory_bandwidth

BATCH, INPUTS, UNITS, CLASSES = 128, 784, 128, 10
LEARNING_RATE = 0.001
HELD_OUT = (
    128  # evaluating so few after each epoch is half a per cent of its arithmetic, which the floor leaves out
)
BYTES_PER_WEIGHT = 7 * 4


@dataclass(frozen=True)
class Sizes:
    """`rates` × `seeds` trials; `epochs` are timed; each peak is measured for `peak_seconds`."""

    rows: int = 12_800
    rates: int = 10
    seeds: int = 5
    epochs: int = 2
    side: int = 1024
    megabytes: int = 256
    peak_seconds: float = 2.0

    @property
    def trials(self) -> int:
        return self.rates * self.seeds


FULL, QUICK = Sizes(), Sizes(256, rates=2, seeds=1, epochs=3, side=64, megabytes=1, peak_seconds=0.01)


def rows(sizes: Sizes) -> list[np.ndarray]:
    """Rows of noise around one centre for each class, and the numbers of their classes."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, CLASSES, sizes.rows + HELD_OUT)
    centres = generator.normal(size=(CLASSES, INPUTS))
    x = (0.1 * centres[y] + generator.normal(size=(len(y), INPUTS))).astype(np.float32)
    labels = y.astype(np.float32)
    return [x[: sizes.rows], labels[: sizes.rows], x[sizes.rows :], labels[sizes.rows :]]


class Enough(Exception):  # noqa: N818 - no error: the epochs wanted are timed
    """Ends a chunk's training."""


@dataclass
class Clock:
    """Notes when each chunk, which trains in a thread of its own, has done how many steps; stops after some epochs."""

    epochs: int
    calls: dict[int, list[tuple[int, float]]] = field(default_factory=dict)

    def stop(self, event: Any) -> None:
        if event.epoch >= self.epochs:
            raise Enough

    def timed(self, train: Callable[..., Any]) -> Callable[..., Any]:
        """A program's `train`, which runs some steps in one call, under the clock."""

        def call(state: Any, rows: Any, held_out: Any, hyper: Any, steps: Any) -> Any:
            losses = train(state, rows, held_out, hyper, steps)
            done = int(steps.first) + len(steps.order)
            self.calls.setdefault(threading.get_ident(), []).append((done, time.perf_counter()))
            return losses

        return call

    def seconds_per_step(self) -> float:
        """Of the slowest chunk, from the end of its first call on, with all that happens between the calls."""
        spans = [(calls[0], calls[-1]) for calls in self.calls.values()]
        return max((end - begin) / (last - first) for (first, begin), (last, end) in spans)


def grid(sizes: Sizes) -> Numbers:
    """regctl's engine, with its program at hand; the first call of each chunk is not timed."""
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.engine.fused.engine import FusedEngine
    from regctl.engine.plan import Shape, make_plan, make_trials
    from regctl.models import presets
    from regctl.spec.model import Model
    from regctl.spec.training import Training
    from regctl.types import Prepared, Setting

    # The engine measures the training loss at every tenth of the epochs asked for, and the clock stops before that.
    training = Training(epochs=100, batch_size=BATCH, seeds=sizes.seeds, learning_rate=LEARNING_RATE)
    settings = [Setting(0.0, rate, 0.0, LEARNING_RATE) for rate in dropout_rates(sizes)]
    layers = presets.mlp(Model(units=[UNITS]), outputs=CLASSES)
    shape = Shape(sizes.rows, HELD_OUT, INPUTS)
    (cohort,) = make_plan(layers, make_trials(settings, training), shape, training).cohorts
    if len(cohort.chunks) > cohort.beside:
        raise SystemExit(
            f"row 2: expected all chunks beside each other, received {len(cohort.chunks)} chunks of which "
            f"{cohort.beside} fit the memory. Free some memory."
        )
    folds = {None: Prepared(tuple(f"column {number}" for number in range(INPUTS)), *rows(sizes))}
    clock = Clock(epochs=1)
    engine = FusedEngine(training, loss="categorical_crossentropy", on_epoch=clock.stop)
    with suppress(Enough):
        list(engine.train(cohort, folds))
    clock.epochs = sizes.epochs
    for program in engine.programs.values():
        program.train = clock.timed(program.train)
    with suppress(Enough):
        list(engine.train(cohort, folds))
    return {"seconds": clock.seconds_per_step()}


def dropout_rates(sizes: Sizes) -> list[float]:
    return np.linspace(0.05, 0.5, sizes.rates).tolist()


def textbook(sizes: Sizes) -> Numbers:
    """Keras as a textbook writes it, per step, times the number of trials."""
    x, y, *held_out = rows(sizes)
    return keras_steps(x, y, held_out, {}, sizes)


def tuned(sizes: Sizes) -> Numbers:
    """Keras at its best: an epoch is one call, data are tensors, nothing for XLA."""
    import tensorflow as tf

    x, y, *held_out = map(tf.constant, rows(sizes))
    return keras_steps(
        x, y, held_out, {"jit_compile": False, "steps_per_execution": sizes.rows // BATCH}, sizes
    )


def beside(sizes: Sizes) -> Numbers:
    """`tuned` in a process per processor."""
    return shared_out(2, "tuned", quick=sizes == QUICK)


def keras_steps(x: Any, y: Any, held_out: Any, settings: dict[str, Any], sizes: Sizes) -> Numbers:
    """A model's epochs after a first one that compiles."""
    import keras
    from keras.layers import Dense, Dropout

    network = keras.Sequential(
        [keras.Input((INPUTS,)), Dense(UNITS, activation="relu"), Dropout(0.25), Dense(CLASSES)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(LEARNING_RATE), loss, **settings)
    network.fit(x, y, BATCH, 1, verbose=0, validation_data=tuple(held_out))
    began = time.perf_counter()
    network.fit(x, y, BATCH, sizes.epochs, verbose=0, validation_data=tuple(held_out))
    each = (time.perf_counter() - began) / (sizes.epochs * sizes.rows // BATCH)
    return {"seconds": each * sizes.trials, "one_trial": each}


def floor(sizes: Sizes) -> Numbers:
    """What a step cannot be faster than, see the module."""
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    flops = sizes.trials * BATCH * (4 * INPUTS * UNITS + 6 * UNITS * CLASSES)
    traffic = sizes.trials * BYTES_PER_WEIGHT * (INPUTS * UNITS + UNITS + UNITS * CLASSES + CLASSES)
    peak = matmul_peak(sizes.side, sizes.peak_seconds)
    bandwidth = memory_bandwidth(sizes.megabytes, sizes.peak_seconds)
    return {
        "seconds": flops / peak + traffic / bandwidth,
        "arithmetic_seconds": flops / peak,
        "traffic_seconds": traffic / bandwidth,
        "peak_gflops": peak / 1e9,
        "bandwidth_gb": bandwidth / 1e9,
    }


def ratios(found: Found) -> list[Ratio]:
    grid = found["grid"]["seconds"]
    best = min(found[name]["seconds"] for name in ("textbook", "tuned"))
    return [
        Ratio("floor / grid", found["floor"]["seconds"] / grid, at_least=0.8),
        Ratio("faster loop of Keras fits / grid", best / grid, at_least=5),
        Ratio("    in a process per processor", found["beside"]["seconds"] / grid),
    ]


ROW = Row(
    title="Compute-bound",
    setup="10 dropout rates × 5 seeds of an MLP 784-128-10, cross-entropy, batch 128, 12,800 rows: seconds of one step "
    "of all 50 trials, without compilation. The floor is arithmetic at this machine's peak and Adam's least traffic.",
    contenders={"grid": grid, "floor": floor, "textbook": textbook, "tuned": tuned, "beside": beside},
    ratios=ratios,
    full=FULL,
    quick=QUICK,
)
