"""A figure's SVG as a data address, with a dark form beside its own."""

import base64
import re

# The figures' colours (`figure/theme.py`) and what stands for them on dark paper, as in `static/style.css`.
_DARK = {
    "white": "#14171b",
    "#fff": "#14171b",
    "#ffffff": "#14171b",
    "#000": "#e8eaed",
    "black": "#e8eaed",
    "#222222": "#e8eaed",
    "#555555": "#a9b0ba",
    "#888": "#a9b0ba",
    "#ececec": "#272c34",
    "#ddd": "#3a414b",
    "#dddddd": "#3a414b",
    "#0072B2": "#56b4e9",
    "#D55E00": "#ff9248",
    "#009E73": "#2fc79b",
    "#CC79A7": "#e291c0",
}
_OPENING = re.compile(r"<svg\b[^>]*>")


def picture_address(drawing: str) -> str:
    """`data:image/svg+xml;base64,…`: an image, in which no script runs, that follows the reader's colour scheme."""
    style = f"<style>@media (prefers-color-scheme: dark) {{ {_rules()} }}</style>"
    found = _OPENING.search(drawing)
    dark = drawing if found is None else drawing[: found.end()] + style + drawing[found.end() :]
    return f"data:image/svg+xml;base64,{base64.b64encode(dark.encode()).decode()}"


def _rules() -> str:
    return " ".join(
        f'[{side}="{light}"] {{ {side}: {dark} }}'
        for light, dark in _DARK.items()
        for side in ("fill", "stroke")
    )
