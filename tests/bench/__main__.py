"""`make bench`: what a user would do instead, measured in the same run, in turns, as ratios of medians.

python tests/bench [--rows 1,5] [--repeats 3] [--json FILE] [--quick]
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

import machine
import row1_grid
import row2_compute_bound
import row3_growth
import row4_exact
import row5_startup
import row6_tune
import row7_searches
from measuring import Comparison, Numbers, compare, in_own_process
from table import show

ROWS = {
    1: row1_grid.ROW,
    2: row2_compute_bound.ROW,
    3: row3_growth.ROW,
    4: row4_exact.ROW,
    5: row5_startup.ROW,
    6: row6_tune.ROW,
    7: row7_searches.ROW,
}


def main(arguments: list[str]) -> None:
    """Measures the rows asked for; shows each when it is done."""
    asked = _parser().parse_args(arguments)
    if asked.contender:
        numbers = ROWS[asked.rows[0]].measure(asked.contender, asked.quick)
        sys.stdout.write(json.dumps(numbers) + "\n")
        return
    console, found = Console(), {}
    document: dict[str, Any] = {"machine": machine.describe(), "quick": asked.quick, "rows": found}
    console.print(machine.in_words(document["machine"]), highlight=False, soft_wrap=True)
    for number in asked.rows:
        comparison = measured(number, asked.repeats, asked.quick)
        show(number, comparison, asked.quick, console)
        found[number] = comparison.document(asked.quick)
        if asked.json:
            asked.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if not asked.json:
        sys.stdout.write(json.dumps(document) + "\n")


def measured(number: int, repeats: int, quick: bool) -> Comparison:
    """A row's contenders, each in processes of its own."""
    row = ROWS[number]

    def measure(name: str) -> Numbers:
        sys.stderr.write(f"row {number}: {name}\n")
        return in_own_process(number, name, quick, row.environment.get(name, {}))

    return compare(row, 1 if quick else max(repeats, row.turns), measure)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rows", type=_rows, default=list(ROWS), help="which rows, such as 1,5; default: all"
    )
    parser.add_argument("--repeats", type=int, default=3, help="turns per row; a row may need more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the JSON goes; default: stdout")
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing"
    )
    parser.add_argument("--contender", help=argparse.SUPPRESS)  # what a contender's own process is asked for
    return parser


def _rows(text: str) -> list[int]:
    numbers = [int(number) for number in text.split(",")]
    if not set(numbers) <= set(ROWS):
        raise argparse.ArgumentTypeError(f"expected numbers of rows from 1 to {len(ROWS)}, received {text}")
    return numbers


if __name__ == "__main__":
    main(sys.argv[1:])
