"""A spec names data, models and columns: no code, nothing of the environment, no way out by a bare name."""

import os
import sys

import pytest

from regctl.errors import SpecError
from regctl.spec.loading import load_spec

SPEC = "name: {name}\ndataset: {{source: {source}, target: y}}\nmodel: {{name: {model}}}\n"


@pytest.fixture
def spec(here):
    (here / "data").mkdir()
    (here / "x.csv").write_text("a,y\n1,2\n")
    (here / "data" / "x.csv").write_text("a,y\n1,2\n")

    def written(name="plain", source="x.csv", model="mlp", more=""):
        path = here / "data" / "case.yaml"
        path.write_text(SPEC.format(name=name, source=source, model=model) + more)
        return path

    return written


def refusal(path, *overrides):
    with pytest.raises(SpecError) as caught:
        load_spec(path, overrides)
    return str(caught.value)


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "/tmp/x", "a\\\\b", ".hidden", "''", "'a\n\n  '"])
def test_a_name_that_leads_out_of_the_runs_root_is_refused(spec, name):
    quoted = name if name.startswith("'") else f'"{name}"'
    assert "name: expected at most 64 letters" in refusal(spec(name=quoted))


@pytest.mark.parametrize("model", ["os.system", "regctl.cli.main", "builtins.eval", "sys"])
def test_a_model_is_looked_up_by_name_and_never_imported(spec, model):
    assert "model.name: " in refusal(spec(model=model))
    assert "model.name: expected at most 64 letters" in refusal(spec(model=f'"{model}:main"'))


def test_a_python_file_beside_the_spec_is_not_run(spec, here):
    for folder in (here, here / "data"):
        (folder / "mine.py").write_text("import sys\nsys.modules['was_run'] = sys\n")
    for words in ({"model": "mine"}, {"source": "mine"}, {"source": "mine.py"}, {"model": "mine.py"}):
        refusal(spec(**words))
    assert "was_run" not in sys.modules


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system x", "!include x.csv"]
)
def test_a_tag_makes_no_object(spec, tag):
    assert "is not supported here" in refusal(spec(more=f"task: {tag}\n"))
    assert "is not supported here" in refusal(spec(), f"task=[{tag}]")


@pytest.mark.parametrize("source", ["$PLACE/x.csv", "${PLACE}/x.csv", "~/x.csv", "%PLACE%/x.csv", "$PLACE"])
def test_the_environment_is_not_read(spec, here, monkeypatch, source):
    monkeypatch.setenv("PLACE", str(here))
    monkeypatch.setenv("HOME", str(here))
    assert str(here / "x.csv") not in refusal(spec(source=f'"{source}"'))


def test_a_path_is_relative_to_the_spec_and_may_lead_anywhere_that_it_says(spec, here):
    assert load_spec(spec(source="x.csv")).spec.dataset.source == str(here / "data" / "x.csv")
    assert load_spec(spec(source="../x.csv")).spec.dataset.source == str(here / "x.csv")


@pytest.mark.parametrize(
    "source", ["..", "../..", "/etc/passwd", "../case.yaml", "/dev/zero", "/dev/stdin", "http://x/y.csv"]
)
def test_what_is_no_file_of_data_is_not_opened(spec, monkeypatch, source):
    path = spec(source=source)
    refusal(path)
    assert "no such file" in refusal(spec(source="pipe.csv")), "there is none yet"
    os.mkfifo(path.parent / "pipe.csv")
    assert "no such file" in refusal(spec(source="pipe.csv"))
