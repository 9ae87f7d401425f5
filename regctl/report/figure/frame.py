"""The axes of the loss curve as Altair channels; every layer shares them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from regctl.report.figure.scales import Across, LossAxis

ROW = 18  # pixels of a row of text


@dataclass(frozen=True)
class Frame:
    """Both axes, the plot's size in pixels, and the rows of text above the loss axis.

    Of the three `texts`, the topmost names the regions, the last two mark settings; with `away`, a further row is for
    what is off the scale: between them, or above fewer texts.
    """

    x: Across
    y: LossAxis
    width: int
    height: int
    loss_label: Sequence[str]
    away: bool
    named: bool = True
    texts: int = 3

    @property
    def rows(self) -> int:
        """How many rows of text there are."""
        return self.texts + self.away

    @property
    def edge(self) -> float:
        """The middle of the row for what is off the scale."""
        return self.row(1 if self.texts > 2 else 0)

    def across(self, field: str = "x") -> alt.X:
        """The channel of the swept axis, `named` where no other panel below says what it is."""
        kind = "log" if self.x.log else "linear"
        domain, reverse = [self.x.low, self.x.high], self.x.reverse
        scale = alt.Scale(type=kind, domain=domain, reverse=reverse, nice=False, zero=False)
        ticks = own_ticks({tick: self.x.label(tick) for tick in self.x.ticks})
        sides = " (strong on the left, weak on the right)" if self.x.axis.name == "lambda" else ""
        title = {"title": self.x.axis.title + sides if self.named else None, "titlePadding": 8}
        return alt.X(f"{field}:Q", scale=scale, axis=alt.Axis(**title, grid=False, **ticks))

    def up(self, field: str = "y") -> alt.Y:
        """The loss channel; its axis ends below the rows of text."""
        kind = "log" if self.y.log else "linear"
        span = [self.height, self.rows * ROW]
        scale = alt.Scale(type=kind, domain=[self.y.low, self.y.high], range=span, nice=False, zero=False)
        ticks = own_ticks({tick: self.y.label(tick) for tick in self.y.ticks})
        title = {"title": list(self.loss_label), "titleLimit": self.height, "titlePadding": 10}
        return alt.Y(f"{field}:Q", scale=scale, axis=alt.Axis(**title, **ticks))

    def data(self, rows: Iterable[Mapping[str, Any]]) -> alt.Data:
        """Rows as inline data, each value of the axis at its place."""
        return alt.Data(values=[{**row, "x": self.x.place(row["x"])} for row in rows])

    def row(self, number: int) -> float:
        """The middle of a row of text in pixels from the top; 0 is the topmost, −1 the lowest."""
        return (number % max(self.rows, 1) + 0.5) * ROW


def own_ticks(texts: Mapping[float, str]) -> dict[str, Any]:
    """Ticks with texts of our own: Vega's formats would print 0.00100000 or 1e-3 for all."""
    choices = "".join(f"datum.value == {tick!r} ? {text!r} : " for tick, text in texts.items())
    return {"values": list(texts), "labelExpr": f"{choices}''", "labelOverlap": False}
