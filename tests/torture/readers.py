"""Who looks at a runs root all the time, in every way there is, and must never see an error or half a file."""

import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from crowd import Fork, regctl

WHOLE = ("manifest.json", "spec.yaml", "split.json")  # what a reader asks of any run


def readers(root: Path, number: int, stop: Path) -> list[Fork]:
    """So many, until there is a file `stop`; each answers with how often it looked and what was wrong."""
    kinds = (latest, listed, opened, reported)
    return [Fork(partial(_looking, kinds[place % len(kinds)], root, stop)) for place in range(number)]


def _looking(look: Callable[[Path], str], root: Path, stop: Path) -> tuple[str, int, set[str]]:
    wrong, looks = set[str](), 0
    parent = os.getppid()
    while (not stop.exists() or not looks) and os.getppid() == parent:
        wrong |= {look(root)}
        looks += 1
        time.sleep(0.1)
    return look.__name__, looks, wrong - {""}


def latest(root: Path) -> str:
    """`latest` is whole at every moment, and names a run that is."""
    from regctl.records.run_folder import pointed_at

    name = pointed_at(root / "latest")
    if not name:
        return "latest names nothing"
    missing = [each for each in WHOLE if not (root / name / each).is_file()]
    return f"{name} lacks {missing}" if missing and name == pointed_at(root / "latest") else ""


def listed(root: Path) -> str:
    found = regctl("runs", "list", "--json", "--out", root)
    if found.code or found.err:
        return f"runs list: {found}"
    statuses = {run["status"] for run in json.loads(found.out)}
    return "" if statuses <= {"running", "completed"} else f"runs list: {statuses}"


def opened(root: Path) -> str:
    from regctl.door.run import open_run

    run = None
    try:
        run = open_run(root / "latest")
        if run.report.manifest.status == "completed":
            rows, points = len(run.results), len(run.curve)
            return "" if rows and points and run.selection.selected else f"open_run: {rows}, {points}"
    except Exception as error:
        removed = _is_gone(str(error)) or (run is not None and not run.path.exists())
        return "" if removed else f"open_run: {error!r}"
    return ""


def reported(root: Path) -> str:
    found = regctl("report", root / "latest", "--sealed", "--format", "json")
    if found.is_one_sentence and _is_gone(found.err):
        return ""
    if found.code or found.err:
        return f"report: {found}"
    json.loads(found.out)
    return ""


def _is_gone(text: str) -> bool:
    """The one thing that may be said: the run was removed under the reader's eyes."""
    return "it has been removed meanwhile" in text
