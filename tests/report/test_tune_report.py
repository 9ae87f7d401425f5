"""The report of a search, from the files that `regctl tune` leaves."""

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

import searches
from regctl.records.files import read_csv
from regctl.records.manifest import read_manifest, write_manifest
from regctl.records.search_record import Compared, append_searched, read_search, write_search
from regctl.records.search_table import write_search_table
from regctl.report import figures
from regctl.report.document import document
from regctl.report.model import read_report
from regctl.report.search_words import verdict
from regctl.report.terminal import print_report
from regctl.report.writing import draw_figures, write_report


@pytest.fixture
def invent_search(invent_run):
    """A function that makes a `train` run's folder one of `tune` with a search and its requests; returns its path."""

    def invent(record, searched):
        run = invent_run(axis=None, folder="2026-11-22T08-15-30Z-digits-tune")
        manifest = replace(
            run.manifest, tune=record.target, command=("regctl", "tune", record.target, "digits")
        )
        write_manifest(run.path, manifest)
        write_search(run.path, record)
        append_searched(run.path, searched)
        write_search_table(run.path, searched)
        return run.path

    return invent


def in_markdown(path) -> str:
    write_report(path)
    return re.sub(r"\\(.)", r"\1", (path / "report.md").read_text(encoding="utf-8"))


def rows_after(text: str, heading: str) -> list[list[str]]:
    """Cells of the first Markdown table under a heading, with its header."""
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [row for row in rows if not set("".join(row)) <= set(":-")]


def interrupted(path, record) -> None:
    for name in ("results.csv", "selection.json", "validation_rows.npz"):
        (path / name).unlink()
    write_manifest(path, replace(read_manifest(path), status="interrupted"))
    write_search(
        path, replace(record, best=None, best_values={}, winner_loss=None, compared=(), fresh_seeds=())
    )


# ---- what it says -----------------------------------------------------------------------------------------


def test_the_answer_stands_on_top_with_both_comparisons(invent_search):
    record, searched = searches.hyperband()
    text = in_markdown(invent_search(record, searched))
    top = text.partition("## Data and split")[0]
    best = next(each for each in searched if each.number == record.best)
    assert "# housing: a search for dropout" in top
    assert "Tune dropout: 20 settings × 3 seeds with Hyperband, for an mlp with 64-64 relu units" in top
    assert f"Best of 20 settings: dropout {best.values['dropout']:.3g} " in top
    assert "10 epochs)" in top
    assert "against no regularization: validation loss −0.0210 [−0.0340, −0.0080]: lower loss." in top
    assert "(dropout 0.5): validation loss −0.0020 [−0.0110, 0.0070]: no difference shown." in top


def test_where_the_specs_own_setting_is_the_reference_or_the_winner_it_says_so(invent_search):
    record, searched = searches.hyperband()
    said = "The spec's own setting is one of them."
    path = invent_search(record, searched)
    assert said not in in_markdown(path)
    write_search(path, replace(record, compared=record.compared[:1]))
    assert said in in_markdown(path)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.03, -0.01, "lower loss"),
        (0.01, 0.03, "higher loss"),
        (-0.01, 0.01, "no difference shown"),
        (0.0, 0.01, "no difference shown"),
        (None, None, ""),
    ],
)
def test_a_difference_is_shown_only_by_an_interval_without_0(low, high, said):
    assert verdict(Compared("none", {}, 0.1, 0.0, low, high)) == said


def test_the_space_and_its_best_values(invent_search):
    record, searched = searches.random_search()
    rows = rows_after(in_markdown(invent_search(record, searched)), "The search")
    assert [row[0] for row in rows[1:]] == ["dropout", "λ", "units", "activation", "learning rate"]
    assert [row[1] for row in rows[1:]] == list(record.space.values())
    assert rows[3][2] == "-".join(map(str, record.best_values["units"]))
    assert float(rows[5][2]) == pytest.approx(record.best_values["learning_rate"], rel=0.01)


def test_the_cost_counts_settings_requests_and_epochs(invent_search):
    record, searched = searches.hyperband(fails=(2,))
    text = in_markdown(invent_search(record, searched))
    settings = sum(each.continues is None for each in searched)
    epochs = sum(each.trained_epochs for each in searched)
    assert settings == 20 < len(searched)
    assert (
        f"20 settings in {len(searched)} requests of the tuner, 1 failed; {epochs:,} epochs trained" in text
    )
    assert "8.4 s, of which 0.11 s (1.3 %) in Keras Tuner" in text


def test_the_best_settings_are_ten_each_once_the_winner_first(invent_search):
    record, searched = searches.hyperband()
    rows = rows_after(in_markdown(invent_search(record, searched)), "Best settings")[1:]
    assert len(rows) == 10
    assert rows[0][-1] == str(record.best)
    assert rows[0][-2] == "10"
    assert len({row[2] for row in rows}) == 10
    scores = [float(row[1].split()[0]) for row in rows]
    assert scores == sorted(scores)


def test_where_more_is_better_the_highest_comes_first(invent_search):
    record, searched = searches.random_search(accuracy=True)
    rows = rows_after(in_markdown(invent_search(record, searched)), "Best settings")[1:]
    scores = [float(row[1].split()[0]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(max(each.score for each in searched if each.score), abs=0.01)


def test_failures_are_named_with_values_and_reason(invent_search):
    record, searched = searches.hyperband(fails=(2, 14))
    text = in_markdown(invent_search(record, searched))
    section = text.partition("## Failed")[2].partition("##")[0]
    assert f"request 2 (dropout {searched[2].values['dropout']:.3g}): diverged at epoch 4 (seed 1)" in section
    assert section.count("request ") == 2


def test_the_three_way_table_keeps_the_test_set_sealed(invent_search):
    text = in_markdown(invent_search(*searches.hyperband()))
    rows = rows_after(text, "Train, validation and test")
    assert rows[-1][:3] == ["test", "all measures", "sealed"]
    assert "The test set is sealed until regctl report opens it" in text


def test_an_interrupted_search_reports_what_is_there_and_the_command_that_continues(invent_search):
    record, searched = searches.hyperband()
    path = invent_search(record, searched[:14])
    interrupted(path, record)
    text = in_markdown(path)
    assert "This run was interrupted (12 of 20 settings tried so far)." in text
    assert f"regctl tune dropout --resume {path}" in text
    assert "Best so far of 12 settings: dropout" in text
    assert "no difference" not in text
    draw_figures(path)
    assert (path / "plots" / "ladder.svg").is_file()


def test_before_the_first_request_there_is_a_report_without_figures(invent_search):
    record, _ = searches.hyperband()
    path = invent_search(record, ())
    interrupted(path, record)
    text = in_markdown(path)
    assert "Nothing has been tried yet." in text
    assert "0 of 20 settings tried so far" in text
    draw_figures(path)
    assert not (path / "plots").exists()


def test_where_all_failed_it_says_so(invent_search):
    record, searched = searches.random_search(4)
    failed = [replace(each, score=None, spread=None, status="failed", reason="too wide") for each in searched]
    path = invent_search(replace(record, best=None, best_values={}), failed)
    text = in_markdown(path)
    assert "None of 4 settings has a score: each failed." in text
    assert text.count("too wide") == 4
    draw_figures(path)
    assert {each.stem for each in (path / "plots").glob("*.svg")} >= {"tuning", "tuning-dropout"}


def test_no_value_becomes_markup_or_a_control_code(invent_search):
    hostile = "a|b`<b>*_x_*[l](http://x)\n# h\x1b[31m"
    record, searched = searches.random_search(3)
    found = [replace(each, values={**each.values, "activation": hostile}) for each in searched]
    found[0] = replace(found[0], score=None, spread=None, status="failed", reason=hostile)
    path = invent_search(replace(record, space={**record.space, "activation": hostile}, best=1), found)
    write_report(path)
    raw = (path / "report.md").read_text(encoding="utf-8")
    assert "<b>" not in raw
    assert "\x1b" not in raw
    assert not re.search(r"(?<!\\)\[l\\?\]\(", raw)
    assert not re.search(r"^# h\W*$", raw, re.M)
    stream = io.StringIO()
    print_report(read_report(path), Console(file=stream, width=120))
    assert "\x1b" not in stream.getvalue()
    draw_figures(path)


def test_report_json_has_the_search_with_all_digits(invent_search):
    record, searched = searches.hyperband(fails=(2,))
    path = invent_search(record, searched)
    found = json.loads(json.dumps(document(read_report(path)), allow_nan=False))["search"]
    assert found["best"] == record.best
    assert found["best_values"] == record.best_values
    assert [each["difference"] for each in found["compared"]] == [-0.021, -0.002]
    assert found["verdicts"] == {"none": "lower loss", "spec": "no difference shown"}
    assert found["cost"]["settings"] == 20
    assert found["cost"]["failed"] == 1
    assert [each["score"] for each in found["requests"]] == [each.score for each in searched]
    assert document(read_report(path))["answer"][0].startswith("Best of 20 settings")


def test_other_runs_have_no_search(invent_run):
    run = invent_run()
    assert document(read_report(run.path))["search"] is None
    assert read_search(run.path) is None
    assert not any(stem.startswith("tuning") for stem in figures.texts(read_report(run.path)))


def test_the_manifest_says_what_was_tuned_and_older_ones_do_not(invent_run, invent_search):
    assert read_manifest(invent_search(*searches.hyperband())).tune == "dropout"
    run = invent_run(folder="2026-11-22T08-15-31Z-housing-lambda")
    path = run.path / "manifest.json"
    old = {name: value for name, value in json.loads(path.read_text()).items() if name != "tune"}
    path.write_text(json.dumps(old), encoding="utf-8")
    assert read_manifest(run.path).tune is None


# ---- search.csv -------------------------------------------------------------------------------------------


def test_search_csv_has_every_request_with_all_digits(tmp_path):
    _, searched = searches.hyperband(fails=(2,))
    write_search_table(tmp_path, searched[::-1])
    rows = read_csv(tmp_path / "search.csv")
    assert list(rows[0]) == [
        "number", "dropout", "bracket", "rung", "first_epoch", "epochs", "status", "score", "spread", "reason",
    ]  # fmt: skip
    assert [int(row["number"]) for row in rows] == list(range(len(searched)))
    assert [float(row["dropout"]) for row in rows] == [each.values["dropout"] for each in searched]
    assert [row["score"] for row in rows] == [
        "" if each.score is None else repr(each.score) for each in searched
    ]
    assert rows[2]["status"] == "failed"
    assert rows[2]["reason"] == "diverged at epoch 4 (seed 1)"
    assert (rows[12]["first_epoch"], rows[12]["epochs"], rows[12]["rung"]) == ("2", "4", "1")


def test_in_search_csv_a_value_that_a_setting_lacks_is_empty_and_widths_are_joined(tmp_path):
    found = [
        searches.request(0, {"layers": 1, "units_1": 32}, 0.2),
        searches.request(1, {"layers": 2, "units_1": 32, "units_2": 64, "units": [32, 64]}, 0.1),
    ]
    write_search_table(tmp_path, found)
    first, second = read_csv(tmp_path / "search.csv")
    assert (first["units_2"], second["units_2"]) == ("", "64")
    assert (first["units"], second["units"]) == ("", "32-64")
