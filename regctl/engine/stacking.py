"""Which layers stack: the fused engine trains models of these alone; others go to the Keras engine, by name."""

from collections.abc import Sequence

from regctl.models.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNormalization,
    Reshape,
)

# As `fused/stack.py` computes them. A table of its own, since a plan is made without TensorFlow.
STACKABLE: frozenset[type] = frozenset({Dense, Activation, Dropout, BatchNormalization, LayerNormalization})


def unstackable(layers: Sequence[Layer]) -> Layer | None:
    """The first layer that does not stack, one that computes before one that only reshapes; None when all do."""
    found = [layer for layer in layers if type(layer) not in STACKABLE]
    return min(found, key=lambda layer: isinstance(layer, Reshape | Flatten), default=None)
