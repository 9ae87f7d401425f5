"""`regctl datasets`, and data sets on the way into a run."""

import json

import numpy as np
import pytest

from idx import write_folder
from regctl import catalog

DIGITS = """\
name: digits
dataset: {source: %s, target: %s}
task: classification
model: {name: cnn, filters: [4], units: [4]}
training: {epochs: 1, seeds: 1}
sweep: {lambda: [0]}
"""


def test_list_shows_every_data_set_and_its_size(regctl, here):
    outcome = regctl("datasets", "list")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(catalog.DATASETS)
    assert next(line for line in lines if line.startswith("ames")).split()[1:4] == [
        "2,930",
        "74",
        "Sale_Price",
    ]
    found = json.loads(regctl("datasets", "list", "--json").out)
    assert [each["name"] for each in found] == list(catalog.DATASETS)
    assert {each["licence"] != "" for each in found} == {True}


def test_show_says_what_is_in_a_data_set(regctl, here):
    out = regctl("datasets", "show", "ames").out
    assert "De Cock" in out
    assert "rows: 2,930, columns: 74" in out
    line = next(line for line in out.splitlines() if line.startswith("Mas_Vnr_Type"))
    assert line.split() == ["Mas_Vnr_Type", "text", "String", "4", "levels", "1,775"]
    assert "square feet" in next(line for line in out.splitlines() if line.startswith("Gr_Liv_Area"))


def test_show_puts_pixels_on_one_line_and_all_of_them_into_json(regctl, here):
    out = regctl("datasets", "show", "digits").out
    assert "images: 8 × 8 × 1" in out
    assert "pixel_0_0 … pixel_7_7 (64)" in out
    assert "pixel_0_1" not in out
    found = json.loads(regctl("datasets", "show", "digits", "--json").out)
    assert len(found["columns"]) == 65
    assert found["image_shape"] == [8, 8, 1]


def test_show_looks_into_files_and_folders(regctl, here):
    (here / "x.csv").write_text("a,b\n1,x\n,y\n3,x\n")
    out = regctl("datasets", "show", "x.csv").out
    assert [line.split() for line in out.splitlines()[-2:]] == [
        ["a", "number", "number", "1", "to", "3", "1"],
        ["b", "text", "text", "2", "levels"],
    ]
    write_folder(here / "images")
    assert "rows: 60, columns: 32" in regctl("datasets", "show", "images").out


def test_show_downloads_nothing(regctl, here, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(here / "keras"))
    outcome = regctl("datasets", "show", "mnist")
    assert outcome.code == 0
    assert f"is downloaded into {here / 'keras' / 'datasets'}" in outcome.out
    assert not (here / "keras").exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [("amse", "Did you mean 'ames'?"), ("x.csv", "no such file"), (".", "a folder of IDX files")],
)
def test_what_is_not_there_is_told(regctl, here, source, says):
    outcome = regctl("datasets", "show", source)
    assert outcome.code == 2
    assert says in outcome.err
    assert outcome.err.count("error: ") == 1


def plan(regctl, here, text):
    (here / "digits.yaml").write_text(text)
    outcome = regctl("sweep", "lambda", "digits.yaml", "--dry-run", "--json")
    return json.loads(outcome.out) if outcome.code == 0 else outcome


def test_a_cnn_learns_the_shape_of_its_images_from_the_data(regctl, here):
    found = plan(regctl, here, DIGITS % ("digits", "digit"))
    assert found["spec"]["model.image"] == {"value": [8, 8, 1], "from": "data"}
    assert found["columns"] == 64
    np.savez(
        here / "x.npz", x=np.zeros((60, 6, 5, 2)) + np.arange(60).reshape(-1, 1, 1, 1), y=np.arange(60) % 2
    )
    assert plan(regctl, here, DIGITS % ("x.npz", "y"))["spec"]["model.image"]["value"] == [6, 5, 2]
    write_folder(here / "images")
    assert plan(regctl, here, DIGITS % ("images", "label"))["spec"]["model.image"]["value"] == [6, 5, 1]


def test_a_cnn_on_rows_without_a_shape_is_refused(regctl, here):
    np.savez(here / "x.npz", x=np.random.default_rng(0).normal(size=(60, 30)), y=np.arange(60) % 2)
    outcome = plan(regctl, here, DIGITS % ("x.npz", "y"))
    assert outcome.code == 2
    assert (
        "model.image: model cnn needs [height, width, channels], which the data set does not say"
        in outcome.err
    )


def test_a_class_with_one_row_is_refused(regctl, here):
    images, labels = write_folder(here / "images")
    labels[7] = 9
    write_folder(here / "images")
    np.savez(here / "x.npz", x=images, y=labels)
    outcome = plan(regctl, here, DIGITS % ("x.npz", "y"))
    assert outcome.code == 2
    assert "class '9' of target 'y': expected rows in every part" in outcome.err


def test_options_are_in_the_plan_with_their_defaults(regctl, here):
    dataset = "dataset: {source: quadratic, target: price, options: {n: 60}}"
    found = plan(regctl, here, f"name: q\n{dataset}\nmodel: {{name: linear}}\nsweep: {{lambda: [0]}}\n")
    options = {key: entry for key, entry in found["spec"].items() if key.startswith("dataset.options")}
    assert options["dataset.options.n"] == {"value": 60, "from": "spec"}
    assert options["dataset.options.noise"] == {"value": 60.0, "from": "default"}
    assert sum(found["rows"].values()) == 60


def test_many_columns_left_out_for_one_reason_are_one_note(regctl, here):
    found = plan(regctl, here, (DIGITS % ("digits", "digit")).replace("cnn, filters: [4]", "mlp"))
    assert found["columns"] < 64
    images = np.random.default_rng(0).integers(0, 9, (90, 6, 6))
    images[:, :2] = 0
    np.savez(here / "x.npz", x=images, y=np.arange(90) % 3)
    notes = plan(regctl, here, (DIGITS % ("x.npz", "y")).replace("cnn, filters: [4]", "mlp"))["notes"]
    assert sum("left out" in note for note in notes) == 1
    assert any(note.startswith("12 columns are left out ('pixel_0_0', ") for note in notes)


def test_data_that_cannot_be_downloaded_end_with_1_and_say_where_to_put_them(regctl, here, monkeypatch):
    from regctl.datasets import mnist
    from regctl.datasets.downloads import Download

    monkeypatch.setenv("KERAS_HOME", str(here / "keras"))
    monkeypatch.setattr(mnist, "DIGITS_FILE", Download("http://127.0.0.1:9/mnist.npz", "sha256:" + "0" * 64))
    outcome = plan(regctl, here, DIGITS % ("mnist", "digit"))
    assert outcome.code == 1
    assert f"put it into {here / 'keras' / 'datasets'}." in outcome.err
    assert "Traceback" not in outcome.err
