"""What a report is made of; `markdown.py` and `terminal.py` each print it in their way.

All texts are plain: escaping is the printers' work, so that no column's name can become markup.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list of plain texts."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Cells of plain text; columns in `left` are aligned left, others right. `terminal`: shown there only."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: frozenset[int] = frozenset({0})
    terminal: bool = False


@dataclass(frozen=True)
class Image:
    """A figure: its path relative to the run folder, and what it shows."""

    path: Path
    text: str


@dataclass(frozen=True)
class Code:
    """Something to copy as it is: a formula or a command."""

    text: str


Block: TypeAlias = Paragraph | Items | Table | Image | Code


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    blocks: tuple[Block, ...]
