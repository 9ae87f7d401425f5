"""The Keras engine's worker processes: they change no result, they are replaced, they die, they leave no orphans."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from dying import die
from images import write_images
from problems import grid, problem, trials_of
from regctl.engine.device import use_one_thread_per_operation
from regctl.engine.keras import workers
from regctl.engine.keras.engine import KerasEngine
from regctl.engine.keras.fitting import fit_trial
from regctl.engine.keras.messages import Recipe
from regctl.engine.keras.plan import keras_plan
from regctl.engine.plan import Shape
from regctl.errors import MachineError
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training

use_one_thread_per_operation()  # as workers do

LAYERS = presets.cnn(Model(name="cnn", image=[2, 4, 1], filters=[3], units=[5]))
TRAINING = Training(epochs=2, seeds=2, batch_size=16)
DATA = problem(columns=8)
TRIALS = trials_of(grid([0.0, 0.1], dropout=0.3), TRAINING)


def engine_results(on_epoch, jobs):
    shape = Shape(len(DATA.x_train), len(DATA.x_validation), 8)
    (cohort,) = keras_plan(LAYERS, TRIALS, shape, TRAINING, jobs).cohorts
    engine = KerasEngine(TRAINING, keep_weights=lambda trial: trial.seed == 0, on_epoch=on_epoch)
    return {result.trial.id: result for batch in engine.train(cohort, {None: DATA}) for result in batch}


@pytest.mark.process
def test_jobs_recycling_and_a_death_change_no_result(monkeypatch):
    """Workers serve two trials each; one is killed in its first epoch, and its trial is trained again."""
    monkeypatch.setattr(workers, "TRIALS_PER_WORKER", 2)
    processes = set()

    def kill_once(event):
        alive = multiprocessing.active_children()
        if not processes:
            alive[0].kill()
        processes.update(child.pid for child in alive)

    found = engine_results(kill_once, jobs=2)
    assert sorted(found) == [0, 1, 2, 3]
    assert len(processes) >= 3
    assert not multiprocessing.active_children()
    recipe = Recipe(LAYERS, TRAINING, "mean_squared_error")
    for trial in TRIALS:
        expected = fit_trial(recipe, trial, DATA, lambda event: None)
        own = found[trial.id]
        np.testing.assert_array_equal(own.validation_prediction, expected.validation_prediction)
        np.testing.assert_array_equal(own.history.validation_loss, expected.history.validation_loss)
        assert (own.weights is not None) == (trial.seed == 0)


def test_a_worker_is_old_after_so_many_trials_or_when_it_has_grown_since_its_first():
    worker = workers.Worker(None, None)
    assert not worker.is_old(2**30)
    assert not worker.is_old(2**30 + workers.GROWTH_BYTES)
    assert worker.is_old(2**30 + workers.GROWTH_BYTES + 1)
    worker = workers.Worker(None, None)
    assert [worker.is_old(2**30) for _ in range(workers.TRIALS_PER_WORKER)].count(True) == 1


@pytest.mark.process
def test_a_trial_whose_worker_dies_twice_is_named(monkeypatch):
    monkeypatch.setattr(workers, "serve", die)
    expected = r"trial 0 \(λ=0, seed 0\): worker killed by signal 9 \(SIGKILL\) twice, probably out of memory"
    with pytest.raises(MachineError, match=expected):
        engine_results(lambda event: None, jobs=1)
    assert not multiprocessing.active_children()


@pytest.mark.process
def test_ctrl_c_ends_the_workers_and_shows_no_traceback(here):
    """A terminal's Ctrl-C reaches every process of its group."""
    write_images(here)
    command = [sys.executable, "-m", "regctl", "train", "images.yaml", "-S", "training.epochs=1000000"]
    process = started(command, here)
    for line in process.stderr:
        if "left" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert gone(process.pid)


PARENT = """
import time
from pathlib import Path
from regctl.engine.keras.messages import Job, Recipe
from regctl.engine.keras.workers import Worker
from regctl.spec.training import Training

if __name__ == "__main__":
    worker = Worker.start(Job(Recipe((), Training(), "mean_squared_error"), Path(), ()))
    print("started", flush=True)
    time.sleep(60)
"""


@pytest.mark.process
def test_a_worker_does_not_outlive_a_parent_that_is_killed(here):
    (here / "parent.py").write_text(PARENT)
    process = started([sys.executable, "parent.py"], here)
    assert process.stdout.readline() == "started\n"
    process.kill()
    process.communicate(timeout=60)
    assert gone(process.pid)


def started(command, folder):
    return subprocess.Popen(
        command,
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def gone(group: int) -> bool:
    """Whether every process of a group has ended, within some seconds."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
