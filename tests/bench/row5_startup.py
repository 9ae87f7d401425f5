"""Row 5: how long a command that trains nothing takes, against importing the libraries its screen is made of."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from measuring import Found, Numbers, Ratio, Row

ROOT = Path(__file__).parent.parent.parent
IMPORTS = ("-c", "import typer, rich")
HELP = ("-m", "regctl", "--help")
VALIDATE = ("-m", "regctl", "validate", "configs/housing.yaml")


@dataclass(frozen=True)
class Sizes:
    """How often each command is started in a turn."""

    starts: int = 3


def seconds(arguments: tuple[str, ...], sizes: Sizes) -> Numbers:
    """Wall time of Python with these arguments; a first start, which may compile modules, is not timed."""
    once(arguments)
    return {"seconds": median(once(arguments) for _ in range(sizes.starts))}


def once(arguments: tuple[str, ...]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def ratios(found: Found) -> list[Ratio]:
    base = found["imports"]["seconds"]
    return [
        Ratio("regctl --help / import typer, rich", found["help"]["seconds"] / base, at_most=2),
        Ratio("regctl validate / import typer, rich", found["validate"]["seconds"] / base, at_most=2),
    ]


ROW = Row(
    title="Start-up",
    setup='Wall time of `regctl --help` and `regctl validate configs/housing.yaml` against `python -c "import typer, '
    'rich"`, bytecode compiled beforehand; medians of nine turns of three starts.',
    contenders={
        "imports": partial(seconds, IMPORTS),
        "help": partial(seconds, HELP),
        "validate": partial(seconds, VALIDATE),
    },
    ratios=ratios,
    full=Sizes(),
    quick=Sizes(starts=1),
    turns=9,
)
