"""A data set of one's own: a function in a file that `--plugin` names, or an installed package's."""

import importlib.metadata
import json
import re

import pytest

from regctl import catalog

PLUGIN = '''\
import random

from regctl.datasets.registered import Card, RegisteredDataset


def rents(n: int = 80, slope: float = 9.0):
    """Rents of flats."""
    generator = random.Random(3)
    area = [generator.uniform(20, 120) for _ in range(n)]
    return {
        "area": area,
        "city": [generator.choice(["Roma", "Oslo", None]) for _ in area],
        "rent": [300 + slope * each + generator.gauss(0, 20) for each in area],
    }


CARD = Card("Rents of flats, drawn", target="rent", licence="mine")
DATASETS = {"rents": rents, "carded": RegisteredDataset(rents, CARD, units={"rent": "euros"})}
'''
SPEC = """\
name: mine
dataset: {source: carded, target: rent, options: {n: 90}}
model: {name: linear}
sweep: {lambda: [0, 0.1]}
"""


@pytest.fixture
def plugin(here):
    (here / "mine.py").write_text(PLUGIN)
    (here / "mine.yaml").write_text(SPEC)
    return "--plugin", "mine.py"


def test_a_run_on_a_plugins_data_goes_from_sweep_to_report(regctl, here, plugin):
    outcome = regctl("sweep", "lambda", "mine.yaml", *plugin, "--quiet")
    assert outcome.code == 0, outcome.err
    run = here / "runs" / "latest"
    (noted,) = json.loads((run / "manifest.json").read_text())["plugins"]
    assert noted["path"] == str(here / "mine.py")
    assert len(noted["sha256"]) == 64
    assert "options:\n    n: 90\n    slope: 9.0\n" in (run / "spec.yaml").read_text()
    assert "euros" in (run / "report.md").read_text()
    sealed = regctl("report", "latest")
    assert sealed.code == 2
    assert (
        f"its data set 'carded' came with --plugin {here / 'mine.py'}. Give that to report too." in sealed.err
    )
    assert not (here / "runs" / "test-openings.jsonl").exists()
    assert regctl("report", "latest", "--sealed").code == 0
    assert regctl("report", "latest", *plugin).code == 0
    assert (run / "test.json").exists()


def test_a_resolved_spec_runs_again_on_the_same_data_and_notices_other_data(regctl, here, plugin):
    assert regctl("sweep", "lambda", "mine.yaml", *plugin, "--quiet").code == 0
    again = str(here / "runs" / "latest" / "spec.yaml")
    assert regctl("sweep", "lambda", again, *plugin, "--dry-run").code == 0
    (here / "mine.py").write_text(PLUGIN.replace("Random(3)", "Random(4)"))
    outcome = regctl("sweep", "lambda", again, *plugin, "--dry-run")
    assert outcome.code == 2
    assert "carded: expected sha256" in outcome.err


def test_a_spec_alone_causes_no_code_to_run(regctl, here, plugin):
    (here / "mine.py").write_text("raise SystemExit('ran')\n" + PLUGIN)
    outcome = regctl("validate", "mine.yaml")
    assert outcome.code == 2
    assert "dataset.source: expected a registered name" in outcome.err
    assert "ran" not in outcome.err


def test_the_command_names_its_plugins_anew(regctl, here, plugin):
    assert regctl("validate", "mine.yaml", *plugin).code == 0
    assert regctl("validate", "mine.yaml").code == 2


def test_list_and_show_know_a_plugins_data(regctl, here, plugin):
    out = regctl("datasets", "list", *plugin).out
    assert "Rents of flats, drawn" in out
    assert "Rents of flats." in out
    shown = regctl("datasets", "show", "carded", *plugin).out
    assert "options: {n: 80, slope: 9.0}" in shown
    assert "euros" in shown


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            "{m: 3}",
            "mine.yaml:2:51 dataset.options.m: unknown option of data set 'carded'. Its options: n, slope.",
        ),
        ("{n: 1.5}", "mine.yaml:2:51 dataset.options.n: expected a whole number. Received: 1.5."),
        ("{slope: steep}", "mine.yaml:2:51 dataset.options.slope: expected a number. Received: 'steep'."),
    ],
)
def test_options_are_checked_by_the_functions_signature(regctl, here, plugin, options, says):
    (here / "mine.yaml").write_text(SPEC.replace("{n: 90}", options))
    outcome = regctl("validate", "mine.yaml", *plugin)
    assert outcome.code == 2
    assert says in outcome.err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("import random\n", "import random\n1 / 0\n", "mine.py:2: ZeroDivisionError: division by zero."),
        ("import random\n", "import rndom\n", "mine.py:1: ModuleNotFoundError: No module named 'rndom'."),
        ("import random\n", "import random\nif:\n", "mine.py:2: SyntaxError"),
        ("DATASETS =", "OTHERS =", "the file brings nothing"),
        ('"carded":', '"ames":', "DATASETS: 'ames' is taken"),
        ("generator = random.Random(3)", "raise ValueError('no data today')", "mine.py:8): ValueError: no data today."),
        ("    return {", "    return [area] or {", "expected a mapping from column to values. Received: list"),
        ('"area": area,', '"area": area[1:],', "expected columns of one length. Received: 90 values in"),
        ('"area": area,', '"area": [1, "x"] * 45,', "column 'area': expected numbers, texts, truth values or dates"),
        ('"area": area,', '"area": [10**400] * 90,', "column 'area': expected numbers, texts, truth values or dates"),
        ('"area": area,', '7: area,', "expected names of columns that are text. Received: 7."),
        ("    return {", "    return {} and {", "carded: no rows"),
        ("range(n)]", "range(0)]", "carded: no rows"),
    ],
)  # fmt: skip
def test_a_plugin_that_fails_is_told_in_one_sentence(regctl, here, plugin, old, new, says):
    assert old in PLUGIN
    (here / "mine.py").write_text(PLUGIN.replace(old, new, 1))
    outcome = regctl("sweep", "lambda", "mine.yaml", *plugin, "--dry-run")
    assert outcome.code == 2, outcome
    assert says in outcome.err
    assert outcome.err.count("error: ") == 1
    assert "Traceback" not in outcome.err


def test_a_plugin_that_is_not_there_is_told(regctl, here, plugin):
    outcome = regctl("validate", "mine.yaml", "--plugin", "nine.py")
    assert outcome.code == 2
    assert "--plugin nine.py: cannot be read: No such file or directory." in outcome.err


def test_an_installed_package_brings_data_without_a_flag(regctl, here, plugin, monkeypatch):
    monkeypatch.syspath_prepend(str(here))
    entry = importlib.metadata.EntryPoint("carded", "mine:rents", "regctl.datasets")
    broken = importlib.metadata.EntryPoint("broken", "nowhere:rents", "regctl.datasets")

    def entry_points(group):
        return importlib.metadata.EntryPoints([entry, broken] if group == "regctl.datasets" else [])

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    assert regctl("sweep", "lambda", "mine.yaml", "--dry-run").code == 0
    outcome = regctl("datasets", "show", "broken")
    assert outcome.code == 2
    assert "entry point regctl.datasets broken = nowhere:rents: ModuleNotFoundError" in outcome.err


def test_the_readmes_data_set_is_one(regctl, here):
    text = (catalog.shipped("configs").parent / "README.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```py\n(.*?)```", text, re.DOTALL) if "DATASETS" in block]
    (here / "my_data.py").write_text(code)
    shown = regctl("datasets", "show", "flats", "--plugin", "my_data.py")
    assert "flats: Rents of flats, drawn." in shown.out
    assert "rows: 80, columns: 2" in shown.out
