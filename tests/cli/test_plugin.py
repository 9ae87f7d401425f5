"""`--plugin`: what a Python file brings, what is wrong with it, and that a spec alone never causes code to run."""

import sys

import pytest

from regctl import catalog
from regctl.errors import UsageError
from rents import SPEC, write_spec

LISTED = """\
from regctl.models.layers import Dense, Dropout


def narrow(hp):
    return [Dense("hidden", hp.width, "relu"), Dropout("drop"), Dense("output", hp.outputs)]


MODELS = {"narrow": narrow}
"""
OWN = SPEC.replace("{name: mlp, units: [8], activation: tanh}", "{name: narrow, options: {width: 5}}")


def plugin(folder, text, name="my_models.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def validated(regctl, here, text, *, plugged=True, spec=OWN):
    write_spec(here, spec)
    plugin(here, text)
    return regctl("validate", "rents.yaml", *(["--plugin", "my_models.py"] if plugged else []))


def test_a_plugin_brings_names_that_a_spec_may_use(regctl, here):
    outcome = validated(regctl, here, LISTED)
    assert outcome.code == 0
    assert "trials of narrow" in outcome.out


def test_a_spec_alone_causes_no_code_to_run(regctl, here):
    outcome = validated(regctl, here, LISTED.replace("MODELS =", "open('ran', 'w')\nMODELS ="), plugged=False)
    assert outcome.code == 2
    assert not (here / "ran").exists()
    expected = (
        "rents.yaml:3:9 model.name: expected linear, polynomial, mlp, selu_mlp or cnn. Received: 'narrow'. "
    )
    assert outcome.err == f"error: {expected}A model of your own comes with --plugin FILE.\n"


def test_a_slip_is_told_with_the_plugins_names(regctl, here):
    outcome = validated(regctl, here, LISTED.replace('"narrow"', '"narow"'))
    assert (
        "linear, polynomial, mlp, selu_mlp, cnn or narow. Received: 'narrow'. Did you mean 'narow'?"
        in outcome.err
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\nraise OSError('gone')\n", "my_models.py:2: OSError: gone."),
        ("import nowhere_to_be_found\n", "my_models.py:1: ModuleNotFoundError: No module named"),
        ("import sys\n\nsys.exit(3)\n", "my_models.py:3: SystemExit: 3."),
        ("class Odd(BaseException):\n    pass\n\n\nraise Odd('x')\n", "my_models.py:5: Odd: x."),
        ("MODELS = {\n", "my_models.py:1: SyntaxError: '{' was never closed"),
        ("x = 1\n", "my_models.py: the file brings nothing. Add what it brings, as MODELS = {"),
        ("MODELS = [1]\n", "MODELS: expected a mapping from names, as MODELS = {"),
        ('MODELS = {"mlp": print}\n', "MODELS: 'mlp' is taken. Choose another name."),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence_with_its_line(regctl, here, text, said):
    outcome = validated(regctl, here, text)
    assert outcome.code == 2
    assert outcome.err.startswith("error: --plugin my_models.py: ")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert "regctl_plugin_my_models" not in sys.modules or "raise" not in text


def test_a_file_that_is_not_there_is_told(regctl, here):
    write_spec(here, OWN)
    outcome = regctl("train", "rents.yaml", "--plugin", "gone.py")
    assert (outcome.code, outcome.err) == (
        2,
        "error: --plugin gone.py: cannot be read: No such file or directory. Name a Python file.\n",
    )


def test_a_file_runs_once_and_its_neighbours_can_be_imported(here):
    plugin(here, "WIDTH = 3\n", "beside_it.py")
    path = plugin(
        here,
        "from beside_it import WIDTH\nwith open('ran', 'a') as file:\n    file.write('x')\nMODELS = {'own': WIDTH}\n",
    )
    first = catalog.use_plugins([path])
    assert catalog.use_plugins([path, path]) == first * 2
    assert (here / "ran").read_text() == "x"
    assert catalog.brought("models", "own") == 3
    assert str(here) not in sys.path


def test_what_an_earlier_command_named_is_no_longer_in_use(here):
    catalog.use_plugins([plugin(here, LISTED)])
    assert "narrow" in catalog.names("models")
    catalog.use_plugins([])
    assert "narrow" not in catalog.names("models")
    with pytest.raises(UsageError, match="there is no model 'narrow'"):
        catalog.brought("models", "narrow")


def test_two_plugins_cannot_bring_the_same_name(here):
    paths = [plugin(here, LISTED), plugin(here, LISTED + "\n", "others.py")]
    with pytest.raises(UsageError, match=r"others.py: MODELS: 'narrow' is taken"):
        catalog.use_plugins(paths)


class EntryPoint:
    name, value = "packaged", "somewhere:net"

    def load(self):
        raise ImportError("no somewhere")


def test_an_installed_package_brings_models_by_entry_point(monkeypatch):
    import importlib.metadata

    groups = {"regctl.models": [EntryPoint()]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: groups.get(group, []))
    catalog.use_plugins([])
    assert catalog.names("models")[-1] == "packaged"
    with pytest.raises(
        UsageError, match=r"entry point regctl.models packaged = somewhere:net: ImportError: no some"
    ):
        catalog.brought("models", "packaged")
    monkeypatch.setattr(EntryPoint, "load", lambda self: max)
    assert catalog.brought("models", "packaged") is max


def test_a_listed_model_trains_as_one_program(regctl, here):
    write_spec(here, OWN)
    plugin(here, LISTED)
    given = ("--plugin", "my_models.py", "--quiet", "-S", "regularization.dropout=0.2")
    outcome = regctl("train", "rents.yaml", *given)
    assert outcome.code == 0, outcome.err
    assert "Engine: fused" in outcome.out
    assert "the model narrow" in " ".join(outcome.out.split())
    assert regctl("train", "runs/latest/best.yaml", *given[:3]).code == 0


def test_an_untrained_listed_model_that_does_not_fit_leaves_no_run(regctl, here):
    write_spec(here, OWN)
    plugin(here, LISTED.replace("hp.outputs", "3"))
    outcome = regctl("train", "rents.yaml", "--plugin", "my_models.py")
    assert (outcome.code, outcome.err) == (
        2,
        "error: model narrow (my_models.py): the last layer must leave 1 per row, hp.outputs. Received: 3.\n",
    )
    assert not (here / "runs").exists()
