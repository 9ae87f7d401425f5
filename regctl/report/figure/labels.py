"""Direct labels at the right of a plot, moved apart where they would overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from regctl.report.figure.theme import INK

_LEADER = 16  # pixels from the plot to a label


@dataclass(frozen=True)
class EndLabel:
    """A text for what ends at a height in pixels from the top."""

    text: str
    height: float
    colour: str


def spread(heights: Sequence[float], spacing: float, low: float, high: float) -> list[float]:
    """Heights at least `spacing` apart, within low and high where they fit, each near where it was.

    Overlapping neighbours form a block around the mean of what they want (as in isotonic regression).
    """
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    blocks: list[tuple[float, int]] = []  # the sum of wanted starts, and how many
    for place, index in enumerate(order):
        blocks.append((heights[index] - place * spacing, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, size = blocks.pop()
            blocks[-1] = (blocks[-1][0] + total, blocks[-1][1] + size)
    starts = [total / size for total, size in blocks for _ in range(size)]
    most = high - (len(heights) - 1) * spacing
    placed = [max(low, min(start, most)) + place * spacing for place, start in enumerate(starts)]
    found = [0.0] * len(heights)
    for place, index in enumerate(order):
        found[index] = placed[place]
    return found


def label_layers(
    labels: Sequence[EndLabel], *, right: float, top: float, bottom: float, size: float = 11.5
) -> list[alt.Chart]:
    """The labels, each with a thin line from where it belongs."""
    heights = spread([label.height for label in labels], size + 2.5, top + 5, bottom - 5)
    layers = []
    for label, height in zip(labels, heights, strict=True):
        here = alt.Chart(alt.Data(values=[{}]))
        leader = here.mark_rule(color=label.colour, strokeWidth=0.8)
        text = here.mark_text(text=label.text, align="left", baseline="middle", fontSize=size, color=INK)
        layers += [
            leader.encode(
                x=alt.value(right),
                x2=alt.value(right + _LEADER),
                y=alt.value(label.height),
                y2=alt.value(height),
            ),
            text.encode(x=alt.value(right + _LEADER + 4), y=alt.value(height)),
        ]
    return layers
