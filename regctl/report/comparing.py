"""Runs held against each other: what differs in their specs and environments, and what their models show for it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regctl.analysis.paired import PairedDifference, Trained, paired_difference
from regctl.analysis.selection import best_at_each
from regctl.errors import UsageError
from regctl.records.files import plain
from regctl.records.validation_rows import ValidationRows, read_validation_rows
from regctl.report.model import Report
from regctl.report.points import line_of, shown, shown_selection
from regctl.report.wording import is_exact
from regctl.spec.axes import LARGER_IS_STRONGER
from regctl.spec.resolved import leaves
from regctl.types import CurvePoint, Float64, Setting

ABSENT = "—"  # of a key that a run does not have
_LETTERS = 12  # of a hash


@dataclass(frozen=True)
class Pair:
    """A run against the first, both by number: their paired difference, or why there is none."""

    base: int
    other: int
    difference: PairedDifference | None
    refusals: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Runs, called by letters. `spec` and `environment` hold, by key, each run's text where the texts differ."""

    reports: tuple[Report, ...]
    spec: Mapping[str, tuple[str, ...]]
    environment: Mapping[str, tuple[str, ...]]
    pairs: tuple[Pair, ...]

    def letter(self, number: int) -> str:
        """What a run is called: A, B, …, and after Z R27, R28 and so on."""
        return chr(ord("A") + number) if number < 26 else f"R{number + 1}"


def compare(reports: Sequence[Report]) -> Comparison:
    """Hold runs against each other, and each against the first.

    Raises:
        UsageError: a file of a run is damaged.
    """
    return Comparison(
        reports=tuple(reports),
        spec=_differing([_spec(report) for report in reports]),
        environment=_differing([_environment(report) for report in reports]),
        pairs=tuple(_pair(reports, number) for number in range(1, len(reports))),
    )


def _differing(texts: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    keys = list(dict.fromkeys(key for each in texts for key in each))
    sections = list(dict.fromkeys(key.partition(".")[0] for key in keys))
    keys.sort(key=lambda key: sections.index(key.partition(".")[0]))
    found = {key: tuple(each.get(key, ABSENT) for each in texts) for key in keys}
    return {key: values for key, values in found.items() if len(set(values)) > 1}


def _spec(report: Report) -> dict[str, str]:
    return {key: _text(value) for key, value in leaves(report.spec).items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)


def _environment(report: Report) -> dict[str, str]:
    manifest = report.manifest
    git, engine = manifest.git, manifest.engine
    return {
        **manifest.versions,
        "device": manifest.device or ABSENT,
        "engine": ABSENT if engine is None else engine.name,
        "commit": ABSENT if git is None else git.commit[:_LETTERS] + (" + changes" if git.dirty else ""),
        "data hash": report.data.split.data_hash[:_LETTERS],
        "plugins": ", ".join(f"{each.path} {each.sha256[:_LETTERS]}" for each in manifest.plugins) or ABSENT,
        "status": manifest.status + (", smoke" if manifest.smoke else ""),
    }


def _pair(reports: Sequence[Report], number: int) -> Pair:
    first, second = reports[0], reports[number]
    refusals = disagreements(first, second)
    if refusals:
        return Pair(0, number, None, refusals)
    try:
        return Pair(0, number, _difference(first, second), ())
    except UsageError as error:
        return Pair(0, number, None, (str(error),))


def disagreements(first: Report, second: Report) -> tuple[str, ...]:
    """Why the losses of two runs cannot be compared by row; empty where they can."""
    found = [*scales(first, second)]
    one, other = first.data.split, second.data.split
    if one.data_hash != other.data_hash:
        found.append("their data differ (data hash)")
    elif parts := [name for name in ("train", "validation") if _rows(first, name) != _rows(second, name)]:
        found.append(
            f"their splits differ ({' and '.join(parts)} rows; other columns are another split, too)"
        )
    elif _folds(first) != _folds(second):
        found.append("their folds differ")
    without = (report.run.name for report in (first, second) if selected_setting(report) is None)
    return (*found, *(f"{name} has no selected setting" for name in without))


def scales(first: Report, second: Report) -> tuple[str, ...]:
    """In what the losses of two runs differ that makes them numbers of different kinds."""
    (one, other), kinds = (_kinds(report) for report in (first, second)), tuple(_kinds(first))
    return tuple(f"their {kind} differ" for kind in kinds if one[kind] != other[kind])


def _kinds(report: Report) -> dict[str, object]:
    """What makes a loss the number it is."""
    return {
        "targets": report.data.target.name,
        "losses": report.loss,
        "target transforms": report.spec.dataset.target_transform,
        "target scales": report.spec.dataset.target_scale,
        "classes": sorted(report.data.target.classes),
    }


def _rows(report: Report, part: str) -> dict[int, str]:
    """Row hash by position in the source."""
    found = report.data.split.parts.get(part)
    return {} if found is None else dict(zip(found.rows, found.hashes, strict=True))


def _folds(report: Report) -> list[dict[int, int]]:
    """For each repeat, which fold holds out which row of the source."""
    split = report.data.split
    return [dict(zip(split.parts["train"].rows, each, strict=True)) for each in split.folds]


def _difference(first: Report, second: Report) -> PairedDifference:
    tables = [read_validation_rows(report.run) for report in (first, second)]
    order = [np.argsort(table.rows) for table in tables]
    if not np.array_equal(tables[0].rows[order[0]], tables[1].rows[order[1]]):
        raise UsageError("the rows in their validation_rows.npz differ.")
    blocks = tables[0].blocks
    one, other = (
        Trained(_selected(report, table)[:, places], table.seeds.tolist(), is_exact(report))
        for report, table, places in zip((first, second), tables, order, strict=True)
    )
    return paired_difference(one, other, None if blocks is None else blocks[order[0]])


def _selected(report: Report, table: ValidationRows) -> Float64:
    """The selected setting's losses by row, float64 `[replicates, rows]`."""
    selected = selected_setting(report)
    if selected not in table.settings:
        raise UsageError(f"{report.run.name} kept no losses by row of its selected setting.")
    found: Float64 = table.loss[table.settings.index(selected)].astype(np.float64)
    if not np.isfinite(found).all():
        raise UsageError(f"{report.run.name} has no finite losses of its selected setting.")
    return found


def selected_setting(report: Report) -> Setting | None:
    """The selected setting of a run; None where there is none."""
    return None if report.record is None else report.record.selected


def selected_loss(report: Report) -> tuple[float | None, float | None]:
    """The selected setting's mean validation loss over replicates, and its standard error."""
    selected = selected_setting(report)
    losses = [] if selected is None else [trial.validation_loss for trial in report.replicates(selected)]
    errors = None if selected is None else report.errors.get(selected)
    return (float(np.mean(losses)) if losses else None), None if errors is None else errors.validation


def line(report: Report) -> tuple[CurvePoint, ...]:
    """A run's curve as one line: of two axes that at the second one's minimum, along `samples` the best of each."""
    points, by = shown(report), report.manifest.by
    if by is None:
        return points
    if report.manifest.axis == "samples":
        return best_at_each(points, LARGER_IS_STRONGER[by])
    selection = shown_selection(report)
    return () if selection is None else line_of(points, selection.minimum.other)


def along(comparison: Comparison) -> tuple[str | None, dict[int, tuple[CurvePoint, ...]]]:
    """The axis of the first run that has a curve, and the lines of all runs along it, by the run's number."""
    lines = {number: line(report) for number, report in enumerate(comparison.reports)}
    axes = [comparison.reports[number].manifest.axis for number, points in lines.items() if points]
    if not axes:
        return None, {}
    same = {
        number: points
        for number, points in lines.items()
        if points and comparison.reports[number].manifest.axis == axes[0]
    }
    return axes[0], same
