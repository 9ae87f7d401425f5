"""What commands print on stdout: tables and JSON, whole on a terminal and in a pipe alike."""

from collections.abc import Sequence
from typing import Any

import typer


def print_table(names: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()) -> None:
    """Columns of text, as wide as they need; those in `right` are aligned right."""
    cells = [list(names), *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
    for row in cells:
        aligned = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        typer.echo("  ".join(aligned).rstrip())


def _cell(value: Any) -> str:
    """One line of letters: a name from data is never read as a control code."""
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)


def print_json(value: Any) -> None:
    """One JSON document."""
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
