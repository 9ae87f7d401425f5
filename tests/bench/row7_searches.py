"""Row 7: `regctl tune` with each tuner: 200 random settings, and how much of a search Keras Tuner's oracle takes.

The data are digits, the network the widest of row 6's: an MLP with 128 units, 1,078 rows, 40 epochs at most, three
seeds each. (The shipped spec's 512 units are four times the arithmetic.)
"""

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measuring import Found, Numbers, Ratio, Row
from row6_tune import tuned

TUNERS = ("random", "grid", "hyperband", "bayesian")


@dataclass(frozen=True)
class Sizes:
    """Settings of the random search and of the others, and the most epochs of a setting (0: the spec's)."""

    random: int = 200
    others: int = 30
    max_epochs: int = 0
    seeds: int = 3


def search(tuner: str, sizes: Sizes) -> Numbers:
    """A search for the dropout rate: from 0 to 0.6 as the command has it by default, for a grid in steps of 0.02."""
    settings = sizes.random if tuner == "random" else sizes.others
    grid = ("-S", "tune.space={dropout: {from: 0.0, to: 0.58, step: 0.02}}") * (tuner == "grid")
    epochs = ("-S", f"tune.max_epochs={sizes.max_epochs}") * bool(sizes.max_epochs)
    network = ("-S", "model.units=[128]")
    how = ("--tuner", tuner, "--trials", str(settings), "--seeds", str(sizes.seeds), *network, *grid, *epochs)
    with tempfile.TemporaryDirectory() as folder:
        return tuned(("dropout", "digits", *how), Path(folder))


def ratios(found: Found) -> list[Ratio]:
    share = {name: numbers["oracle_seconds"] / numbers["seconds"] for name, numbers in found.items()}
    return [
        Ratio(
            "200 random settings × 3 seeds: seconds in all / 60",
            found["random"]["wall_seconds"] / 60,
            at_most=1,
        ),
        *(Ratio(f"oracle's share of the search: {name}", share[name], at_most=0.05) for name in TUNERS[:3]),
        Ratio("    bayesian", share["bayesian"]),
    ]


ROW = Row(
    title="Tuners",
    setup="`regctl tune dropout digits`, 128 units: 200 settings by random search, 30 by each other tuner, 3 seeds "
    "each. The 60 s are of the whole command.",
    contenders={tuner: partial(search, tuner) for tuner in TUNERS},
    ratios=ratios,
    full=Sizes(),
    quick=Sizes(random=6, others=5, max_epochs=3, seeds=1),
)
