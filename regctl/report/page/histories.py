"""Training histories of the page: losses by epoch of the selected, the unregularized and the strongest setting."""

from collections.abc import Iterable, Iterator
from math import nan
from typing import Any

from regctl.records.tables import HISTORY, read_history
from regctl.records.trial_record import TrialRecord
from regctl.report.figure.scales import LossAxis, axis_of, linear_ticks
from regctl.report.losses import loss_name
from regctl.report.model import Report
from regctl.report.page.shapes import Drawing, data_axis, series, tips, y_axis
from regctl.report.setting_names import setting_name
from regctl.report.wording import swept
from regctl.spec.axes import axis_value
from regctl.types import CurvePoint, Setting

STEM = "histories"
_ROLES = ("c1", "c2", "c3")
_MOST_EPOCHS = 400
_FEW = 12


def histories_drawing(report: Report) -> Iterator[tuple[str, Drawing]]:
    """Of the first seed (and fold); nothing where no epochs were recorded, as of an exact solution."""
    chosen = _chosen(report)
    if not chosen or not (report.run / HISTORY).is_file():
        return
    found = {name: _losses(report, trial) for name, trial in chosen.items()}
    found = {name: each for name, each in found.items() if len(each[0]) > 1}
    if not found:
        return
    lines = []
    for role, (name, (epochs, train, validation)) in zip(_ROLES, found.items(), strict=False):
        lines.append(_line(f"{name}, validation", role, epochs, validation, width=2))
        lines.append(_line(f"{name}, training", role, epochs, train, dash="5 3"))
    last = max(epochs[-1] for epochs, _, _ in found.values())
    ticks = tuple(tick for tick in linear_ticks(0, last) if tick == int(tick) and tick > 0) or (float(last),)
    which = "first seed" if report.spec.k_fold is None else "first seed, first fold"
    named = "; ".join(
        f"{name}: {setting_name(trial.setting, swept(report))}" for name, trial in chosen.items()
    )
    yield (
        STEM,
        {
            "kind": "lines",
            "title": "How training went: the selected setting beside the ends",
            "note": f"{report.spec.name}, {which} of each. {named[:1].upper()}{named[1:]}. "
            "Training loss where it was measured.",
            "x": data_axis(LossAxis(0.5, last + 0.5, log=False, ticks=ticks), "epoch"),
            "y": y_axis(_axis(found.values()), " ".join(loss_name(report)[:2])),
            "hover": "nearest",
            "series": lines,
            "marks": [],
        },
    )


def _line(name: str, role: str, epochs: list[int], losses: list[float | None], **look: Any) -> Drawing:
    """The epochs at which a loss was measured; few of them are points."""
    known = [(epoch, loss) for epoch, loss in zip(epochs, losses, strict=True) if loss is not None]
    at, values = [epoch for epoch, _ in known], [loss for _, loss in known]
    shape: dict[str, Any] = {"shape": "square" if "dash" in look else "circle"} if len(known) <= _FEW else {}
    line = series(name, role, at, values, **look, **shape)
    return line | {"at": [f"epoch {epoch:,}" for epoch in at], "tips": tips(values)}


def _axis(found: Iterable[tuple[list[int], list[float | None], list[float | None]]]) -> LossAxis:
    """As the loss curve's: one that exploded does not flatten the others."""
    points, trained = [], list[float]()
    for epochs, train, validation in found:
        trained += [loss for loss in train if loss is not None]
        points += [
            CurvePoint(epoch, 1, nan, None, loss, None, None, None)
            for epoch, loss in zip(epochs, validation, strict=True)
            if loss is not None
        ]
    return axis_of(points, trained)


def _chosen(report: Report) -> dict[str, TrialRecord]:
    """The first trial of each setting, by what it is called; settings that coincide are named together."""
    record = report.record
    if record is None or record.selected is None:
        return {}
    wanted = {"selected": record.selected, "unregularized": record.reference}
    if (strongest := _strongest(report, record.selected)) is not None:
        wanted["strongest"] = strongest
    names: dict[Setting, list[str]] = {}
    for name, setting in wanted.items():
        names.setdefault(setting, []).append(name)
    found = {}
    for setting, called in names.items():
        trials = sorted(
            (trial for trial in report.trials if trial.setting == setting),
            key=lambda trial: (trial.seed, trial.fold or 0),
        )
        if trials:
            found[" and ".join(called)] = trials[0]
    return found


def _strongest(report: Report, selected: Setting) -> Setting | None:
    """The most regularized setting along the run's axis, the second axis held where the selected one is."""
    axes = swept(report)
    if not axes or not axes[0].stronger:
        return None
    own, by = axes[0], axes[1].name if len(axes) > 1 else None
    line = {
        trial.setting
        for trial in report.trials
        if by is None or axis_value(trial.setting, by) == axis_value(selected, by)
    }
    return min(line, key=lambda setting: own.order(axis_value(setting, own.name)), default=None)


def _losses(report: Report, trial: TrialRecord) -> tuple[list[int], list[float | None], list[float | None]]:
    rows = read_history(report.run, trial.id)
    every = -(-len(rows) // _MOST_EPOCHS) or 1
    thin = rows.gather_every(every)
    return thin["epoch"].to_list(), thin["train_loss"].to_list(), thin["validation_loss"].to_list()
