"""Row 6's rival: Keras Tuner's own Hyperband, as a textbook runs it and at its best settings."""

import os
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from measuring import Numbers
from row6_problem import BATCH, DROPOUT, FACTOR, LEARNING_RATE, UNITS, Sizes, arrays, written


def textbook(data: str, sizes: Sizes) -> Numbers:
    """`tuner.search` with arrays, as documentation has it; its messages are silenced."""
    return run(data, sizes, tuned=False)


def at_its_best(data: str, sizes: Sizes) -> Numbers:
    """The same with an epoch in one call, data as tensors, and nothing for XLA to compile."""
    return run(data, sizes, tuned=True)


def run(data: str, sizes: Sizes, tuned: bool) -> Numbers:
    """`seconds` are those of `tuner.search`; `startup_seconds` from the start of the process until it is called.

    `trials` are Keras Tuner's, continued rungs among them; `epochs` those that were trained.
    """
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        written(data, sizes, Path(folder))
        rows = arrays(Path(folder))
        unmeasured = time.perf_counter() - began
        tuner, x, held_out = prepare(rows, sizes, tuned, Path(folder))
        startup = since_start() - unmeasured
        began = time.perf_counter()
        tuner.search(*x, BATCH, validation_data=held_out, verbose=0)
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "startup_seconds": startup, **counted(tuner), "peak_mib": peak_mib()}


def prepare(rows: Sequence[np.ndarray], sizes: Sizes, tuned: bool, folder: Path) -> tuple[Any, Any, Any]:
    """The tuner, what to train on and what to validate on."""
    import keras
    import keras_tuner
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    x, y, *held_out = map(tf.constant, rows) if tuned else rows
    epoch = -(-len(x) // BATCH)
    steps = {"jit_compile": False, "steps_per_execution": epoch} if tuned else {}

    def build(hp: Any) -> Any:
        network = keras.Sequential(
            [
                keras.Input((x.shape[1],)),
                keras.layers.Dense(
                    hp.Int("units", UNITS[0], UNITS[-1], UNITS[1] - UNITS[0]), activation="relu"
                ),
                keras.layers.Dropout(hp.Float("dropout", *DROPOUT)),
                keras.layers.Dense(10, activation="softmax"),
            ]
        )
        adam = keras.optimizers.Adam(LEARNING_RATE)
        network.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"], **steps)
        return network

    tuner = keras_tuner.Hyperband(
        build,
        objective="val_accuracy",
        max_epochs=sizes.max_epochs,
        factor=FACTOR,
        seed=0,
        directory=folder,
        overwrite=True,
    )
    return tuner, (x, y), tuple(held_out)


def counted(tuner: Any) -> Numbers:
    """How many trials there were, how many settings, epochs trained, and the best validation accuracy."""
    trials = list(tuner.oracle.trials.values())
    values = [trial.hyperparameters.values for trial in trials]
    epochs = [each["tuner/epochs"] - each["tuner/initial_epoch"] for each in values]
    return {
        "trials": len(trials),
        "settings": sum("tuner/trial_id" not in each for each in values),
        "epochs": sum(epochs),
        "validation_accuracy": max(trial.score for trial in trials if trial.score is not None),
    }


def since_start() -> float:
    """Seconds since this process was started, by the kernel's clock (Linux)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def peak_mib() -> float:
    """The most memory that this process had at once (resident)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
