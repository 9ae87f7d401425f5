"""`regctl runs list`: every run in one line, whatever state it is in, and nothing else."""

import json
from dataclasses import replace
from shutil import copytree

import pytest

from many_runs import many_runs
from regctl.records.manifest import read_manifest, write_manifest
from regctl.report.listing import since
from regctl.report.model import read_report
from regctl.report.numbers import short
from regctl.report.writing import write_report


def listed(regctl, *arguments: str) -> list[dict]:
    outcome = regctl("runs", "list", "--json", *arguments)
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_a_run_is_listed_with_what_its_report_says(here, invent_run, regctl):
    invented = invent_run()
    (found,) = listed(regctl)
    report = read_report(invented.path)
    point = report.selection.selected
    assert found["run"] == invented.path.name
    assert found["name"] == "housing"
    assert (found["axis"], found["by"], found["status"]) == ("lambda", None, "completed")
    assert found["selected"]["lambda"] == point.value
    assert found["validation_loss"] == pytest.approx(point.validation_loss, rel=1e-12)
    assert found["validation_se"] == pytest.approx(point.validation_se, rel=1e-12)
    assert found["sealed"] is True
    assert found["test_loss"] is None
    assert found["problems"] == []
    text = regctl("runs", "list").out
    assert "sealed" in text
    assert f"λ = {short(point.value)}" in text
    assert " ± " in text


def test_a_train_run_has_its_loss_from_the_report(here, invent_run, regctl):
    invented = invent_run(folder="2026-11-22T09-00-00Z-housing-train", axis=None)
    write_report(invented.path)
    (found,) = listed(regctl)
    report = read_report(invented.path)
    losses = [trial.validation_loss for trial in report.replicates(report.record.selected)]
    assert found["validation_loss"] == pytest.approx(sum(losses) / len(losses), rel=1e-12)
    assert found["validation_se"] == pytest.approx(report.errors[report.record.selected].validation)
    assert "train" in regctl("runs", "list").out


def test_an_opened_test_set_shows_its_loss(here, invent_run, regctl):
    invented = invent_run()
    invented.open_test()
    (found,) = listed(regctl)
    test = read_report(invented.path).test
    assert found["sealed"] is False
    assert found["test_loss"] == test.evaluation.loss.value
    assert found["test_interval"] == [test.evaluation.loss.low, test.evaluation.loss.high]
    assert "sealed" not in regctl("runs", "list").out


def test_the_newest_comes_first_and_keys_and_filters_hold(here, invent_run, regctl):
    template = invent_run().path
    many_runs(here / "runs", template, 30)
    names = [each["run"] for each in listed(regctl)]
    assert len(names) == 31
    assert names[0] == template.name
    assert names[1:] == sorted(names[1:], reverse=True)
    assert [each["run"] for each in listed(regctl, "--reverse")] == names[::-1]
    assert [each["run"] for each in listed(regctl, "--name", "HOUSING-lam")] == [template.name]
    assert listed(regctl, "--axis", "degree") == []
    assert listed(regctl, "--status", "running") == []
    assert len(listed(regctl, "--status", "completed", "--axis", "lam")) == 31
    assert "no such runs" in regctl("runs", "list", "--axis", "degree").err


def test_what_is_sorted_by_a_number_has_runs_without_it_last(here, invent_run, regctl):
    low, high = (invent_run(folder=f"2026-11-22T0{hour}-00-00Z-x-lambda") for hour in (1, 2))
    third = invent_run(folder="2026-11-22T03-00-00Z-x-lambda")
    (third.path / "curve.csv").unlink()
    text = (high.path / "curve.csv").read_text()
    (high.path / "curve.csv").write_text(text.replace(",0.1", ",0.9"))
    for arguments, wanted in (((), [low, high, third]), (("--reverse",), [high, low, third])):
        found = listed(regctl, "--sort", "validation", *arguments)
        assert [each["run"] for each in found] == [each.path.name for each in wanted]


def test_partial_and_damaged_runs_are_listed_with_what_is_known(here, invent_run, regctl):
    whole = invent_run().path
    runs = {name: copytree(whole, whole.with_name(f"2026-11-22T1{place}-00-00Z-{name}-lambda"))
            for place, name in enumerate(("running", "torn", "empty", "choice", "curve", "test"))}  # fmt: skip
    write_manifest(runs["running"], replace(read_manifest(whole), status="running", finished_at=None))
    for name in ("selection.json", "curve.csv", "results.csv", "spec.yaml"):
        (runs["running"] / name).unlink()
    (runs["torn"] / "manifest.json").write_text('{"run_id": "1", "sta')
    (runs["empty"] / "manifest.json").unlink()
    for name in ("torn", "empty"):
        (runs[name] / "log.txt").write_text("began\n")
        (runs[name] / "spec.source.yaml").write_text("name: housing\n")
    (runs["choice"] / "selection.json").write_text('{"selected": {"lambda": "much"}}')
    (runs["curve"] / "curve.csv").write_text("lambda,validation_loss\nten,1\n")
    (runs["test"] / "test.json").write_text("[]")
    outcome = regctl("runs", "list", "--json")
    assert outcome.code == 0
    found = {each["run"]: each for each in json.loads(outcome.out)}
    by = {name: found[path.name] for name, path in runs.items()}
    assert len(found) == 7
    assert (by["running"]["status"], by["running"]["selected"]) == ("running", None)
    assert by["running"]["problems"] == []
    assert by["torn"]["status"] == by["empty"]["status"] == "damaged"
    assert "manifest.json" in by["torn"]["problems"][0]
    assert by["choice"]["selected"] is None
    assert "selection.json" in by["choice"]["problems"][0]
    assert by["curve"]["validation_loss"] is None
    assert "curve.csv" in by["curve"]["problems"][0]
    assert (by["test"]["sealed"], by["test"]["test_loss"]) == (False, None)
    told = regctl("runs", "list")
    assert told.code == 0
    assert told.err.count("note: ") == 5
    assert "Traceback" not in told.err


def test_what_is_no_run_is_passed_over(here, invent_run, regctl):
    whole = invent_run().path
    root = whole.parent
    (root / "latest").symlink_to(whole.name)
    (root / "a-doctor-dropout").mkdir()
    (root / "web").mkdir()
    (root / "web" / "manifest.json").write_text('{"name": "an app", "icons": []}')
    (root / "list").mkdir()
    (root / "list" / "manifest.json").write_text("[1]")
    (root / "test-openings.jsonl").write_text("")
    copytree(whole, root / ".gone.removed")
    assert [each["run"] for each in listed(regctl)] == [whole.name]


def test_no_runs_root_is_an_empty_list(here, regctl):
    assert listed(regctl, "--out", "nowhere") == []


def test_names_from_a_file_cannot_control_the_terminal(here, invent_run, regctl):
    whole = invent_run().path
    manifest = json.loads((whole / "manifest.json").read_text())
    (whole / "manifest.json").write_text(json.dumps(manifest | {"status": "\x1b[31mred", "axis": "a\nb"}))
    out = regctl("runs", "list").out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7_199, "1 h"),
        (90_000, "25 h"),
        (86_400 * 1_234, "1,234 days"),
    ],
)
def test_an_age_has_one_unit(seconds, text):
    assert since(seconds) == text
