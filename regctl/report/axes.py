"""The axes of a sweep in words: how a report names them, their values and their two ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from regctl.report.numbers import count, short


@dataclass(frozen=True)
class Axis:
    """How an axis is named.

    `name` is its column in files, `symbol` stands before a value, `kinds` is what several values are counted as,
    `title` stands beside it in a figure. `stronger` says where there is more regularization: at larger values (1), at
    smaller ones (−1), or at neither end (0). `most` and `least` name the most and the least regularized value.
    """

    name: str
    symbol: str
    kinds: str
    title: str
    stronger: Literal[-1, 0, 1]
    most: str
    least: str
    how_much: str

    def value(self, value: float) -> str:
        """A value alone: `0.00562`, `3`, `1,200`."""
        return f"{round(value):,}" if self.name == "samples" else short(value)

    def say(self, value: float) -> str:
        """A value with its name: `λ = 0.00562`, `degree 3`, `1,200 training rows`."""
        text = self.value(value)
        if self.name == "samples":
            return f"{text} {self.symbol}"
        return f"{self.symbol} = {text}" if self.name == "lambda" else f"{self.symbol} {text}"

    def counted(self, number_of: int) -> str:
        """`26 values of λ`, `1 degree`."""
        noun, _, of = self.kinds.partition(" of ")
        return count(number_of, noun) + (f" of {of}" if of else "")

    def order(self, value: float) -> float:
        """What values are sorted by, the most regularized first (ascending, where neither end is)."""
        return -value if self.stronger > 0 else value


AXES: Mapping[str, Axis] = {
    axis.name: axis
    for axis in (
        Axis(
            "lambda", "λ", "value of λ", "λ, the strength of the penalty",
            1, "strongest λ", "weakest λ", "how much regularization",
        ),
        Axis(
            "degree", "degree", "degree", "degree of the polynomial",
            -1, "lowest degree", "highest degree", "which degree",
        ),
        Axis(
            "dropout", "dropout rate", "dropout rate", "dropout rate (share of units dropped in training)",
            1, "highest dropout rate", "lowest dropout rate", "how much dropout",
        ),
        Axis(
            "samples", "training rows", "size of training set", "number of training rows",
            0, "largest training set", "smallest training set", "how many training rows",
        ),
        Axis(
            "l1_ratio", "l1_ratio", "value of l1_ratio", "l1_ratio (0: L2 penalty alone, 1: L1 penalty alone)",
            1, "highest l1_ratio", "lowest l1_ratio", "which l1_ratio",
        ),
    )
}  # fmt: skip
