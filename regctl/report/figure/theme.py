"""What all figures share: letters, colours that the colour-blind tell apart, and the look of axes.

Only glyphs of Liberation Sans, the font that vl-convert carries, so that a figure is the same on a machine without
fonts: no superscripts but ² and ³, no check marks.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import altair as alt

INK = "#222222"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
# Okabe and Ito: the colour-blind tell them apart.
VERMILION, BLUE, GREEN, SKY, ORANGE, PURPLE = "#D55E00", "#0072B2", "#009E73", "#56B4E9", "#E69F00", "#CC79A7"
LETTER = 0.48  # mean width of a letter, as a share of the font's size

Chart: TypeAlias = alt.LayerChart | alt.VConcatChart | alt.HConcatChart

# Viridis (Smith and van der Walt), from dark to light: its lightness grows evenly, so it also reads in grey.
_VIRIDIS = (
    (68, 1, 84), (72, 40, 120), (62, 73, 137), (49, 104, 142), (38, 130, 142),
    (31, 158, 137), (53, 183, 121), (110, 206, 88), (181, 222, 43), (253, 231, 37),
)  # fmt: skip


def sequential(number_of: int, lightest: float = 0.85) -> tuple[str, ...]:
    """So many colours from dark to light; none too pale to be a line on white."""
    places = [lightest * index / max(number_of - 1, 1) for index in range(number_of)]
    return tuple(viridis(place) for place in places)


def viridis(share: float) -> str:
    """The colour at 0 (dark) to 1 (light)."""
    place = min(max(share, 0.0), 1.0) * (len(_VIRIDIS) - 1)
    low = min(int(place), len(_VIRIDIS) - 2)
    mixed = (
        round(a + (b - a) * (place - low)) for a, b in zip(_VIRIDIS[low], _VIRIDIS[low + 1], strict=True)
    )
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def width_of(text: str, size: float = 11.5) -> float:
    """About how wide a text is, in pixels."""
    return LETTER * size * len(text)


def styled(chart: Any, width: int) -> Any:
    """The chart with the house's look; titles are cut at `width` pixels."""
    ink = {"labelColor": INK, "titleColor": INK, "domainColor": "#555555", "tickColor": "#555555"}
    sizes = {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": "#ececec"}
    heading = {"anchor": "start", "frame": "group", "limit": width, "offset": 12}
    letters = {"fontSize": 15, "subtitleFontSize": 12, "subtitleColor": "#555555", "subtitlePadding": 5}
    return (
        chart.configure(font=FONT, background="white")
        .configure_view(stroke=None)
        .configure_axis(**ink, **sizes)
        .configure_title(**heading, **letters)
    )


def headed(chart: Any, title: str, subtitle: str | Sequence[str], width: float) -> Any:
    """The chart with a title and a subtitle, both broken into lines that fit `width` pixels."""
    below = (subtitle,) if isinstance(subtitle, str) else subtitle
    lines = [line for text in below if text for line in wrapped(text, width, 12)]
    return chart.properties(title=alt.TitleParams(wrapped(title, width, 15), subtitle=lines))


def wrapped(text: str, width: float, size: float) -> list[str]:
    """A text in lines of at most about `width` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
