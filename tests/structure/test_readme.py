"""The README's commands run, in its order, on files of the names it uses; only the work is made smaller."""

import re
import shlex
import webbrowser
from pathlib import Path
from shutil import copytree

import pytest

from regctl import __file__ as package_file
from regctl import catalog
from rents import read_table, save_table, write_table

README = Path(package_file).parent.parent / "README.md"
LESS = ["-S", "training.epochs=2", "-S", "sweep.lambda=[0, 0.01]", "--seeds", "1"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("regctl ")]


def write_houses(path: Path) -> None:
    """Five houses as new rows: the shipped data without the price."""
    import polars as pl

    pl.read_parquet(catalog.shipped("data") / "ames.parquet").head(5).drop("Sale_Price").write_csv(path)


def write_rents(folder: Path) -> None:
    write_table(folder / "with awkward names.csv")
    _, rows = read_table(folder / "with awkward names.csv")
    save_table(folder / "rents.csv", ["area", "rooms", "city", "rent"], rows)
    spec = next(block for block in blocks("yaml") if block.startswith("name: rents"))
    (folder / "rents.yaml").write_text(spec, encoding="utf-8")


def make_runs(root: Path) -> None:
    """The runs that the README calls my-run and other-run: the newest that has a curve."""
    newest = max(run for run in root.iterdir() if (run / "curve.csv").exists() and not run.is_symlink())
    for name in ("my-run", "other-run"):
        copytree(newest, root / name)


def test_there_are_commands_to_run():
    assert len(commands()) >= 9


def test_every_command_of_the_readme_does_what_it_says(here, regctl, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda address: True)  # --browse
    write_houses(here / "new_houses.csv")
    write_rents(here)
    for command in commands():
        if "my-run" in command and not (here / "runs" / "my-run").exists():
            make_runs(here / "runs")
        trains = command[0] in ("sweep", "train") and "--dry-run" not in command and "--smoke" not in command
        arguments = (
            [word for word in command if word != "training.epochs=20" and word != "-S"] if trains else command
        )
        if trains and "--seeds" in arguments:
            arguments = arguments[: arguments.index("--seeds")]
        outcome = regctl(*arguments, *(LESS if trains else []))
        assert outcome.code == 0, f"{' '.join(command)}\n{outcome.err}"
        assert outcome.out or command[:2] == ["runs", "remove"]


def test_the_python_example_reads_a_run(here, regctl, capsys):
    pytest.importorskip("keras")
    write_houses(here / "new_houses.csv")
    assert regctl("sweep", "lambda", "housing", "--quiet", *LESS).code == 0
    by_regctl = regctl("predict", "runs/latest", "new_houses.csv").out.split()[1:]
    code = next(block for block in blocks("python") if "load_model" in block)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    by_hand = [float(number) for number in re.findall(r"\d+\.?\d*(?:e\+?\d+)?", printed)]
    assert by_hand == pytest.approx([float(number) for number in by_regctl], rel=1e-5)


@pytest.mark.process
def test_the_python_door_opens_as_the_readme_says(here, capsys):
    write_rents(here)
    code = next(block for block in blocks("python") if "import regctl" in block)
    known: dict = {}
    exec(compile(code, "README.md", "exec"), known)
    assert known["run"].path.parent == here / "runs"
    assert known["figure"].to_dict()["config"]
    assert capsys.readouterr().out.rstrip().endswith("None")
