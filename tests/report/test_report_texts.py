import io
import re
import statistics
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from regctl.records.coefficients import CoefficientTable, write_coefficients
from regctl.records.manifest import read_manifest, write_manifest
from regctl.report import content
from regctl.report.markdown import escaped, markdown
from regctl.report.model import read_report
from regctl.report.numbers import with_error
from regctl.report.terminal import print_report
from regctl.report.writing import draw_figures, write_report

HOSTILE = "a|b`<b>*_x_*[l](http://x)\n# h\x1b[31m &amp; $1$"


def on_terminal(path, width: int = 100, **options) -> str:
    stream = io.StringIO()
    print_report(read_report(path), Console(file=stream, width=width, **options))
    return stream.getvalue()


def in_markdown(path) -> str:
    write_report(path)
    return (path / "report.md").read_text(encoding="utf-8")


def table_rows(text: str, first: str) -> list[list[str]]:
    """Cells of the Markdown table whose header begins with `first`, from the row after the rule."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    assert len({len(row) for row in rows}) == 1
    return [rows[0], *rows[2:]]


def test_both_say_what_was_asked_and_what_came_out(invent_run):
    run = invent_run()
    selected = read_report(run.path).selection.selected
    loss = with_error(selected.validation_loss, selected.validation_se)
    for text in (in_markdown(run.path).replace("\\", ""), " ".join(on_terminal(run.path).split())):
        assert "How much L2 regularization does an mlp with 64-64 relu units need to predict" in text
        assert "predict Sale_Price (dollars) from ames?" in text
        assert "λ = 0.00316 is selected: the minimum of the validation loss" in text
        assert f"Its validation data loss is {loss}" in text
        assert "The validation data loss of the reference, λ = 0, is" in text
        assert "The strongest λ within one standard error of the minimum is 0.01" in text


def test_data_and_split_have_rows_and_a_hash_per_part(invent_run):
    rows = table_rows(in_markdown(invent_run().path), "part")
    assert [row[:2] for row in rows[1:]] == [["train", "700"], ["validation", "200"], ["test", "100"]]
    assert all(re.fullmatch(r"[0-9a-f]{16}…", row[2]) for row in rows[1:])
    assert len({row[2] for row in rows[1:]}) == 3


def test_a_name_of_10000_letters_leaves_its_numbers_room(invent_run):
    run = invent_run()
    features = ("(intercept)", "first" + "L" * 10_000 + "last")
    values = np.tile([[0.25, -0.8125]], (len(run.settings), 1))
    write_coefficients(run.path, run.settings, [CoefficientTable(run.settings, features, values, values * 3)])
    terminal = on_terminal(run.path, width=80)
    for number in ("0.2500", "−0.8125", "0.75", "-2.44"):
        assert re.search(rf"(?<![\d.]){number}(?![\d…])", terminal), number
    rows = table_rows(in_markdown(run.path).replace("\\", ""), "feature")
    assert [row[1] for row in rows[1:]] == ["0.2500", "−0.8125"]
    assert rows[2][0].startswith("firstL")
    assert rows[2][0].endswith("Llast")
    assert len(rows[2][0]) == 60


def test_lambda_is_given_in_four_libraries_units(invent_run):
    text = in_markdown(invent_run().path)
    assert "J(θ) = mean over rows of (ŷ − y)² + λ Σθ²" in text
    rows = table_rows(text, "library")
    assert [row[1].replace("\\", "") for row in rows[1:]] == [
        "L2(0.00316228)",
        "Ridge(alpha=2.21359)",
        "alpha=0, lambda=0.00316228",
        "weight_decay=0.00632456",
    ]
    assert "AdamW" in rows[4][2]


def measures_of(text: str) -> dict[tuple[str, str], list[str]]:
    rows = table_rows(text.replace("\\[", "[").replace("\\]", "]"), "part | measure")
    part, found = "", {}
    for row in rows[1:]:
        part = row[0] or part
        found[part, row[1]] = row[2:]
    return found


def test_the_table_shows_the_shipped_model_beside_the_reference_in_the_targets_unit(invent_run):
    run = invent_run()
    found = measures_of(in_markdown(run.path))
    assert list(found)[:4] == [
        ("train", "data loss"),
        ("train", "RMSE (dollars)"),
        ("train", "MAE (dollars)"),
        ("train", "R²"),
    ]
    report = read_report(run.path)
    for index, setting in enumerate((report.record.selected, report.record.reference)):
        errors = [trial.validation_metrics["rmse"] for trial in report.replicates(setting)]
        shown, spread = found["validation", "RMSE (dollars)"][2 * index : 2 * index + 2]
        assert "," in shown
        assert float(spread) == pytest.approx(statistics.stdev(errors), rel=0.05)
        assert float(shown.replace(",", "")) == pytest.approx(errors[0], abs=float(spread) / 10)
        loss = found["validation", "data loss"][2 * index]
        assert float(loss) == pytest.approx(report.replicates(setting)[0].validation_loss, rel=0.01)


def test_the_test_row_is_sealed_and_names_no_number_until_it_is_opened(invent_run):
    run = invent_run()
    assert measures_of(in_markdown(run.path))["test", "all measures"] == ["sealed", "", "sealed", ""]
    assert "sealed" in on_terminal(run.path)
    run.open_test()
    found = measures_of(in_markdown(run.path))
    value, interval = found["test", "RMSE (dollars)"][:2]
    low, high = (float(each.replace(",", "")) for each in re.findall(r"[\d,]*\d(?=[,\]])", interval[1:]))
    assert low < float(value.replace(",", "")) < high
    assert ("test", "all measures") not in found


def test_opened_once_the_report_says_once_and_compares_with_the_reference(invent_run):
    run = invent_run()
    run.open_test()
    text = in_markdown(run.path).replace("\\", "")
    assert "The test set was opened once on this machine, by this run" in text
    assert "Selected − reference, paired by row: data loss −0." in text
    assert "the selected setting has the lower loss" in text
    assert "first number" not in text


def test_opened_again_all_openings_are_listed_and_the_first_is_the_honest_one(invent_run):
    old, older, run = (invent_run(f"2026-11-2{day}T08-15-30Z-housing") for day in (1, 0, 2))
    older.open_test(1)
    old.open_test(2)
    run.open_test()
    for text in (in_markdown(run.path).replace("\\", ""), " ".join(on_terminal(run.path).split())):
        assert "opened 3 times on this machine; the first number is the honest one" in text
        assert text.index(older.path.name) < text.index(old.path.name)
        assert text.count("100 of these 100 rows, data loss 0.") == 2
    (older.path / "test.json").unlink()
    assert in_markdown(run.path).count("100 of these 100 rows, data loss 0.") == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"smoke": True}, "a smoke run says nothing"), ({"status": "running"}, "until the run is complete")],
)
def test_a_smoke_or_running_run_stays_sealed(invent_run, change, expected):
    run = invent_run()
    write_manifest(run.path, replace(read_manifest(run.path), **change))
    assert expected in in_markdown(run.path)
    assert "regctl report" not in in_markdown(run.path)


def test_the_next_command_can_be_copied(invent_run):
    run = invent_run("a run; rm -rf")
    assert f"\n    regctl report '{run.path}'\n" in on_terminal(run.path, width=40)
    run.open_test()
    assert "regctl report" not in in_markdown(run.path)
    assert f"regctl predict '{run.path}' NEW_ROWS.csv" in in_markdown(run.path)


def test_the_curve_is_an_image_in_markdown_and_a_table_on_the_terminal(invent_run):
    run = invent_run()
    draw_figures(run.path)
    link = re.search(r"!\[.*\]\((.*)\)", in_markdown(run.path))[1]
    assert (run.path / link).read_bytes().startswith(b"\x89PNG")
    assert (run.path / link).with_suffix(".svg").is_file()
    assert "validation ± se" not in in_markdown(run.path)
    shown = on_terminal(run.path)
    assert re.search(r"0\.00316 .* ± .* minimum, selected", shown)
    assert re.search(r"\n\s+0 .* ± ", shown)


def test_findings_and_files_are_named(invent_run):
    run = invent_run()
    text = in_markdown(run.path)
    assert "- REG402 (note): The model predicts the mean of log10" in text
    assert "| results.csv |" in text
    assert "model.keras |" not in text  # this invented run has none


def test_a_train_run_has_the_same_report_without_a_curve(invent_run):
    run = invent_run(axis=None)
    draw_figures(run.path)
    text = in_markdown(run.path)
    assert text.startswith("# housing: one setting beside its reference\n")
    assert "How well does an mlp with 64-64 relu units with λ = 0.01 predict" in text
    assert "## The curve" not in text
    assert "λ = 0.01 is the spec's setting. Its validation data loss is" in text
    assert len(measures_of(text)["validation", "data loss"]) == 4


def test_with_one_seed_there_is_no_spread_to_show(invent_run):
    run = invent_run(axis=None, seeds=1)
    text = in_markdown(run.path)
    assert len(measures_of(text)["validation", "data loss"]) == 2
    assert "one seed" in text
    assert "Spread" not in text


def test_texts_of_data_and_spec_cannot_become_markup(invent_run):
    run = invent_run(target=HOSTILE, notes=(HOSTILE, "- not a list", "1. not one either"))
    text = in_markdown(run.path)
    assert "<b>" not in text
    assert "\x1b" not in text
    assert not re.search(r"(?<!\\)\[l\]\(http", text)
    assert "\n# h" not in text
    assert "\n- \\- not a list\n- 1\\. not one" in text.replace("\\1.", "1\\.")
    table_rows(text, "part")
    for unescaped in (r"(?<!\\)`(?!``)(?<!``)", r"(?<!\\)\*"):
        assert not re.search(unescaped, re.sub(r"```[^`]*```", "", text))
    shown = on_terminal(run.path, force_terminal=True, color_system="truecolor")
    assert "\x1b[31m" not in shown
    assert "[l](http://x)" in shown


def test_escaped_text_reads_as_itself():
    assert escaped("Gr_Liv|Area") == "Gr\\_Liv\\|Area"
    assert escaped("a\nb\tc") == "a b c"
    assert escaped("<script>&lt;") == "&lt;script&gt;&amp;lt;"


def test_a_pipe_gets_no_colours(invent_run):
    assert "\x1b" not in on_terminal(invent_run().path)


def test_the_markdown_is_the_same_for_the_same_files(invent_run):
    report = read_report(invent_run().path)
    assert markdown(report) == markdown(report)


def test_a_long_curve_is_thinned_to_its_ends_its_marks_and_what_lies_evenly_between():
    rows = [(str(place), "", "", "minimum" if place == 37 else "") for place in range(101)]
    shown = content._thinned(rows)
    assert len(shown) <= content.MOST_ROWS
    assert {rows[0], rows[37], rows[100]} <= set(shown)
    assert content._thinned(rows[:40]) == tuple(rows[:40])
