"""Legends: a piece of each line with its point (Vega's own shows one or the other), placed by the pixel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import altair as alt

from regctl.report.figure.theme import INK, width_of

_PIECE = 36  # pixels of a line
_LETTERS = 12


@dataclass(frozen=True)
class Key:
    """An entry: a line (none where `line` is False), a point (none where `shape` is None), and what they are."""

    text: str
    colour: str
    dash: Sequence[int] = (1, 0)
    shape: str | None = None
    line: bool = True
    width: float = 2
    filled: bool = True
    size: float = 36

    @property
    def piece(self) -> float:
        """How wide the drawn part is."""
        return _PIECE if self.line else 12

    @property
    def length(self) -> float:
        """How wide the entry is, with the space after it."""
        return self.piece + 7 + width_of(self.text, _LETTERS) + 22


def row_of_keys(keys: Iterable[Key], height: float = -14, start: float = 0) -> list[alt.Chart]:
    """Entries beside each other, above the plot."""
    layers = []
    for key in keys:
        layers += _entry(key, start, height)
        start += key.length
    return layers


def column_of_keys(keys: Iterable[Key], left: float, top: float, title: str) -> list[alt.Chart]:
    """Entries under each other and under a title, right of the plot."""
    here = alt.Chart(alt.Data(values=[{}]))
    heading = here.mark_text(text=title, align="left", baseline="middle", fontSize=_LETTERS, color=INK)
    layers = [heading.encode(x=alt.value(left), y=alt.value(top))]
    for place, key in enumerate(keys, start=1):
        layers += _entry(key, left, top + 19 * place)
    return layers


def _entry(key: Key, start: float, height: float) -> list[alt.Chart]:
    here, y = alt.Chart(alt.Data(values=[{}])), alt.value(height)
    layers = []
    if key.line:
        line = here.mark_rule(color=key.colour, strokeDash=list(key.dash), strokeWidth=key.width)
        layers.append(line.encode(x=alt.value(start), x2=alt.value(start + _PIECE), y=y))
    if key.shape is not None:
        look = {"fill": key.colour if key.filled else "white", "stroke": key.colour, "strokeWidth": 1.2}
        point = here.mark_point(shape=key.shape, size=key.size, opacity=1, **look)
        layers.append(point.encode(x=alt.value(start + key.piece / 2), y=y))
    name = here.mark_text(text=key.text, align="left", baseline="middle", fontSize=_LETTERS, color=INK)
    return [*layers, name.encode(x=alt.value(start + key.piece + 7), y=y)]
