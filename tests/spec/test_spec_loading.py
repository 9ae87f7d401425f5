# ruff: noqa: E501 (a row of a table of cases stays on one line)
import sys
from pathlib import Path

import pytest
from hypothesis import given
from spec_makers import SMALLEST, calmly, problems_of, spec_data

from regctl import catalog
from regctl.spec import paths
from regctl.spec.loading import load_spec
from regctl.spec.resolved import leaves, resolved_yaml
from regctl.spec.schema import Spec

SHIPPED = ", ".join(catalog.shipped_specs())


def test_a_bare_name_is_a_shipped_spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = load_spec("housing")
    assert loaded.path == catalog.shipped("configs").resolve() / "housing.yaml"
    assert loaded.source == loaded.path.read_bytes()
    assert loaded.spec.dataset.source == "ames"


def test_a_shipped_name_means_the_shipped_spec_whatever_lies_around(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("housing").mkdir()
    assert load_spec("housing").spec.name == "housing"


def test_a_path_may_be_relative_and_ends_absolute(write, monkeypatch):
    path = write(SMALLEST, "mine.yaml")
    monkeypatch.chdir(path.parent)
    assert load_spec("mine.yaml").path == path.resolve()
    assert load_spec("./mine.yaml").path == path.resolve()
    assert load_spec(Path("mine.yaml")).spec.name == "small"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("housng", f"housng: neither a file nor a shipped spec ({SHIPPED}). Did you mean 'housing'?"),
        ("zzz", f"zzz: neither a file nor a shipped spec ({SHIPPED})."),
        ("housing.yaml", "housing.yaml: no such file. Did you mean the shipped spec 'housing'?"),
        ("configs/x.yaml", "configs/x.yaml: no such file."),
        ("../configs/housing", "../configs/housing: no such file."),
        ("folder", "folder: expected a spec file. Received: a folder."),
        ("run", "run: expected a spec file. Received: a folder. Did you mean 'run/spec.yaml'?"),
        ("run/spce.yaml", "run/spce.yaml: no such file. Did you mean 'run/spec.yaml'?"),
        ("", "expected the path of a spec, or the name of a shipped one. Received: ''."),
        ("a\0b", f"a\\x00b: neither a file nor a shipped spec ({SHIPPED})."),
    ],
)
def test_a_spec_that_is_not_there_is_told(tmp_path, monkeypatch, spec, problem):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("run").mkdir()
    Path("run/spec.yaml").write_text(SMALLEST)
    assert problems_of(spec) == [problem]


def test_a_spec_that_may_not_be_read_is_told(write, monkeypatch):
    def refused(*arguments):
        raise PermissionError(13, "Permission denied")

    path = write(SMALLEST)
    monkeypatch.setattr(paths, "open", refused, raising=False)  # root may read every file, so no mode refuses
    assert problems_of(path) == [f"{path}: the file cannot be read: Permission denied."]


def test_a_data_path_is_relative_to_the_spec_file(tmp_path, monkeypatch):
    (tmp_path / "specs").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "houses.csv").write_text("a,b\n")
    spec = tmp_path / "specs" / "x.yaml"
    spec.write_text("name: x\ndataset: {source: ../data/houses.csv, target: b}\n")
    monkeypatch.chdir("/")
    assert load_spec(spec).spec.dataset.source == str((tmp_path / "data" / "houses.csv").resolve())


def test_a_data_path_of_an_override_is_relative_to_the_current_folder(tmp_path, write, monkeypatch):
    spec = write(SMALLEST)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    Path("x.csv.gz").write_bytes(b"")
    expected = str((tmp_path / "elsewhere").resolve() / "x.csv.gz")
    assert load_spec(spec, ["dataset.source=x.csv.gz"]).spec.dataset.source == expected
    assert load_spec(spec, ["dataset={source: x.csv.gz, target: a}"]).spec.dataset.source == expected


def test_a_spec_in_a_linked_folder_finds_its_data_where_the_folder_really_is(tmp_path):
    (tmp_path / "real" / "specs").mkdir(parents=True)
    (tmp_path / "real" / "x.csv").write_text("a,b\n")
    (tmp_path / "real" / "specs" / "x.yaml").write_text("name: x\ndataset: {source: ../x.csv, target: b}\n")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "specs")
    expected = str((tmp_path / "real").resolve() / "x.csv")
    assert load_spec(tmp_path / "link" / "x.yaml").spec.dataset.source == expected


def test_a_linked_data_file_keeps_its_own_name(tmp_path, write):
    (tmp_path / "store").write_text("a,b\n")
    (tmp_path / "houses.csv").symlink_to(tmp_path / "store")
    spec = write("name: x\ndataset: {source: houses.csv, target: b}\n")
    assert load_spec(spec).spec.dataset.source.endswith("/houses.csv")


def test_neither_home_nor_environment_is_expanded(write, monkeypatch):
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.setenv("DATA", "/nowhere")
    path = write("name: x\ndataset: {source: ~/x.csv, target: b}\n")
    assert problems_of(path) == [
        f"{path}:2:11 dataset.source: no such file: {path.parent.resolve()}/~/x.csv."
    ]
    path = write("name: x\ndataset: {source: $DATA/x.csv, target: b}\n")
    assert problems_of(path) == [
        f"{path}:2:11 dataset.source: no such file: {path.parent.resolve()}/$DATA/x.csv."
    ]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("amse", "expected a registered name (ames, california, diabetes, digits, fashion_mnist, mnist, quadratic), a .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files. Received: 'amse'. Did you mean 'ames'?"),
        ("data.xlsx", "expected a registered name (ames, california, diabetes, digits, fashion_mnist, mnist, quadratic), a .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files. Received: 'data.xlsx'."),
        ("sub/data.xlsx", "expected a .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files. Received: 'sub/data.xlsx'."),
        ("sub.csv", "expected a .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files (*-ubyte, *-ubyte.gz). Received: the folder {folder}/sub.csv."),
        ("none.parquet", "no such file: {folder}/none.parquet."),
        ('"a\\0b.csv"', "no such file: a\\x00b.csv."),
    ],
)  # fmt: skip
def test_data_that_are_not_there_are_told(write, source, sentence):
    path = write(f"name: x\ndataset: {{source: {source}, target: b}}\n")
    (path.parent / "sub.csv").mkdir()
    folder = path.parent.resolve()
    assert problems_of(path) == [f"{path}:2:11 dataset.source: {sentence.format(folder=folder)}"]


def test_a_resolved_spec_loads_as_the_same_spec_from_anywhere(tmp_path, write):
    (tmp_path / "x.csv").write_text("a,b\n")
    spec = load_spec(write("name: x\ndataset: {source: x.csv, target: b}\n")).spec
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "spec.yaml").write_text(resolved_yaml(spec), encoding="utf-8")
    assert load_spec(tmp_path / "run" / "spec.yaml").spec == spec


def test_origins_tell_default_spec_and_override(write):
    path = write(SMALLEST + "training: {epochs: 5, seeds: 2}\nsweep: {lambda: {log: [1e-3, 1], points: 5}}\n")
    loaded = load_spec(path, ["training.epochs=7", "sweep.lambda.zero=true", "split={seed: 4}"])
    by_origin = {
        origin: [key for key in loaded.origins if loaded.origins[key] == origin]
        for origin in ("spec", "override")
    }
    assert by_origin == {
        "spec": [
            "name",
            "dataset.source",
            "dataset.target",
            "training.seeds",
            "sweep.lambda.log",
            "sweep.lambda.points",
        ],
        "override": ["split.seed", "training.epochs", "sweep.lambda.zero"],
    }
    assert set(loaded.origins.values()) == {"default", "spec", "override"}


@calmly
@given(spec_data())
def test_origins_cover_every_leaf_in_schema_order(tmp_path, data):
    path = tmp_path / "x.yaml"
    path.write_text(resolved_yaml(Spec.model_validate(data)), encoding="utf-8", newline="")
    loaded = load_spec(path)
    assert list(loaded.origins) == list(leaves(loaded.spec))
    assert set(loaded.origins.values()) <= {"spec", "default"}


def test_loading_a_spec_needs_no_numbers_library():
    code = "from regctl.spec.loading import load_spec; load_spec('housing'); import sys; print(*sys.modules)"
    assert not {"numpy", "polars", "tensorflow", "keras", "sklearn", "altair"} & modules_after(code)


def test_the_commands_import_the_spec_only_when_they_run():
    assert not {"pydantic", "yaml"} & modules_after("import regctl.cli.specs, sys; print(*sys.modules)")


def modules_after(code):
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())
