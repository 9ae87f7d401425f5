"""A row as a table: ratios first, then the numbers they come from."""

from rich.console import Console
from rich.table import Table

from measuring import Comparison

MARKS = {True: "[green]reached[/]", False: "[red]not reached[/]", None: ""}


def show(number: int, comparison: Comparison, quick: bool, console: Console) -> None:
    """Prints a row's ratios, and the medians below them. What tiny sizes reach says nothing."""
    row = comparison.row
    console.print(f"\n[bold]{number}. {row.title}[/]\n{row.setup}", highlight=False)
    console.print(_ratios(comparison, quick))
    console.print(_medians(comparison))


def _ratios(comparison: Comparison, quick: bool) -> Table:
    table = Table("ratio", box=None, pad_edge=False)
    for heading in ("median", "in each turn", "target", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for ratio, (low, high) in zip(comparison.ratios, comparison.spread, strict=True):
        spread = f"{low:.3g} – {high:.3g}"
        table.add_row(
            ratio.name, f"{ratio.value:.3g}", spread, ratio.target, MARKS[None if quick else ratio.reached]
        )
    return table


def _medians(comparison: Comparison) -> Table:
    table = Table("[dim]contender", "[dim]medians", box=None, pad_edge=False, style="dim")
    for name, numbers in comparison.medians.items():
        table.add_row(name, ", ".join(f"{key} {value:.4g}" for key, value in numbers.items()))
    return table
