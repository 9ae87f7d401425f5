"""The report on a terminal, with rich. Texts from data or spec are never read as markup or control codes."""

from collections.abc import Iterable
from typing import Literal

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from regctl.report.blocks import Block, Code, Image, Items, Paragraph, Section, Table
from regctl.report.content import sections
from regctl.report.model import Report
from regctl.report.wording import heading

_LETTERS_KEPT_WHOLE = 40  # half a terminal of 80 columns


def print_report(report: Report, console: Console) -> None:
    """Print the report; a pipe or NO_COLOR is the console's business."""
    print_sections(heading(report), sections(report), console)


def print_sections(title: str, found: Iterable[Section], console: Console) -> None:
    """Print sections of blocks under a title."""
    console.print(_text(title, "bold"))
    for section in found:
        console.print()
        console.print(_text(section.heading, "bold"))
        for block in section.blocks:
            _print(block, console)


def _print(block: Block, console: Console) -> None:
    if isinstance(block, Paragraph):
        console.print(Padding(_text(block.text), (0, 0, 0, 2), expand=False))
    elif isinstance(block, Items):
        for text in block.texts:
            console.print(Padding(_item(text), (0, 0, 0, 2), expand=False))
    elif isinstance(block, Code):
        # A command is never broken: it is there to be copied.
        console.print(Text("    ") + _text(block.text, "cyan"), soft_wrap=True)
    elif isinstance(block, Table):
        console.print(Padding(_table(block), (0, 0, 0, 2), expand=False))
    else:
        _print_image(block, console)


def _print_image(block: Image, console: Console) -> None:
    console.print(Padding(_text(f"{block.text}: {block.path}"), (0, 0, 0, 2), expand=False))


def _item(text: str) -> RichTable:
    grid = RichTable.grid(padding=(0, 1))
    grid.add_row(Text("-"), _text(text))
    return grid


def _table(table: Table) -> RichTable:
    shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column, name in enumerate(table.header):
        justify: Literal["left", "right"] = "left" if column in table.left else "right"
        # The first columns name things; what is narrow breaks the last ones, and names that leave them no room.
        whole = column < min(2, len(table.header) - 1) and _widest(table, column) <= _LETTERS_KEPT_WHOLE
        shown.add_column(_text(name), justify=justify, no_wrap=whole)
    for row in table.rows:
        shown.add_row(*(_text(cell) for cell in row))
    return shown


def _widest(table: Table, column: int) -> int:
    return max((len(row[column]) for row in table.rows), default=0)


def _text(text: str, style: str = "") -> Text:
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return Text(visible, style=style)
