"""The coefficient path of the page: every column's standardized coefficient against λ."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from regctl.report.axes import AXES
from regctl.report.drawing import path_of
from regctl.report.figure.path import height_axis, path_title, ranked
from regctl.report.figure.scales import strength_axis
from regctl.report.losses import scaled_target
from regctl.report.model import Report
from regctl.report.numbers import count
from regctl.report.page.shapes import Drawing, compacts, series, tips, x_axis, y_axis
from regctl.report.wording import subtitle
from regctl.types import Float64

_ROLES = ("c1", "c2", "c3", "c4", "c5", "c6")
_MOST_VALUES = 160  # of λ on the page


def path_drawing(report: Report) -> Iterator[tuple[str, Drawing]]:
    """The largest columns in colours with names, the others in grey; nothing for a network."""
    found = path_of(report)
    if found is None or report.record is None or report.record.selected is None:
        return
    order = np.argsort(found.lambdas)
    lambdas, values = [float(found.lambdas[place]) for place in order], found.coefficients[order]
    selected = report.record.selected.lambda_
    y = height_axis(lambdas, values, selected)
    named, rest = ranked(lambdas, np.clip(values, y.low, y.high), selected)
    title, every = path_title(lambdas, values, selected), -(-len(lambdas) // _MOST_VALUES)
    kept = [
        place for place, each in enumerate(lambdas) if place % every == 0 or each in (selected, lambdas[-1])
    ]
    lambdas, values = [lambdas[place] for place in kept], values[kept]
    at = [AXES["lambda"].say(each) for each in lambdas]
    told = [
        f"{each}: {count(number, 'nonzero coefficient')}"
        for each, number in zip(at, _nonzero(values), strict=True)
    ]
    yield (
        "coefficient-path",
        {
            "kind": "lines",
            "title": title,
            "note": f"{subtitle(report, '')}. {_drawn(values.shape[1], len(named), len(rest))}".strip(),
            "x": x_axis(strength_axis(lambdas)),
            "y": y_axis(y, f"standardized coefficient (of {scaled_target(report)})"),
            "hover": "nearest",
            "places": compacts(lambdas),
            "at": told,
            "zero_line": True,
            "rule": {"x": selected, "name": f"selected: {AXES['lambda'].say(selected)}"},
            "series": [
                *(_grey(found.features[index], values[:, index]) for index in reversed(rest)),
                *(
                    _named(found.features[index], place, values[:, index])
                    for place, index in enumerate(named)
                ),
            ],
            "marks": [],
        },
    )


def _drawn(all_: int, named: int, rest: int) -> str:
    if not rest:
        return ""
    left = all_ - named - rest
    grey = f"In grey: the other {count(rest, 'column')}"
    return f"{grey}; the {left:,} smallest of {all_:,} are not drawn." if left else f"{grey}."


def _nonzero(values: Float64) -> list[int]:
    return [int(number) for number in np.count_nonzero(values, axis=1)]


def _named(name: str, place: int, values: Float64) -> Drawing:
    look: dict[str, Any] = {"dash": "6 3"} if place >= len(_ROLES) else {}
    line = series(name, _ROLES[place % len(_ROLES)], [], values.tolist(), **look)
    return line | {"tips": tips(values.tolist())}


def _grey(name: str, values: Float64) -> Drawing:
    """With four digits: its line is thin, and there may be hundreds."""
    rounded = [float(f"{value:.4g}") for value in values.tolist()]
    return series(name, "grey", [], rounded, thin=True, quiet=True)
