"""The house's plan: which room may import which, no cycles, TensorFlow in two rooms only, one place opens the seal."""

import ast
from pathlib import Path

import pytest

import regctl

PACKAGE = Path(regctl.__file__).parent
ROOMS = {
    "spec": {"catalog"},
    "datasets": {"spec", "catalog"},
    "models": {"spec", "catalog"},
    "engine": {"models", "spec"},
    "records": {"spec"},
    "analysis": set(),
    "report": {"analysis", "records", "spec"},
    "search": {"spec"},
    "steps": {"spec", "catalog", "datasets", "models", "engine", "search", "records", "analysis", "report"},
    "pipeline": {
        "spec",
        "catalog",
        "datasets",
        "models",
        "engine",
        "search",
        "records",
        "analysis",
        "report",
        "steps",
    },
    "cli": {"pipeline", "spec", "catalog", "records", "report"},
    "door": {"pipeline", "spec", "catalog", "records", "report", "models"},
    "catalog": set(),
    "types": set(),
    "errors": set(),
    "__init__": {"door"},
    "__main__": {"cli"},
}
EVERYWHERE = {"errors", "types", "__init__"}
# `predict` needs neither a spec nor a run's steps: the command goes straight to the data and the model. So does
# `datasets`, which looks at data that no run has taken up.
EXCEPTIONS = {
    ("cli/predicting.py", "datasets"),
    ("cli/predicting.py", "models"),
    ("cli/datasets.py", "datasets"),
}
# Names in annotations only.
FOR_TYPES = {
    ("cli/progress.py", "steps"),
    ("cli/dry_run.py", "steps"),
    ("cli/training.py", "steps"),
    ("cli/search_dry_run.py", "steps"),
    ("cli/search_progress.py", "steps"),
    ("cli/search_progress.py", "search"),
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def rooms_imported(path: Path) -> set[str]:
    names = [name.split(".") for name in imports(path)]
    inside = [name[1] if len(name) > 1 else "__init__" for name in names if name[0] == "regctl"]
    return {name if name in ROOMS else "__init__" for name in inside}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_its_room_may(path):
    here, name = room(path), path.relative_to(PACKAGE).as_posix()
    excused = {other for file, other in EXCEPTIONS | FOR_TYPES if file == name}
    assert rooms_imported(path) - {here} - EVERYWHERE - excused <= ROOMS[here]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_models_and_engine_import_tensorflow_or_keras(path):
    heavy = {name for name in imports(path) if name.split(".")[0] in {"tensorflow", "keras"}}
    assert not heavy or room(path) in {"models", "engine"}


def test_one_file_knows_keras_tuner():
    knowing = [path.relative_to(PACKAGE).as_posix() for path in FILES if "keras_tuner" in imports(path)]
    assert knowing == ["search/oracles.py"]


def test_errors_imports_nothing_and_types_numpy_only():
    outside = {name.split(".")[0] for name in imports(PACKAGE / "types.py")}
    assert outside <= {"numpy", "collections", "dataclasses", "typing"}
    assert not imports(PACKAGE / "errors.py")


def test_there_are_no_cycles_between_rooms():
    graph = {name: set() for name in ROOMS}
    for path in FILES:
        name = path.relative_to(PACKAGE).as_posix()
        excused = {other for file, other in FOR_TYPES if file == name}
        graph[room(path)] |= rooms_imported(path) - {room(path), "__init__"} - excused

    def reaches(start: str, goal: str, seen: set[str]) -> bool:
        return any(
            after == goal or (after not in seen and reaches(after, goal, seen | {after}))
            for after in graph[start]
        )

    assert [name for name in graph if reaches(name, name, set())] == []


def test_only_the_pipeline_opens_the_test_rows():
    callers = [
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        if any(
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) == "open_test_rows"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert callers == ["pipeline.py"]


def test_the_top_level_holds_what_was_agreed_and_nothing_else():
    top = PACKAGE.parent
    if not (top / "pyproject.toml").exists():
        pytest.fail("the tests belong to a checkout")
    agreed = {
        "regctl",
        "configs",
        "tests",
        "data",
        "runs",
        "pyproject.toml",
        "README.md",
        "Makefile",
        "LICENSE",
    }
    made = {"dist", "build"}
    found = {path.name for path in top.iterdir() if not path.name.startswith(".")}
    assert found - made == agreed
