"""`regctl tune`: every tuner to its end, what it trains, what it compares, failures, interruptions and resumes."""

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from regctl.records.manifest import read_manifest, write_manifest
from regctl.records.search_record import read_search, read_searched, write_search
from regctl.search.brackets import brackets
from regctl.spec.loading import load_spec
from regctl.spec.resolved import resolved_yaml, with_values
from regctl.spec.search_space import frozen

SPEC = """\
name: digits
dataset: {source: digits, target: digit}
task: classification
model: {name: mlp, units: [12]}
split: {train: 0.3, validation: 0.2, test: 0.5}
training: {learning_rate: 0.01, epochs: 9, seeds: 2}
tune:
  space:
    dropout: {from: 0.0, to: 0.6}
    units: {choices: [8, 16, 24]}
    lambda: {from: 1.0e-5, to: 0.01, log: true}
"""
RUN = Path("runs/latest")


@pytest.fixture
def tune(regctl, here, monkeypatch):
    """Writes the spec and runs `regctl tune model`; the figures, which take longest, have tests of their own."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda run: None)
    (here / "digits.yaml").write_text(SPEC, encoding="utf-8")

    def command(*arguments, target="model", spec=("digits.yaml",)):
        return regctl("tune", target, *spec, *arguments)

    return command


def one_line(text):
    return " ".join(text.split())


def told(values):
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def finished(run=RUN):
    """What a search came to, without what depends on the clock."""
    names = (
        "number",
        "values",
        "epochs",
        "continues",
        "bracket",
        "rung",
        "score",
        "spread",
        "reason",
        "replicates",
    )
    found = sorted(read_searched(run), key=lambda each: each.number)
    return [tuple(getattr(each, name) for name in names) for each in found]


def retrained_alone(regctl, run, searched):
    """The losses of a request's setting, trained by itself with the search's seeds."""
    base = load_spec(run / "spec.yaml").spec
    spec = with_values(base, frozen(base, told(searched.values)))
    Path("alone.yaml").write_text(resolved_yaml(spec), encoding="utf-8")
    assert regctl("train", "alone.yaml", "--out", "alone", "--quiet").code == 0
    chosen = json.loads(Path("alone/latest/selection.json").read_text(encoding="utf-8"))["selected"]
    rows = pl.read_csv("alone/latest/results.csv")
    for name in ("lambda", "dropout"):
        rows = rows.filter(pl.col(name) == chosen[name])
    return rows["validation_loss"].to_list(), rows["train_loss"].to_list()


def test_hyperband_halves_continues_and_ends_in_a_winner_retrained_on_fresh_seeds(tune, regctl):
    outcome = tune("--trials", "12", "--quiet", "--tuner", "hyperband")
    assert outcome.code == 0
    assert "Best of 12 settings" in outcome.out
    searched, record = read_searched(RUN), read_search(RUN)
    plan = brackets(12, 9)
    assert sum(each.continues is None for each in searched) == 12
    assert len(searched) == sum(sum(bracket.sizes) for bracket in plan)
    # Epochs are paid once: continued rungs train only what is new.
    assert sum(each.trained_epochs for each in searched) == 2 * sum(each.epochs_in_all for each in plan)
    assert (record.seeds, record.fresh_seeds) == ((0, 1), (2, 3))
    (best,) = [each for each in searched if each.number == record.best]
    assert best.score == min(each.score for each in searched if each.epochs == 9)
    assert {each.name for each in record.compared} == {"none", "spec"}
    # Narrower networks and continued rungs come to what they come to alone, to the last bit.
    continued = max((each for each in searched if each.epochs == 9), key=lambda each: each.rung)
    narrow = next(each for each in searched if each.epochs == 9 and each.values["units"] < 24)
    for each in {continued.number: continued, narrow.number: narrow}.values():
        validation, train = retrained_alone(regctl, RUN, each)
        assert validation == [replica.validation_loss for replica in each.replicates]
        assert train == [replica.train_loss for replica in each.replicates]


def test_best_yaml_trains_the_winner_again_to_the_same_bits_and_the_differences_are_of_its_rows(tune, regctl):
    assert tune("--trials", "3", "--quiet", "--tuner", "random").code == 0
    run = RUN.resolve()
    rows, record = pl.read_csv(run / "results.csv"), read_search(run)
    assert sorted(set(rows["seed"])) == [2, 3]
    assert regctl("train", str(run / "best.yaml"), "--quiet", "--out", "again").code == 0
    again = pl.read_csv("again/latest/results.csv")
    columns = ["seed", "lambda", "dropout", "train_loss", "validation_loss"]
    assert again.select(columns).equals(rows.select(columns))
    none = next(each for each in record.compared if each.name == "none")
    means = rows.group_by("lambda", maintain_order=True).agg(pl.col("validation_loss").mean())[
        "validation_loss"
    ]
    assert record.winner_loss == pytest.approx(means[0], rel=1e-12)
    assert none.loss == pytest.approx(means[1], rel=1e-12)
    assert none.difference == pytest.approx(means[0] - means[1], abs=1e-9)
    assert none.low < none.difference < none.high


@pytest.mark.parametrize("tuner", ["random", "bayesian"])
def test_a_tuner_ends_with_as_many_settings_as_asked_for(tune, tuner):
    outcome = tune("--trials", "11", "--tuner", tuner, "--quiet", "--seeds", "1", "-S", "training.epochs=3")
    assert outcome.code == 0
    searched = read_searched(RUN)
    assert len(searched) == 11
    assert {each.epochs for each in searched} == {3}
    batches = [each.batch for each in searched]
    assert max(batches) == (0 if tuner == "random" else 1)  # 9 at random, then 2 by the Gaussian process


def test_auto_goes_through_a_small_space_and_says_so(tune):
    choices = {"units": "[8, 16]", "activation": "[relu, tanh]", "batch_size": "[32, 64]"}
    space = f"tune.space={{{', '.join(f'{name}: {{choices: {each}}}' for name, each in choices.items())}}}"
    outcome = tune("--trials", "20", "--seeds", "1", "-S", "training.epochs=2", "-S", space)
    assert outcome.code == 0
    assert "note: tuner: grid (the space has 8 settings, which are all gone through)" in outcome.err
    assert len({tuple(sorted(told(each.values).items())) for each in read_searched(RUN)}) == 8
    assert read_search(RUN).totals == (8,)
    own = next(each for each in read_search(RUN).compared if each.name == "spec")
    assert [own.values[name] for name in choices] == [12, "relu", 64]


def test_depth_rates_by_layer_and_kinds_of_noise_are_searched(tune, regctl):
    space = (
        "tune.space={layers: {choices: [1, 2]}, units: {choices: [8, 16]}, dropout_1: {from: 0.1, to: 0.5},"
        " dropout_2: {from: 0.1, to: 0.5}, dropout_kind: {choices: [dropout, alpha_dropout, gaussian_noise]},"
        " l1: {from: 1.0e-6, to: 0.01, log: true}, learning_rate: {from: 0.001, to: 0.1, log: true}}"
    )
    assert (
        tune("--trials", "9", "--tuner", "random", "--quiet", "-S", "training.epochs=3", "-S", space).code
        == 0
    )
    searched = read_searched(RUN)
    assert all(("dropout_2" in each.values) == (each.values["layers"] == 2) for each in searched)
    for each in searched[:2]:
        validation, _ = retrained_alone(regctl, RUN, each)
        assert validation == [replica.validation_loss for replica in each.replicates]


def test_an_objective_that_is_maximized(tune):
    assert (
        tune("--trials", "6", "--quiet", "--tuner", "random", "-S", "tune.objective=validation_accuracy").code
        == 0
    )
    searched, record = read_searched(RUN), read_search(RUN)
    assert record.direction == "max"
    best = next(each for each in searched if each.number == record.best)
    assert best.score == max(each.score for each in searched)
    accuracies = [replica.validation_metrics["accuracy"] for replica in best.replicates]
    assert best.score == pytest.approx(sum(accuracies) / 2)


def test_a_setting_that_diverges_has_failed_with_its_reason_and_the_search_goes_on(tune):
    space = "tune.space={learning_rate: {choices: [0.01, 1.0e+20, 1.0e+22]}}"
    outcome = tune("--trials", "3", "--quiet", "-S", space)
    assert outcome.code == 3
    failed = [each for each in read_searched(RUN) if each.status == "failed"]
    assert len(failed) == 2
    assert all(each.score is None and "diverged at epoch 1 with seed 0" in each.reason for each in failed)
    assert f"request {failed[0].number} failed: diverged at epoch 1 with seed 0" in outcome.err
    assert read_search(RUN).best_values == {"learning_rate": 0.01}
    assert (RUN / "model.keras").exists()


def test_a_setting_that_does_not_fit_the_memory_has_failed_and_the_search_goes_on(tune):
    space = "tune.space={units: {choices: [8, 400000]}}"
    outcome = tune("--trials", "2", "--quiet", "-S", space, "-S", "training.memory_limit=0.1")
    assert outcome.code == 3
    small, large = sorted(read_searched(RUN), key=lambda each: each.values["units"])
    assert (small.status, large.status) == ("done", "failed")
    assert "MiB may be used" in large.reason


def test_what_trains_beside_a_setting_that_does_not_fit_the_memory_does_not_fail_with_it(tune):
    space = "tune.space={units: {choices: [8, 1000]}}"
    limit = ("-S", "training.epochs=1", "-S", "training.memory_limit=0.011")
    assert tune("--trials", "2", "--quiet", "-S", space, *limit).code == 3
    small, large = sorted(read_searched(RUN), key=lambda each: each.values["units"])
    assert (small.status, large.status) == ("done", "failed")
    assert "MiB may be used" in large.reason


def test_where_every_setting_fails_the_run_says_so(tune):
    outcome = tune(
        "--trials", "2", "--quiet", "-S", "tune.space={learning_rate: {choices: [1.0e+20, 1.0e+22]}}"
    )
    assert outcome.code == 3
    assert read_search(RUN).best is None
    assert not (RUN / "model.keras").exists()
    assert "Traceback" not in outcome.err


def test_an_interrupted_search_goes_on_to_what_an_uninterrupted_one_comes_to(tune, monkeypatch):
    arguments = ("--trials", "9", "--tuner", "hyperband", "-S", "training.memory_limit=0.02")
    assert tune(*arguments, "--quiet", "--out", "whole").code == 0
    from regctl.steps import searching

    append, calls = searching.append_searched, []

    def interrupted(folder, batch):
        append(folder, batch)
        calls.append(batch)
        if batch and len(calls) >= 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(searching, "append_searched", interrupted)
    outcome = tune(*arguments, "--quiet")
    assert outcome.code == 130
    run = RUN.resolve()
    assert f"Go on with: regctl tune model --resume {RUN.resolve().relative_to(Path.cwd())}" in outcome.err
    kept = len(read_searched(run))
    assert kept == sum(map(len, calls)) > 0
    monkeypatch.setattr(searching, "append_searched", append)
    assert tune("--resume", str(run), "--quiet", spec=()).code == 0
    whole = Path("whole/latest")
    assert finished(run) == finished(whole)
    for name in ("results.csv", "validation_rows.npz", "selection.json"):
        assert (run / name).read_bytes() == (whole / name).read_bytes(), name
    assert read_search(run).best == read_search(whole).best
    written = (run / "manifest.json").stat().st_mtime_ns
    again = tune("--resume", str(run), spec=())
    assert (again.code, "has finished: nothing is left to train" in again.err) == (0, True)
    assert (run / "manifest.json").stat().st_mtime_ns == written


def test_a_larger_total_goes_on_and_a_smaller_one_is_refused(tune):
    assert tune("--trials", "4", "--tuner", "random", "--quiet").code == 0
    run, before = RUN.resolve(), finished()
    assert tune("--resume", "runs/latest", "--trials", "7", "--quiet", spec=()).code == 0
    assert finished(run)[:4] == before
    assert len(finished(run)) == 7
    assert read_search(run).totals == (4, 7)
    outcome = tune("--resume", "runs/latest", "--trials", "5", spec=())
    assert outcome.code == 2
    assert "--trials: the total, 7 or more" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--trials", "0"), "--trials: expected 1 or more. Received: 0."),
        (("--tuner", "best"), "best"),
        (("--tuner", "grid"), "Give tune.space.dropout a step or choices."),
        (
            ("--tuner", "hyperband", "--trials", "2"),
            "the smallest number of settings that Hyperband works with is 3.",
        ),
        (("--tuner", "hyperband", "-S", "training.epochs=2"), "Hyperband needs 3 epochs at least"),
        (
            ("-S", "tune.objective=validation_rmse"),
            "-S tune.objective=validation_rmse: expected validation_loss,",
        ),
        (("-S", "tune.space.dropout.step=0.25"), "-S tune.space.dropout.step=0.25: must divide the range."),
        (("--resume", "runs/none"), "runs/none"),
    ],
)
def test_what_cannot_be_searched_is_told_in_one_sentence(tune, arguments, told):
    outcome = tune(*arguments)
    assert outcome.code == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert not Path("runs").exists()


def test_a_resume_whose_spec_has_changed_is_refused_with_the_difference(tune, regctl):
    assert tune("--trials", "2", "--tuner", "random", "--quiet", "-S", "training.epochs=2").code == 0
    outcome = tune(
        "--resume", "runs/latest", "-S", "training.epochs=2", "-S", "model.units=[32]", "--tuner", "random"
    )
    assert outcome.code == 2
    assert "the spec has changed: model.units: [12] in the run, [32] now." in outcome.err
    other = tune("--resume", "runs/latest", target="dropout", spec=())
    assert (other.code, "a search for model. Received: dropout." in other.err) == (2, True)
    assert regctl("train", "digits.yaml", "--quiet", "-S", "training.epochs=1").code == 0
    no_search = tune("--resume", "runs/latest", spec=())
    assert (no_search.code, "expected a run of regctl tune" in no_search.err) == (2, True)


def test_a_resume_with_another_tuner_is_refused_and_one_that_says_the_same_goes_on(tune):
    once = ("-S", "training.epochs=2")
    assert tune("--trials", "2", "--tuner", "random", "--quiet", *once).code == 0
    other = tune("--resume", "runs/latest", "--tuner", "bayesian", *once)
    assert other.code == 2
    assert "the spec has changed: tune.tuner: random in the run, bayesian now." in other.err
    assert tune("--resume", "runs/latest", "--tuner", "random", "--trials", "3", "--quiet", *once).code == 0
    assert len(read_searched(RUN)) == 3
    assert tune("--smoke", "--quiet").code == 0
    assert tune("--resume", "runs/latest", "--quiet").code == 0


def test_a_resume_whose_journal_holds_other_requests_is_refused_and_keeps_what_was_found(tune):
    assert tune("--trials", "2", "--tuner", "random", "--quiet", "-S", "training.epochs=2").code == 0
    run, before = RUN.resolve(), read_search(RUN)
    journal = (run / "search.jsonl").read_text(encoding="utf-8")
    held = json.loads(journal.splitlines()[0])
    units = held["values"]["units"]
    (run / "search.jsonl").write_text(journal.replace(f'"units": {units}', '"units": 9', 1), encoding="utf-8")
    outcome = tune("--resume", str(run), "--quiet", "--trials", "4", spec=())
    assert outcome.code == 2
    assert f"request {held['number']} was" in outcome.err
    assert "units 9" in outcome.err.partition("and is now")[0]
    after = read_search(run)
    assert (after.best, after.compared, after.totals) == (before.best, before.compared, before.totals)
    assert json.loads((run / "manifest.json").read_text(encoding="utf-8"))["status"] == "completed"


def test_a_search_tells_the_time_of_all_its_processes(tune):
    assert tune("--trials", "2", "--tuner", "random", "--quiet", "-S", "training.epochs=2").code == 0
    run, first = RUN.resolve(), read_search(RUN)
    assert tune("--resume", str(run), "--quiet", "--trials", "3", spec=()).code == 0
    again = read_search(run)
    assert again.oracle_seconds > first.oracle_seconds
    assert again.search_seconds > first.search_seconds
    # A process that was killed has left its journal alone.
    write_search(run, replace(again, search_seconds=0.0))
    write_manifest(run, replace(read_manifest(run), status="running"))
    assert tune("--resume", str(run), "--quiet", spec=()).code == 0
    assert read_search(run).search_seconds > sum(each.seconds for each in read_searched(run))


def test_a_dry_run_and_a_smoke_run(tune):
    outcome = tune("--trials", "12", "--dry-run")
    assert outcome.code == 0
    assert "digits: 12 settings × 2 seeds" in outcome.out
    assert "space: lambda 1e-05 to 0.01, logarithmic" in outcome.out
    assert not Path("runs").exists()
    assert tune("--smoke", "--quiet").code == 0
    assert [each.epochs for each in read_searched(RUN)] == [2, 2]


def test_exact_solutions_are_searched_without_epochs(tune, regctl, here):
    (here / "line.yaml").write_text(
        "name: line\ndataset: {source: diabetes, target: progression}\nmodel: {name: linear}\n",
        encoding="utf-8",
    )
    outcome = tune("--trials", "6", target="lambda", spec=("line.yaml",))
    assert outcome.code == 0
    assert "note: tuner: bayesian (exact solutions have no epochs to save)" in outcome.err
    report = one_line((RUN / "report.md").read_text(encoding="utf-8"))
    assert "mean over 1 seed. The search: 6 settings; " in report
    assert re.search(r"in the search: [\d.]+\)", report)
    again = tune("--resume", "runs/latest", target="lambda", spec=())
    assert "note: tuner: bayesian (exact solutions have no epochs to save)" in again.err
    refused = tune("--trials", "6", "--tuner", "hyperband", target="lambda", spec=("line.yaml",))
    assert (refused.code, "exact solutions have none" in refused.err) == (2, True)


def test_settings_without_an_exact_solution_are_compared_with_others_by_gradient_descent(tune, here):
    text = "name: line\ndataset: {source: diabetes, target: progression}\nmodel: {name: linear}\n"
    (here / "line.yaml").write_text(f"{text}training: {{epochs: 3, seeds: 2}}\n", encoding="utf-8")
    outcome = tune("--trials", "4", "--tuner", "hyperband", target="dropout", spec=("line.yaml",))
    assert outcome.code == 0
    assert "note: training.solver: gradient, since input_dropout has no exact solution." in outcome.err
    assert "Engine: fused" in outcome.out
    assert all(
        [replica.epochs for replica in each.replicates] == [each.epochs] * 2 for each in read_searched(RUN)
    )
    exact = tune("--trials", "4", "-S", "training.solver=exact", target="dropout", spec=("line.yaml",))
    assert (exact.code, "input_dropout, which is searched, has no exact" in exact.err) == (2, True)
    idle = tune("-S", "tune.space={learning_rate: {from: 0.01, to: 0.1}}", spec=("line.yaml",))
    assert (idle.code, "tune.space.learning_rate: an exact solution has none." in idle.err) == (2, True)


def test_k_fold_scores_are_means_over_folds_and_seeds(tune):
    assert tune("--trials", "3", "--tuner", "random", "--quiet", "-S", "validation={folds: 3}").code == 0
    first = read_searched(RUN)[0]
    assert [(each.seed, each.fold) for each in first.replicates] == [(s, f) for s in (0, 1) for f in range(3)]
    losses = [each.validation_loss for each in first.replicates]
    assert first.score == pytest.approx(sum(losses) / 6, rel=1e-12)
    assert read_search(RUN).compared[0].low is not None
    assert ", mean of 2 seeds × 3 folds ± one standard deviation, 9 epochs)" in one_line(
        (RUN / "report.md").read_text(encoding="utf-8")
    )


@pytest.mark.process
def test_a_killed_search_goes_on_with_the_same_requests_and_the_same_winner(tune, here):
    arguments = [
        "--trials",
        "6",
        "--tuner",
        "bayesian",
        "--quiet",
        "-S",
        "tune.space={dropout: {from: 0.0, to: 0.6}}",
    ]
    command = [sys.executable, "-m", "regctl", "tune", "model", "digits.yaml", *arguments]
    process = subprocess.Popen(command, cwd=here, stdout=subprocess.DEVNULL)
    journal = here / "runs" / "latest" / "search.jsonl"
    until = time.monotonic() + 120
    while not (journal.exists() and journal.stat().st_size) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run = RUN.resolve()
    assert len(read_searched(run)) > 0
    assert tune("--resume", str(run), "--quiet", spec=()).code == 0
    assert tune(*arguments, "--out", "whole").code == 0
    assert finished(run) == finished(Path("whole/latest"))
    assert read_search(run).best == read_search(Path("whole/latest")).best
