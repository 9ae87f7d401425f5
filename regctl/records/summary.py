"""A run in one line, from its small files, so that a thousand runs are listed at once. What is damaged is said."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regctl.records.trial_record import setting_from, setting_values
from regctl.types import Setting

DAMAGED = "damaged"
_MARKS = ("spec.source.yaml", "log.txt")  # what a run folder holds from its first moment


@dataclass(frozen=True)
class Summary:
    """What a run's files say of it; None is what they do not say (yet).

    `status` is that of the manifest, or "damaged" where that cannot be read. `validation_loss` and `validation_se` are
    the selected setting's; `test` is the opened test set's data loss with its interval (`test_opened` also where that
    loss is unknown). `problems` name the files that could not be read.
    """

    path: Path
    name: str
    status: str
    axis: str | None = None
    by: str | None = None
    tune: str | None = None
    smoke: bool = False
    started_at: str | None = None
    finished_at: str | None = None
    selected: Setting | None = None
    validation_loss: float | None = None
    validation_se: float | None = None
    test_opened: bool = False
    test: float | None = None
    test_interval: tuple[float, float] | None = None
    problems: tuple[str, ...] = ()


class _Files:
    """A run's JSON files; collects what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.problems = folder, list[str]()

    def json(self, name: str) -> Mapping[str, Any]:
        """An object, empty where there is none."""
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                found = json.loads(file.read())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self.problems.append(f"{name}: {str(error) or type(error).__name__}")
            return {}
        if not isinstance(found, dict):
            self.problems.append(f"{name}: expected an object. Received: {type(found).__name__}")
            return {}
        return found


def is_run(folder: Path) -> bool:
    """Whether a folder is a run of regctl's, if a damaged one; other programs have a manifest.json, too."""
    try:
        found = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return all((folder / name).is_file() for name in _MARKS)
    return _is_manifest(found) or all((folder / name).is_file() for name in _MARKS)


def summaries(root: Path) -> list[Summary]:
    """The runs in a runs root, newest first; links and folders that are no runs are passed over."""
    try:
        with os.scandir(root) as entries:
            found = [each for each in entries if each.is_dir(follow_symlinks=False)]
            names = [each.name for each in found if not each.name.startswith(".")]
    except FileNotFoundError:
        return []
    runs = (summary(root / name) for name in names)
    return sorted((run for run in runs if run is not None), key=_age, reverse=True)


def _age(summary: Summary) -> tuple[str, str]:
    # A run's folder begins with the time as its manifest has it, but for dashes.
    return (summary.started_at or summary.path.name).replace("-", ":"), summary.path.name


def summary(folder: Path) -> Summary | None:
    """A run in one line; None where the folder is no run."""
    files = _Files(folder)
    manifest = files.json("manifest.json")
    if not _is_manifest(manifest):
        if not is_run(folder):
            return None
        files.problems = files.problems or ["manifest.json: missing, or not as regctl wrote it"]
        return Summary(folder, _name(folder), DAMAGED, problems=tuple(files.problems))
    axis, by = _text(manifest, "axis"), _text(manifest, "by")
    selected = _selected(files)
    loss, error = (None, None) if selected is None else _validation(files, selected, axis, by)
    opened = (folder / "test.json").is_file()
    test = files.json("test.json") if opened else {}
    return Summary(
        path=folder,
        name=_name(folder),
        status=str(manifest["status"]),
        axis=axis,
        by=by,
        tune=_text(manifest, "tune"),
        smoke=manifest.get("smoke") is True,
        started_at=_text(manifest, "started_at"),
        finished_at=_text(manifest, "finished_at"),
        selected=selected,
        validation_loss=loss,
        validation_se=error,
        test_opened=opened,
        test=_number(test.get("loss")),
        test_interval=_interval(test.get("loss_interval")),
        problems=tuple(files.problems),
    )


def _is_manifest(found: Any) -> bool:
    return isinstance(found, dict) and "run_id" in found and isinstance(found.get("status"), str)


def _name(folder: Path) -> str:
    """The spec's name, which is the first line of every resolved spec; else what the folder's name says."""
    try:
        with open(folder / "spec.yaml", encoding="utf-8") as file:
            key, _, value = file.readline().partition(":")
    except (OSError, ValueError):
        key, value = "", ""
    if key == "name" and value.strip():
        return value.strip().strip("\"'")
    return folder.name


def _selected(files: _Files) -> Setting | None:
    values = files.json("selection.json").get("selected")
    if values is None:
        return None
    try:
        return setting_from(values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        files.problems.append(f"selection.json: expected a setting. Received: {error!r}")
        return None


def _validation(
    files: _Files, selected: Setting, axis: str | None, by: str | None
) -> tuple[float | None, float | None]:
    """The selected setting's loss and standard error: from the curve, or where there is none from the report."""
    axes = [name for name in (axis, by) if name is not None]
    values = setting_values(selected)
    places = [values.get(name) for name in axes]
    for row in _curve(files) if axes else ():
        try:
            if [float(row[name]) for name in axes] == places:
                return _cell(row["validation_loss"]), _cell(row["validation_se"])
        except (KeyError, TypeError, ValueError) as error:
            files.problems.append(f"curve.csv: {error!r}")
            return None, None
    return _reported(files)


def _curve(files: _Files) -> Iterator[Mapping[str, str]]:
    try:
        with open(files.folder / "curve.csv", encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            yield from (dict(zip(header, row, strict=False)) for row in rows)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        files.problems.append(f"curve.csv: {error}")


def _reported(files: _Files) -> tuple[float | None, float | None]:
    try:
        found = (files.json("report.json").get("selection") or {}).get("selected") or {}
        losses = [_number(each["validation"]["loss"]) for each in found.get("replicates", ())]
        known = [loss for loss in losses if loss is not None]
        return (sum(known) / len(known) if known else None), _number(found.get("validation_se"))
    except (AttributeError, KeyError, TypeError) as error:
        files.problems.append(f"report.json: {error!r}")
        return None, None


def _text(values: Mapping[str, Any], name: str) -> str | None:
    found = values.get(name)
    return found if isinstance(found, str) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _cell(text: str) -> float | None:
    return float(text) if text else None


def _interval(value: Any) -> tuple[float, float] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(end, int | float) for end in value):
        return float(value[0]), float(value[1])
    return None
