"""`make bench`: what a user would do instead, measured in the same run, in turns, as ratios of medians.

The grid: the demo's 78 trials (26 λ × 3 seeds, MLP 64-64, batch 64) on rows of the demo's size, every contender
evaluating the validation loss each epoch. The rival is `model.fit`, once as a textbook writes it and once at its best
(`jit_compile=False`, `steps_per_execution` = the epoch, data as tensors).
"""

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import keras
import numpy as np
import tensorflow as tf

from regctl.engine.fused.engine import FusedEngine
from regctl.engine.plan import Shape, make_plan, make_trials, workers
from regctl.models import presets
from regctl.models.network import build_network
from regctl.spec.schema import Model, Training
from regctl.types import Prepared, Setting

ROWS, HELD_OUT, COLUMNS, EPOCHS, ROUNDS = 1758, 586, 241, 20, 3
TRAINING = Training(epochs=EPOCHS)
LAYERS = presets.mlp(Model())


def data() -> Prepared:
    """Random rows of the demo's shape: the arithmetic does not depend on the values."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(ROWS + HELD_OUT, COLUMNS)).astype(np.float32)
    y = (x[:, :10].sum(axis=1) / 3).astype(np.float32)
    return Prepared(tuple(map(str, range(COLUMNS))), x[:ROWS], y[:ROWS], x[ROWS:], y[ROWS:])


def fused(prepared: Prepared) -> Callable[[], None]:
    settings = [Setting(float(lam), 0.0, 0.0, 0.001) for lam in (0, *np.geomspace(1e-6, 1, 25))]
    plan = make_plan(LAYERS, make_trials(settings, TRAINING), Shape(ROWS, HELD_OUT, COLUMNS), TRAINING)

    def run() -> None:
        engine = FusedEngine(TRAINING)  # compiles anew, as a new process would
        for cohort in plan.cohorts:
            for _ in engine.train(cohort, {None: prepared}):
                pass

    return run


def plain_fit(prepared: Prepared, best: bool) -> Callable[[], None]:
    def run() -> None:
        network = build_network(LAYERS, COLUMNS, Setting(0.01, 0.0, 0.0, 0.001))
        steps = -(-ROWS // TRAINING.batch_size)
        tuned = {"jit_compile": False, "steps_per_execution": steps} if best else {}
        network.compile(keras.optimizers.Adam(0.001), "mean_squared_error", **tuned)
        arrays = [prepared.x_train, prepared.y_train, prepared.x_validation, prepared.y_validation]
        x, y, x_held, y_held = map(tf.constant, arrays) if best else arrays
        network.fit(x, y, TRAINING.batch_size, EPOCHS, validation_data=(x_held, y_held), verbose=0)

    return run


CONTENDERS: dict[str, Callable[[Prepared], Callable[[], None]]] = {
    "grid": fused,
    "fit": lambda prepared: plain_fit(prepared, best=False),
    "tuned": lambda prepared: plain_fit(prepared, best=True),
}


def seconds(name: str) -> float:
    """One contender's time in a process of its own: threads are a setting of the process. One run warms up."""
    command = [sys.executable, str(Path(__file__).parent), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def measure(name: str) -> None:
    """Prints the seconds of a second run, without the imports."""
    run = CONTENDERS[name](data())
    run()
    began = time.perf_counter()
    run()
    sys.stdout.write(f"{time.perf_counter() - began}\n")


def main() -> None:
    """Contenders in turns; ratios of medians, as a table and as JSON."""
    turns = [{name: seconds(name) for name in CONTENDERS} for _ in range(ROUNDS)]
    found = {name: median(turn[name] for turn in turns) for name in CONTENDERS}
    machine = f"{platform.machine()}, {workers()} processors, TensorFlow {tf.__version__}"
    rows = {
        "grid of 78 / one textbook fit": found["grid"] / found["fit"],
        "loop of 78 textbook fits / grid": 78 * found["fit"] / found["grid"],
        "loop of 78 tuned fits / grid": 78 * found["tuned"] / found["grid"],
    }
    sys.stdout.write(f"{machine}; {EPOCHS} epochs, medians of {ROUNDS}\n")
    sys.stdout.writelines(f"{name:34s} {value:8.2f}\n" for name, value in rows.items())
    sys.stdout.write(json.dumps({"machine": machine, "seconds": found, "ratios": rows}) + "\n")
