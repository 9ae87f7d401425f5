"""The confusion matrix: which classes a model takes for which."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from regctl.report.cutting import cut
from regctl.report.figure.frame import own_ticks
from regctl.report.figure.theme import INK, headed, styled
from regctl.report.numbers import count
from regctl.types import Float64, Int64

MOST_CLASSES = 50
_MOST_WITH_NUMBERS, _MOST_WITH_SHARES = 25, 10
_SIZE, _LARGEST_CELL, _SMALLEST_CELL = 520, 84, 11
_LETTERS = 18
_DEEP = (0, 114, 178)  # the blue of Okabe and Ito; white at 0


def confusion_matrix(
    counts: Int64, classes: Sequence[str], *, target: str, rows: str, subtitle: str | Sequence[str]
) -> alt.LayerChart:
    """Counts `[K, K]` of rows by their class (down) and the predicted one (across), coloured by the share of the row.

    Up to ten classes a cell shows its count and its share of its class's rows, up to 25 its count alone, beyond that
    its colour.

    Parameters:
        counts: rows of class i that are predicted to be of class j, at [i, j].
        classes: the K names.
        target: what the classes are of.
        rows: which rows they are, as `validation rows`.
        subtitle: model and setting, in words.

    Raises:
        ValueError: the shapes disagree.
    """
    number_of = len(classes)
    if counts.shape != (number_of, number_of):
        raise ValueError(f"expected counts [{number_of}, {number_of}]. Received: {counts.shape}")
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape, np.float64), where=totals > 0)
    cell = max(_SMALLEST_CELL, min(_LARGEST_CELL, _SIZE / number_of))
    size = cell * number_of
    names = [cut(name, _LETTERS) for name in classes]
    with_totals = [f"{name} ({total:,})" for name, total in zip(names, totals[:, 0].tolist(), strict=True)]
    across = _channel(alt.X, "x", names, f"predicted {target}", number_of, tilted=_tilted(names, cell))
    down = _channel(alt.Y, "y", with_totals, f"{target} (rows)", number_of)
    right, of = int(np.trace(counts)), int(counts.sum())
    share = f"{100 * right / of:.1f} % of " if of else "none of "
    title = f"{share}{count(of, rows.removesuffix('s'))} are predicted right"
    layers = [_tiles(counts, shares, across, down), *_texts(counts, shares, across, down, cell)]
    width = max(size, 420)
    chart = alt.layer(*layers).properties(width=size, height=size)
    found: alt.LayerChart = styled(headed(chart, title, subtitle, width + 60), round(width + 60))
    return found


def _tilted(names: Sequence[str], cell: float) -> bool:
    return max(len(name) for name in names) * 6 > cell - 4


def _channel(
    kind: type, field: str, names: Sequence[str], title: str, number_of: int, tilted: bool = False
) -> alt.X | alt.Y:
    """An axis of cells with a name at the middle of each, the first class at the left and at the top."""
    every = 1 if number_of <= _MOST_WITH_NUMBERS else 2 if number_of <= 2 * _MOST_WITH_NUMBERS else 5
    ticks = own_ticks({place + 0.5: names[place] for place in range(0, number_of, every)})
    angle = {"labelAngle": -45, "labelAlign": "right", "labelBaseline": "middle"} if tilted else {}
    axis = alt.Axis(title=title, grid=False, domain=False, labelLimit=200, titlePadding=8, **ticks, **angle)
    scale = alt.Scale(domain=[0, number_of], nice=False, reverse=field == "y")
    return kind(f"{field}:Q", scale=scale, axis=axis)


def _tiles(counts: Int64, shares: Float64, across: alt.X, down: alt.Y) -> alt.Chart:
    rows = [
        {"x": j, "x2": j + 1, "y": i, "y2": i + 1, "colour": _colour(float(shares[i, j]))}
        for i, j in np.ndindex(counts.shape)
    ]
    tiles = alt.Chart(alt.Data(values=rows)).mark_rect(stroke="#dddddd", strokeWidth=0.6)
    return tiles.encode(x=across, x2="x2:Q", y=down, y2="y2:Q", color=alt.Color("colour:N", scale=None))


def _colour(share: float) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(round(255 + (deep - 255) * float(share)) for deep in _DEEP))


def _texts(counts: Int64, shares: Float64, across: alt.X, down: alt.Y, cell: float) -> list[alt.Chart]:
    number_of = len(counts)
    if number_of > _MOST_WITH_NUMBERS:
        return []
    with_shares = number_of <= _MOST_WITH_SHARES
    layers = []
    for field, away in (("count", -0.13 if with_shares else 0.0), ("share", 0.17)):
        rows = [
            {
                "x": j + 0.5,
                "y": i + 0.5 + away,
                "text": f"{counts[i, j]:,}" if field == "count" else f"{100 * shares[i, j]:.0f} %",
                "colour": "white" if shares[i, j] > 0.55 else INK,
            }
            for i, j in np.ndindex(counts.shape)
            if counts[i, j]
        ]
        longest = max((len(row["text"]) for row in rows), default=1)
        size = min(14 if field == "count" else 11, cell / (0.62 * longest + 0.4))
        mark = alt.Chart(alt.Data(values=rows)).mark_text(fontSize=round(size, 1), baseline="middle")
        encoded = mark.encode(x=across, y=down, text="text:N", color=alt.Color("colour:N", scale=None))
        layers += [encoded] if rows and (field == "count" or with_shares) else []
    return layers
