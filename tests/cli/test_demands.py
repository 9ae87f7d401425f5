"""What a run says of its settings, `regctl explain`, and a report in a script: `--check` and `--fail-on`."""

import json

import pytest

from rents import write_spec


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder in which a sweep has run once."""
    folder = tmp_path_factory.mktemp("demands")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("REGCTL_RUNS_DIR", raising=False)
        patch.setattr("sys.argv", ["regctl", "sweep", "lambda", str(write_spec(folder)), "--quiet"])
        from regctl.cli.main import main

        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == 0
    return folder


@pytest.fixture
def report(root, regctl, monkeypatch):
    monkeypatch.chdir(root)
    return lambda *arguments: regctl("report", "latest", "--sealed", *arguments)


def selection(root):
    return json.loads((root / "runs" / "latest" / "selection.json").read_text())


def test_a_run_tells_which_settings_cannot_be_told_from_the_best(root, report):
    found = selection(root)
    assert found["minimum"] in found["indistinguishable"]
    assert found["compared"] == 3
    said = " ".join(report().out.split())
    number = len(found["indistinguishable"])
    one = "The minimum can be told from all of the other 2 settings"
    assert (one if number == 1 else f"{number} of 3 settings cannot be told from the best: λ ") in said
    told = json.loads(report("--format", "json").out)["selection"]["indistinguishable"]
    assert told == [{"lambda": each["lambda"]} for each in found["indistinguishable"]]


def test_the_verdict_stands_in_the_answer(root, report):
    fit = selection(root)["fit"]
    assert fit["kind"] in ("underfit", "overfit", "fits", "cannot tell")
    assert fit["message"] in json.loads(report("--format", "json").out)["answer"]
    assert fit["message"][:60] in " ".join(report().out.split())
    assert fit["evidence"]["selected"]["validation_se"] > 0


def test_findings_are_muted_by_the_spec(here, regctl):
    write_spec(here)
    assert regctl("train", "rents.yaml", "-q", "-S", "findings.ignore=[REG304, REG103]").code == 0
    codes = {each["code"] for each in selection(here)["findings"]}
    assert not codes & {"REG304", "REG103"}


def test_a_smoke_run_judges_nothing(here, regctl):
    write_spec(here)
    assert regctl("sweep", "lambda", "rents.yaml", "-q", "--smoke").code == 0
    found = selection(here)
    assert (found["indistinguishable"], found["fit"]) == ([], None)
    assert "REG304" not in {each["code"] for each in found["findings"]}


def test_a_check_that_holds_is_silent_and_one_that_does_not_is_exit_code_4(report):
    held = report("--check", "validation.rmse > 0", "--check", "train.r2 <= 1")
    assert (held.code, held.err) == (0, "")
    broken = report(
        "--check", "validation.rmse < 1e-3", "--check", "train.loss < 1e9", "--check", "validation.r2 > 1"
    )
    assert broken.code == 4
    assert [line.partition(" (")[0] for line in broken.err.splitlines()] == [
        "check does not hold: validation.rmse < 0.001",
        "check does not hold: validation.r2 > 1",
    ]
    assert broken.out == report().out


def test_findings_fail_by_code_or_severity(report):
    assert report("--fail-on", "REG304").code == 4
    assert report("--fail-on", "note").code == 4
    assert report("--fail-on", "serious").code == 0
    assert report("--fail-on", "REG101", "--fail-on", "reg304").err.startswith("--fail-on: REG304 (note): ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--check", "validation.f1 < 1"], "this run has no 'validation.f1'. It has train.loss, train.rmse"),
        (["--check", "validation.rmse"], "expected a comparison such as 'validation.loss < 0.5'"),
        (["--check", "test.rmse < 1"], "opens the test set, which --sealed keeps shut"),
        (
            ["--fail-on", "REG999"],
            "a finding's code, or note, warning or serious. Received: 'REG999'. Did you mean REG",
        ),
        (
            ["--fail-on", "bad"],
            "a finding's code, or note, warning or serious. Received: 'bad'. Did you mean",
        ),
    ],
)
def test_what_cannot_be_checked_is_exit_code_2(report, root, arguments, says):
    found = report(*arguments)
    assert found.code == 2
    assert says in found.err
    assert not found.out
    assert not (root / "runs" / "test-openings.jsonl").exists()


def test_a_check_on_the_test_set_opens_it_and_says_so(here, regctl):
    write_spec(here)
    assert regctl("train", "rents.yaml", "-q").code == 0
    wrong = regctl("report", "latest", "--check", "test.rmse < 1", "--check", "test.f1 < 1")
    assert wrong.code == 2
    assert not (here / "runs" / "test-openings.jsonl").exists()
    found = regctl("report", "latest", "--check", "test.rmse < 1")
    assert found.code == 4
    assert found.err.startswith(
        "note: test.rmse < 1 opens the test set.\ncheck does not hold: test.rmse < 1 (it is "
    )
    assert (here / "runs" / "test-openings.jsonl").exists()
    again = regctl("report", "latest", "--check", "test.rmse > 1")
    assert (again.code, again.err) == (0, "")


def test_the_opened_report_has_the_optimism_and_what_to_mind(here, regctl):
    write_spec(here)
    assert regctl("train", "rents.yaml", "-q").code == 0
    said = " ".join(regctl("report", "latest").out.split())
    assert "Optimism of selection: test loss − validation loss" in said
    assert "REG403 (warning): The test loss's interval is likely too narrow: there are 48 test rows" in said
    assert "REG401" not in said
    test = json.loads((here / "runs" / "latest" / "test.json").read_text())
    results = (here / "runs" / "latest" / "results.csv").read_text().splitlines()
    first = dict(zip(results[0].split(","), results[1].split(","), strict=True))
    assert first["seed"] == "0"
    assert test["optimism"]["value"] == pytest.approx(
        test["loss"] - float(first["validation_loss"]), rel=1e-5
    )
    assert regctl("train", "rents.yaml", "-q").code == 0
    again = regctl("report", "latest", "--fail-on", "REG401")
    assert again.code == 4
    assert "REG401 (serious): Test rows of this run were opened once before" in again.err


def test_explain_lists_tells_and_refuses(regctl):
    listed = regctl("explain")
    assert listed.code == 0
    assert "REG104  The curve is flat" in listed.out
    told = regctl("explain", "reg104")
    assert told.out.startswith("REG104: The curve is flat")
    assert "Hansen, Lunde and Nason" in told.out
    wrong = regctl("explain", "REG14")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err == "error: REG14: no such code. Did you mean REG104? `regctl explain` lists them all.\n"
