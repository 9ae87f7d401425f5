"""Light commands stay light: which heavy packages a command imported, asked in a process of its own."""

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "sklearn", "polars", "altair")
DEEP = ("tensorflow", "keras")

SCRIPT = """
import sys
from regctl.cli.main import main
sys.argv = ["regctl", *sys.argv[1:]]
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
print("IMPORTED", code, *sorted({name.split(".")[0] for name in sys.modules}))
"""


def imported(*arguments: str, cwd) -> tuple[str, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=cwd,
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
        ["schema"],
    ],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(arguments, tmp_path):
    code, names = imported(*arguments, cwd=tmp_path)
    assert code in ("0", "None")
    assert not names & set(HEAVY)


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
    code, names = imported("report", "latest", "--sealed", cwd=here)
    assert code in ("0", "None")
    assert not names & set(DEEP)
    assert regctl("report", "latest").code == 0
    code, names = imported("report", "latest", cwd=here)
    assert code in ("0", "None")
    assert not names & set(DEEP)
