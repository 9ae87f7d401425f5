"""A grid that cannot fit is refused before anything is written, with numbers: in each engine, and for what is kept."""

import pytest

from regctl.spec.axes import Axes
from regctl.spec.loading import load_spec
from regctl.steps import planning
from regctl.steps.planning import kept_bytes, plan_experiment
from rents import SPEC, write_spec

CNN = """\
name: digits
dataset: {source: digits, target: digit}
task: classification
model: {name: cnn, filters: [4], units: [8]}
training: {epochs: 1, seeds: 1}
sweep: {lambda: [0, 0.1]}
"""
LINEAR = SPEC.replace("{name: mlp, units: [8], activation: tanh}", "{name: linear}")


def test_what_is_kept_goes_with_trials_rows_epochs_and_weights(here):
    experiment = plan_experiment(load_spec(write_spec(here)).spec, Axes("lambda"), smoke=False)
    rows, epochs, columns = 48, 4, len(experiment.whole.folds[None].names)
    weights = columns * 8 + 8 + 8 + 1
    assert kept_bytes(experiment, 6) == 6 * 2 * 8 * (rows + epochs) + 3 * 8 * weights


@pytest.mark.parametrize("flags", [(), ("--dry-run",)])
def test_a_grid_whose_results_do_not_fit_is_refused_with_numbers(regctl, here, monkeypatch, flags):
    write_spec(here)
    grid = ("-S", "sweep.lambda={log: [1.0e-6, 1], points: 1000}", "--seeds", "10")
    monkeypatch.setattr(planning, "available_memory", lambda: 4 * 2**20)
    outcome = regctl("sweep", "lambda", "rents.yaml", *grid, *flags)
    assert outcome.code == 2
    assert "what is kept of 10,010 trials needs about 8.5 MiB, and 4.0 MiB are free." in outcome.err
    assert not (here / "runs").exists()
    assert regctl("sweep", "lambda", "rents.yaml", "--dry-run").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SPEC, "training one trial needs about 470 KiB, and 10 KiB may be used"),
        (LINEAR, "the exact solution needs about 36 KiB, and 10 KiB may be used"),
        (CNN, "training one trial needs about 2.0 MiB, and 10 KiB may be used"),
    ],
)
def test_one_trial_that_does_not_fit_is_refused_in_each_engine(regctl, here, text, said):
    write_spec(here, text)
    outcome = regctl("sweep", "lambda", "rents.yaml", "-S", "training.memory_limit=0.00001")
    assert outcome.code == 2
    assert said in outcome.err
    assert "Raise training.memory_limit" in outcome.err
    assert not (here / "runs").exists()


def test_workers_of_the_keras_engine_are_as_many_as_fit(here):
    write_spec(here, CNN)

    def beside(*overrides):
        spec = load_spec(here / "rents.yaml", [*overrides]).spec
        return plan_experiment(spec, Axes("lambda"), smoke=False, jobs=8).plan.cohorts[0].beside

    assert beside("training.memory_limit=0.1") == 1
    assert beside("training.memory_limit=1.7") == 2
