"""Narrow networks inside a wider one: which share a cohort, and what must be masked there.

A network trains inside one whose hidden dense layers are wider with the bits that it has by itself. The units that it
lacks begin with weights of 0; nothing comes of them, nothing reaches them, and so they stay 0, but where an activation
or a noise is not 0 at 0. There the program multiplies by a mask (`needs_mask`). That sums with more zeros have the same
bits is a matter of the kernels that multiply matrices; `fused/products.py` looks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from regctl.engine.plan import Cohort
from regctl.models.layers import Activation, Dense, Dropout, Layer, LayerNormalization

# A product over more units than this is added up in blocks of this many. Up to here zeros at the end change no bit.
MOST_UNITS = 1024

_NOT_0_AT_0 = frozenset({"sigmoid", "alpha_dropout", "gaussian_noise"})


def hidden_layers(layers: Sequence[Layer]) -> list[Dense]:
    """The dense layers but for the last, which is the output."""
    return [layer for layer in layers if isinstance(layer, Dense)][:-1]


def widths_of(layers: Sequence[Layer]) -> tuple[int, ...]:
    """The units of each hidden dense layer."""
    return tuple(layer.units for layer in hidden_layers(layers))


def with_widths(layers: Sequence[Layer], widths: Sequence[int]) -> tuple[Layer, ...]:
    """The same layers with other units in the hidden dense ones."""
    own = zip(hidden_layers(layers), widths, strict=True)
    hidden = {layer.name: replace(layer, units=units) for layer, units in own}
    return tuple(hidden.get(layer.name, layer) for layer in layers)


def widest(networks: Iterable[Sequence[Layer]]) -> tuple[Layer, ...] | None:
    """The layers inside which all of these networks train with the bits they have alone, or None.

    They must differ in the units of their hidden dense layers only. A layer whose units differ has at most `MOST_UNITS`
    (see there), and no layer normalisation, which is over all units.
    """
    each = [tuple(layers) for layers in networks]
    units = list(map(max, zip(*map(widths_of, each), strict=False)))
    if len({len(widths_of(layers)) for layers in each}) != 1:
        return None
    found = with_widths(each[0], units)
    alike = all(with_widths(layers, units) == found for layers in each)
    return found if alike and all(fits_in(found, widths_of(layers)) for layers in each) else None


def fits_in(layers: Sequence[Layer], widths: Sequence[int]) -> bool:
    """Whether a network of these widths has the same bits inside `layers` as alone: see `widest`."""
    units = widths_of(layers)
    if len(widths) != len(units):
        return False
    narrower = [own < there for own, there in zip(widths, units, strict=True)]
    return all(0 < own <= there for own, there in zip(widths, units, strict=True)) and all(
        place is None
        or not narrower[place]
        or (units[place] <= MOST_UNITS and not isinstance(layer, LayerNormalization))
        for layer, place in _after_hidden(layers)
    )


def needs_mask(layers: Sequence[Layer]) -> bool:
    """Whether a hidden unit whose weights are 0 would be another number than 0 in training."""
    return any(place is not None and _kind(layer) in _NOT_0_AT_0 for layer, place in _after_hidden(layers))


def is_0_at_0(kind: str | None) -> bool:
    """Whether an activation or a noise layer of a kind makes 0 of 0."""
    return kind not in _NOT_0_AT_0


def by_width(cohort: Cohort) -> Iterator[Cohort]:
    """The cohort's trials as cohorts of networks that are not wider than they must be."""
    full = widths_of(cohort.layers)
    found = {cohort.widths.get(trial.id, full) for chunk in cohort.chunks for trial in chunk}
    for widths in sorted(found):
        chunks = [
            tuple(trial for trial in chunk if cohort.widths.get(trial.id, full) == widths)
            for chunk in cohort.chunks
        ]
        yield replace(
            cohort,
            layers=with_widths(cohort.layers, widths),
            chunks=tuple(chunk for chunk in chunks if chunk),
            cells=(),
            widths={},
        )


def _after_hidden(layers: Sequence[Layer]) -> Iterator[tuple[Layer, int | None]]:
    """Each layer with the number of the hidden dense layer whose units leave it, None where they are no hidden's."""
    place: int | None = None
    dense, hidden = 0, len(hidden_layers(layers))
    for layer in layers:
        if isinstance(layer, Dense):
            place, dense = (dense if dense < hidden else None), dense + 1
        yield layer, place


def _kind(layer: Layer) -> str | None:
    match layer:
        case Dense():
            return layer.activation
        case Activation():
            return layer.function
        case Dropout():
            return layer.kind
        case _:
            return None
