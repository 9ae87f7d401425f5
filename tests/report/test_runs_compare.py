"""`regctl runs compare`: what differs, and a verdict only where the rows are the same."""

import json
from dataclasses import replace

import numpy as np
import pytest

from regctl.records.files import write_json
from regctl.records.manifest import read_manifest, write_manifest
from regctl.records.validation_rows import read_validation_rows, write_validation_rows
from regctl.report.model import read_report


@pytest.fixture
def pair(invent_run):
    """Two runs on the same rows; all of the second one's losses are lower by 10 %."""
    runs = [invent_run(folder=f"2026-11-22T0{hour}-00-00Z-housing-lambda") for hour in (1, 2)]
    rescale(runs[1].path, lambda loss: 0.9 * loss)
    return [run.path for run in runs]


def rescale(run, change) -> None:
    found = read_validation_rows(run)
    replicates = list(zip(found.seeds.tolist(), found.repeats.tolist(), strict=True))
    write_validation_rows(run, found.settings, replicates, found.rows, change(found.loss), found.blocks)


def compared(regctl, *runs) -> dict:
    outcome = regctl("runs", "compare", *(run.name for run in runs), "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def rows_of_selected(run) -> np.ndarray:
    found, selected = read_validation_rows(run), read_report(run).record.selected
    return found.loss[found.settings.index(selected)].astype(np.float64).mean(axis=0)


def test_the_selected_settings_are_compared_by_row(here, pair, regctl):
    (found,) = compared(regctl, *pair)["differences"]
    difference = rows_of_selected(pair[1]) - rows_of_selected(pair[0])
    assert found["difference"] == pytest.approx(difference.mean(), rel=1e-9)
    assert found["interval"][0] < difference.mean() < found["interval"][1] < 0
    assert (found["rows"], found["blocks"]) == (200, 200)
    assert sorted(found["by_seed"]) == ["0", "1", "2"]
    assert found["verdict"].startswith("B's selected against A's: validation loss −0.0")
    assert "paired over 200 rows: B's is lower." in found["verdict"]
    (turned,) = compared(regctl, *pair[::-1])["differences"]
    assert turned["difference"] == pytest.approx(-found["difference"], rel=1e-9)
    assert "A's is lower" in turned["verdict"]


def test_rows_are_matched_by_their_place_in_the_source_not_in_the_file(here, pair, regctl):
    (before,) = compared(regctl, *pair)["differences"]
    found = read_validation_rows(pair[1])
    turned = found.loss[:, :, ::-1]
    write_validation_rows(pair[1], found.settings, [(s, 0) for s in range(3)], found.rows[::-1], turned)
    (after,) = compared(regctl, *pair)["differences"]
    assert after == before


def test_noise_shows_no_difference(here, pair, regctl):
    noise = np.random.default_rng(0).normal(0, 0.05, 200)
    base = read_validation_rows(pair[0]).loss
    rescale(pair[1], lambda loss: base + noise - noise.mean() + 0.0001)
    (found,) = compared(regctl, *pair)["differences"]
    assert found["interval"][0] < 0 < found["interval"][1]
    assert found["verdict"].count("no difference shown") == 1


def test_blocks_are_respected(here, pair, regctl):
    (free,) = compared(regctl, *pair)["differences"]
    for run in pair:
        found = read_validation_rows(run)
        write_validation_rows(
            run, found.settings, [(s, 0) for s in range(3)], found.rows, found.loss, np.arange(200) // 10
        )
    (found,) = compared(regctl, *pair)["differences"]
    assert (found["rows"], found["blocks"]) == (200, 20)
    assert found["interval"] != free["interval"]
    assert "200 rows in 20 blocks" in found["verdict"]


def change_split(run, change) -> None:
    values = json.loads((run / "split.json").read_text())
    change(values)
    write_json(run / "split.json", values)


def change_spec(run, old: str, new: str) -> None:
    text = (run / "spec.yaml").read_text()
    assert old in text
    (run / "spec.yaml").write_text(text.replace(old, new))


REFUSED = {
    "their data differ": lambda run: change_split(run, lambda v: v.update(data_hash="cd" * 32)),
    "their splits differ (validation rows": lambda run: change_split(
        run, lambda v: v["parts"]["validation"]["hashes"].__setitem__(0, "f" * 64)
    ),
    "their splits differ (train rows": lambda run: change_split(
        run, lambda v: (v["parts"]["train"]["rows"].pop(), v["parts"]["train"]["hashes"].pop())
    ),
    "their losses differ": lambda run: change_spec(run, "seeds: 3", "seeds: 3, loss: huber"),
    "their target transforms differ": lambda run: change_spec(run, "log10}", "none}"),
    "their target scales differ": lambda run: change_spec(run, "log10}", "log10, target_scale: none}"),
    "their targets differ": lambda run: change_split(run, lambda v: v["target"].update(name="Lot_Area")),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_does_not_agree_has_no_verdict(here, pair, regctl, reason):
    REFUSED[reason](pair[1])
    (found,) = compared(regctl, *pair)["differences"]
    assert found["refused"] is True
    assert "difference" not in found
    assert len(found["reasons"]) == 1
    assert reason in found["reasons"][0]
    assert "no verdict" in regctl("runs", "compare", *(run.name for run in pair)).out


def test_a_run_without_selection_or_without_rows_has_no_verdict(here, pair, regctl):
    whole = (pair[1] / "validation_rows.npz").read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:3], b""):
        (pair[0] / "validation_rows.npz").write_bytes(damaged)
        outcome = regctl("runs", "compare", pair[0].name, pair[1].name)
        assert outcome.code == 2
        assert "validation_rows.npz: expected arrays as regctl wrote them" in outcome.err
    (pair[0] / "validation_rows.npz").write_bytes(whole)
    (pair[1] / "validation_rows.npz").unlink()
    (found,) = compared(regctl, *pair)["differences"]
    assert "validation_rows.npz" in found["reasons"][0]
    (pair[1] / "selection.json").unlink()
    (found,) = compared(regctl, *pair)["differences"]
    assert "has no selected setting" in found["reasons"][0]


def test_specs_and_environments_are_compared_key_by_key(here, pair, regctl):
    change_spec(pair[1], "seeds: 3", "seeds: 3, epochs: 7")
    manifest = read_manifest(pair[1])
    write_manifest(pair[1], replace(manifest, versions={**manifest.versions, "keras": "3.0.0"}, device="gpu"))
    found = compared(regctl, *pair)
    assert found["spec"] == {"training.epochs": ["60", "7"]}
    assert found["environment"] == {
        "keras": [manifest.versions["keras"], "3.0.0"],
        "device": ["cpu", "gpu"],
    }
    text = regctl("runs", "compare", *(run.name for run in pair)).out
    assert "training.epochs" in text
    assert "3.0.0" in text


def test_three_runs_are_each_held_against_the_first_and_their_curves_stand_beside_each_other(
    here, pair, invent_run, regctl
):
    third = invent_run(folder="2026-11-22T03-00-00Z-housing-train", axis=None).path
    found = compared(regctl, *pair, third)
    assert [(each["base"], each["other"]) for each in found["differences"]] == [("A", "B"), ("A", "C")]
    assert list(found["curves"]) == ["A", "B"]
    assert len(found["curves"]["A"]) == 12
    text = regctl("runs", "compare", *(run.name for run in (*pair, third))).out
    assert "without a curve along λ: C" in text
    assert text.count(" *") >= 2


def test_one_run_alone_is_refused(here, pair, regctl):
    outcome = regctl("runs", "compare", pair[0].name, f"runs/{pair[0].name}")
    assert outcome.code == 2
    assert "two different runs" in outcome.err


def test_the_figure_is_written_as_svg_and_png(here, pair, regctl):
    names = [run.name for run in pair]
    assert regctl("runs", "compare", *names, "--plot", "both.png").code == 0
    drawing = (here / "both.svg").read_text()
    assert (here / "both.png").read_bytes()[:4] == b"\x89PNG"
    for text in ("A: housing", "B: housing", "±", "(mean squared error", "strength of the penalty"):
        assert text in drawing
    outcome = regctl("runs", "compare", *names, "--plot", "no/where")
    assert outcome.code == 2
    assert "no such folder" in outcome.err
    change_spec(pair[1], "seeds: 3", "seeds: 3, loss: huber")
    outcome = regctl("runs", "compare", *names, "--plot", "other")
    assert outcome.code == 2
    assert "no common loss axis: their losses differ" in outcome.err
    assert not (here / "other.svg").exists()


def test_nothing_is_opened_or_written(here, pair, regctl):
    before = {path: path.stat().st_mtime_ns for path in here.rglob("*")}
    compared(regctl, *pair)
    assert {path: path.stat().st_mtime_ns for path in here.rglob("*")} == before
