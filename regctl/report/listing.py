"""A list of runs: which of them, in which order, as rows of text and as JSON's own types."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from regctl.records.summary import Summary
from regctl.records.trial_record import setting_values
from regctl.report.axes import AXES
from regctl.report.numbers import UNKNOWN, number, with_error
from regctl.report.setting_names import setting_name

HEADER = ("run", "axis", "status", "selected", "validation loss", "test loss", "age")
SEALED = "sealed"

# What a list is sorted by; a run without such a number comes last, whatever the direction.
SORT_KEYS: Mapping[str, Callable[[Summary], Any]] = {
    "started": lambda run: run.started_at or run.path.name,
    "name": lambda run: run.name,
    "axis": lambda run: axes_of(run),
    "status": lambda run: run.status,
    "validation": lambda run: run.validation_loss,
    "test": lambda run: run.test,
}


def chosen(
    runs: Sequence[Summary], *, status: str | None = None, name: str | None = None, axis: str | None = None
) -> list[Summary]:
    """The runs of a status, whose name or folder holds a text, and along an axis that holds another; any case."""
    return [
        run
        for run in runs
        if (status is None or run.status == status)
        and (name is None or _within(name, run.name, run.path.name))
        and (axis is None or _within(axis, axes_of(run)))
    ]


def _within(text: str, *places: str) -> bool:
    return any(text.casefold() in place.casefold() for place in places)


def ordered(runs: Sequence[Summary], key: str, reverse: bool = False) -> list[Summary]:
    """The runs sorted by one of `SORT_KEYS`: the newest or the lowest first, or with `reverse` the other way round."""
    value = SORT_KEYS[key]
    known = [run for run in runs if _is_known(value(run))]
    known.sort(key=value, reverse=reverse != (key == "started"))
    return known + [run for run in runs if not _is_known(value(run))]


def _is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def axes_of(run: Summary) -> str:
    """`lambda`, `degree × lambda`, `tune dropout`; `train` without an axis, empty where the manifest cannot be read."""
    if run.tune is not None:
        return f"tune {run.tune}"
    if run.axis is None:
        return "train" if run.started_at is not None else ""
    return run.axis if run.by is None else f"{run.axis} × {run.by}"


def row(run: Summary, now: datetime) -> tuple[str, ...]:
    """A run's cells under `HEADER`."""
    validation = UNKNOWN
    if run.validation_loss is not None:
        validation = with_error(run.validation_loss, run.validation_se)
    seconds = age(run, now)
    return (
        run.path.name,
        axes_of(run),
        f"{run.status}, smoke" if run.smoke else run.status,
        selected(run) or UNKNOWN,
        validation,
        number(run.test) if run.test_opened else SEALED,
        UNKNOWN if seconds is None else since(seconds),
    )


def selected(run: Summary) -> str | None:
    """The selected setting in words."""
    axes = [AXES[name] for name in (run.axis, run.by) if name is not None and name in AXES]
    return None if run.selected is None else setting_name(run.selected, axes)


def age(run: Summary, now: datetime) -> float | None:
    """Seconds since a run was started."""
    try:
        return (now - datetime.fromisoformat(run.started_at or "")).total_seconds()
    except (TypeError, ValueError):
        return None


def since(seconds: float) -> str:
    """A time in the largest unit that fits: `40 s`, `3 min`, `5 h`, `12 days`."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= (2 * size if unit == "days" else size):
            return f"{int(seconds // size):,} {unit}"
    return f"{max(int(seconds), 0)} s"


def entry(run: Summary, now: datetime) -> dict[str, Any]:
    """A run for programs."""
    return {
        "run": run.path.name,
        "path": str(run.path),
        "name": run.name,
        "axis": run.axis,
        "by": run.by,
        "tune": run.tune,
        "status": run.status,
        "smoke": run.smoke,
        "selected": None if run.selected is None else setting_values(run.selected),
        "validation_loss": run.validation_loss,
        "validation_se": run.validation_se,
        "sealed": not run.test_opened,
        "test_loss": run.test,
        "test_interval": run.test_interval,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "age_seconds": age(run, now),
        "problems": list(run.problems),
    }
