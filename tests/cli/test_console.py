"""The console script's short cut says what Typer's way says; a module imported late is the module."""

import random
import sys
from functools import partial

import pytest

from regctl.cli.console import only_paths
from regctl.cli.later import later
from regctl.cli.running import run
from regctl.cli.specs import check

WRONG = "name: a b\ndataset: {source: ames, target: SalePrice}\ntraining: {epochs: 0, epoch: 3}\n"


@pytest.mark.parametrize(
    "paths",
    [
        ["housing"],
        ["housing", "wrong.yaml", "housing-lasso"],
        ["wrong.yaml", "wrong.yaml"],
        ["absent"],
        [""],
        ["."],
    ],
    ids=str,
)
def test_the_short_cut_says_what_typer_says(paths, regctl, capsys, here):
    (here / "wrong.yaml").write_text(WRONG)
    assert only_paths(["validate", *paths])
    expected = regctl("validate", *paths)
    code = 0
    try:
        run(partial(check, paths))
    except SystemExit as end:
        code = end.code
    found = capsys.readouterr()
    assert (code, found.out, found.err) == (expected.code, expected.out, expected.err)


def test_the_short_cut_reports_every_problem_with_its_place(capsys, here):
    (here / "wrong.yaml").write_text(WRONG)
    with pytest.raises(SystemExit) as end:
        run(partial(check, ["wrong.yaml"]))
    assert end.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[1:3] for line in lines] == [
        ["wrong.yaml:1:1", "name:"],
        ["wrong.yaml:3:12", "training.epochs:"],
        ["wrong.yaml:3:23", "training.epoch:"],
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["validate"],
        ["validate", "--help"],
        ["validate", "a", "-S", "training.epochs=5"],
        ["validate", "--", "a"],
        ["schema", "a"],
        ["-h", "validate"],
    ],
    ids=str,
)
def test_whatever_else_is_typers(arguments):
    assert not only_paths(arguments)


def test_an_interrupted_command_ends_as_typers_do():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as end:
        run(interrupted)
    assert end.value.code == 130


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The name of a module that nobody has imported; it says `value` and counts its imports in `sys`."""
    (tmp_path / "seldom.py").write_text(
        "import sys\nsys.seldom = getattr(sys, 'seldom', 0) + 1\nvalue, known = 7, 8\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "seldom", 0, raising=False)
    yield "seldom"
    sys.modules.pop("seldom", None)


def test_a_late_module_is_imported_when_something_unknown_is_asked(module):
    later(module, known=1)
    import seldom

    assert (seldom.known, sys.seldom) == (1, 0)
    assert (seldom.value, sys.seldom) == (7, 1)
    from seldom import known

    assert (known, seldom.value, sys.seldom) == (8, 7, 1)
    assert sys.modules[module].__file__.endswith("seldom.py")


def test_a_late_module_answers_an_import_of_its_names(module):
    later(module)
    from seldom import value

    assert value == 7
    with pytest.raises(AttributeError, match="absent"):
        _ = sys.modules[module].absent


def test_a_module_that_is_there_stays(module):
    there = sys.modules["random"]
    later("random", seed=None)
    assert sys.modules["random"] is there
    assert random.seed is not None


def test_what_the_stand_in_says_of_plugins_is_what_the_loader_says(monkeypatch):
    from pydantic.plugin._loader import get_plugins

    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "1")
    assert get_plugins() == tuple() == ()  # noqa: C408  the stand-in's answer is a call of `tuple`
