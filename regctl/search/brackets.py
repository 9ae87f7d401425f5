"""Hyperband's brackets for a given number of settings (Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar 2018).

Bracket s draws settings, trains them for max_epochs / 3^s epochs, and hands the best third on to thrice the epochs, s
times. Keras Tuner's full pass at 10 epochs:

    bracket   settings by rung   epochs by rung
    2         12 → 4 → 2         2 → 4 → 10
    1         6 → 2              4 → 10
    0         4                  10

A pass draws 22 settings. Fewer are dealt to the brackets in proportion, from the most aggressive one on that still
promotes to the end: bracket s needs 3^s settings for that. More are further passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log

FACTOR = 3


@dataclass(frozen=True)
class Bracket:
    """`sizes` settings in each rung, trained up to `epochs`, cumulative."""

    number: int
    sizes: tuple[int, ...]
    epochs: tuple[int, ...]

    @property
    def epochs_in_all(self) -> int:
        """What all its settings are trained for, each rung continuing the one before."""
        steps = (after - before for before, after in zip((0, *self.epochs), self.epochs, strict=False))
        return sum(size * step for size, step in zip(self.sizes, steps, strict=True))


def brackets(trials: int, max_epochs: int) -> tuple[Bracket, ...]:
    """Brackets that draw so many settings in all, in the order in which they are begun.

    Raises:
        ValueError: no rung would be promoted; says the smallest number of settings, or of epochs, that works.
    """
    if max_epochs < FACTOR:
        raise ValueError(
            f"Hyperband needs {FACTOR} epochs at least, to halve and go on. Received: {max_epochs}"
        )
    if trials < FACTOR:
        raise ValueError(
            f"the smallest number of settings that Hyperband works with is {FACTOR}. Received: {trials}"
        )
    whole = full_pass(max_epochs)
    passes, rest = divmod(trials, sum(bracket.sizes[0] for bracket in whole))
    if passes and 0 < rest < FACTOR:  # too few for a bracket of their own: they join the last pass
        return (*whole * (passes - 1), *whole[:-1], _of_zero(whole[-1].sizes[0] + rest, max_epochs))
    return (*whole * passes, *(_dealt(rest, max_epochs, whole) if rest else ()))


def full_pass(max_epochs: int) -> tuple[Bracket, ...]:
    """Keras Tuner's own brackets."""
    count = 1
    while max_epochs / FACTOR**count >= 1:
        count += 1
    end = ceil(1 + log(max_epochs, FACTOR))
    return tuple(
        Bracket(
            s,
            tuple(ceil(end / (s + 1) * FACTOR ** (s - rung)) for rung in range(s + 1)),
            _epochs(s, max_epochs),
        )
        for s in reversed(range(count))
    )


def _dealt(trials: int, max_epochs: int, whole: Sequence[Bracket]) -> list[Bracket]:
    """Fewer settings than a pass has."""
    found = []
    for place, bracket in enumerate(whole[:-1]):
        share = bracket.sizes[0] / sum(each.sizes[0] for each in whole[place:])
        least, s = FACTOR**bracket.number, bracket.number
        size = round(trials * share)
        if s == 1:
            size = max(size, least)
        if least <= size <= trials:
            sizes = tuple(ceil(size / FACTOR**rung) for rung in range(s + 1))
            found.append(Bracket(s, sizes, bracket.epochs))
            trials -= size
        if trials == 0:
            return found
        if s == 1:
            break
    return [*found, _of_zero(trials, max_epochs)]


def _of_zero(size: int, max_epochs: int) -> Bracket:
    return Bracket(0, (size,), (max_epochs,))


def _epochs(s: int, max_epochs: int) -> tuple[int, ...]:
    return tuple(ceil(max_epochs / FACTOR ** (s - rung)) for rung in range(s + 1))
