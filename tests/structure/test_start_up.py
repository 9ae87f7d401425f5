"""Light commands stay light: which heavy packages a command imported, asked in a process of its own."""

import os
import subprocess
import sys

import pytest

NEEDLESS = {
    "typer",
    "rich",
    "numpy",
    "email",
    "importlib.metadata",
    "_hashlib",
    "random",
    "symtable",
    "difflib",
}
HEAVY = ("tensorflow", "keras", "sklearn", "polars", "altair")
DEEP = ("tensorflow", "keras")

SCRIPT = """
import gc
import sys
from regctl.cli.console import start
sys.argv = ["regctl", *sys.argv[1:]]
code = 0
try:
    start()
except SystemExit as end:
    code = end.code
print("IMPORTED", code, "GARBAGE" if gc.isenabled() else "", *sys.modules)
"""


def imported(*arguments: str, cwd, **environment: str) -> tuple[str, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    _, code, *names = next(line for line in done.stdout.splitlines() if line.startswith("IMPORTED")).split()
    return code, set(names)


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["sweep", "lambda", "--help"],
        ["doctor", "dropout", "--help"],
        ["init", "--help"],
        ["validate", "housing"],
        ["datasets", "list"],
        ["schema"],
        ["explain"],
        ["explain", "REG104"],
        ["report", "--help"],
        ["runs", "list"],
        ["runs", "--help"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(arguments, tmp_path):
    code, names = imported(*arguments, cwd=tmp_path)
    assert code in ("0", "None")
    assert not names & set(HEAVY)


@pytest.mark.process
def test_importing_the_package_costs_what_importing_typing_costs():
    script = "import sys, typing; before = set(sys.modules); import regctl; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["regctl"]


@pytest.mark.process
def test_validating_paths_imports_only_what_reads_a_spec(tmp_path):
    code, names = imported(
        "validate", "housing", "housing-samples", cwd=tmp_path, PYDANTIC_DISABLE_PLUGINS="1"
    )
    assert code in ("0", "None")
    assert {"pydantic.main", "yaml"} <= names
    assert not names & NEEDLESS


@pytest.mark.process
def test_validate_collects_no_garbage_and_a_command_that_trains_does(tmp_path):
    assert "GARBAGE" not in imported("validate", "housing", cwd=tmp_path)[1]
    assert "GARBAGE" not in imported("validate", "housing", "-S", "training.epochs=5", cwd=tmp_path)[1]
    assert "GARBAGE" in imported("train", "housing", "--dry-run", cwd=tmp_path)[1]


@pytest.mark.process
def test_pydantic_looks_for_plugins_where_the_user_says_so(tmp_path):
    _, names = imported("validate", "housing", cwd=tmp_path, PYDANTIC_DISABLE_PLUGINS="none-of-them")
    assert "importlib.metadata" in names


@pytest.mark.process
def test_a_dry_run_imports_neither_tensorflow_nor_keras(tmp_path):
    code, names = imported("sweep", "lambda", "housing", "--dry-run", cwd=tmp_path)
    assert code in ("0", "None")
    assert not names & set(DEEP)


@pytest.mark.process
def test_a_first_spec_imports_neither_tensorflow_nor_keras(tmp_path):
    from rents import write_table

    write_table(tmp_path / "rents.csv")
    code, names = imported("init", "rents.csv", cwd=tmp_path)
    assert code in ("0", "None")
    assert not names & set(DEEP)


@pytest.mark.process
def test_a_sealed_and_an_opened_report_import_neither_tensorflow_nor_keras(tmp_path, here, regctl):
    from rents import write_spec

    write_spec(here)
    assert regctl("train", "rents.yaml", "--quiet").code == 0
    check = ["--check", "validation.rmse > 0", "--fail-on", "serious"]
    code, names = imported("report", "latest", "--sealed", *check, cwd=here)
    assert code in ("0", "None")
    assert not names & set(DEEP)
    assert regctl("report", "latest").code == 0
    code, names = imported("report", "latest", cwd=here)
    assert code in ("0", "None")
    assert not names & set(DEEP)
    code, names = imported("runs", "list", cwd=here)
    assert code in ("0", "None")
    assert not names & {*HEAVY, "scipy"}
    for arguments in (("runs", "show", "latest"), ("runs", "show", "latest", "--format", "json")):
        code, names = imported(*arguments, cwd=here)
        assert code in ("0", "None")
        assert not names & set(DEEP)
