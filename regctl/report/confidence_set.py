"""Which settings cannot be told from the best, in a sentence."""

from collections.abc import Sequence

import numpy as np

from regctl.report.axes import Axis
from regctl.report.model import Report
from regctl.report.points import rows_of_share
from regctl.report.wording import swept
from regctl.spec.axes import axis_value
from regctl.types import Setting


def indistinguishable(report: Report) -> str | None:
    """`8 of 26 settings cannot be told from the best: λ from 0.00178 to 0.1.`; None where that was not asked."""
    record = report.record
    if record is None or not record.indistinguishable:
        return None
    alike, rest = record.indistinguishable, "(95 % model confidence set, on the validation rows)."
    if len(alike) == 1:
        return f"The minimum can be told from all of the other {record.compared - 1:,} settings {rest}"
    ranges = ", ".join(_range(report, axis, alike) for axis in swept(report) if _differs(axis, alike))
    every = "" if _whole(report, alike) else ", not all between"
    return (
        f"{len(alike):,} of {record.compared:,} settings cannot be told from the best: {ranges}{every} {rest}"
    )


def _differs(axis: Axis, settings: Sequence[Setting]) -> bool:
    return axis.name != "samples" or len({setting.samples for setting in settings}) > 1


def _range(report: Report, axis: Axis, settings: Sequence[Setting]) -> str:
    values = [axis_value(setting, axis.name) for setting in settings]
    if axis.name == "samples":
        values = [rows_of_share(report, value) for value in values]
    low, high = axis.value(min(values)), axis.value(max(values))
    return f"{axis.symbol} {low}" if low == high else f"{axis.symbol} from {low} to {high}"


def _whole(report: Report, settings: Sequence[Setting]) -> bool:
    """Whether every setting of the grid between those named is among them."""
    places = np.array([[axis_value(each, axis.name) for axis in swept(report)] for each in settings])
    grid = np.array([(point.value, point.other or 0.0)[: places.shape[1]] for point in report.curve])
    inside = ((grid >= places.min(axis=0)) & (grid <= places.max(axis=0))).all(axis=1)
    return int(inside.sum()) == len(settings)
