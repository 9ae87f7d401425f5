"""What a search asks to be trained."""

from collections.abc import Mapping
from dataclasses import dataclass

from regctl.spec.hyperparameter import Value


@dataclass(frozen=True)
class Proposal:
    """One request of a tuner: values to train with, by hyperparameter, up to an epoch.

    `number` counts requests from 0. A continued rung is a request of its own: it `continues` the weights of an earlier
    number, from epoch `first_epoch` to `epochs`, counted from the beginning; any other request has `continues` None and
    `first_epoch` 0. `bracket` and `rung` are Hyperband's, None and 0 elsewhere; bracket s halves s times.
    """

    number: int
    values: Mapping[str, Value]
    epochs: int
    first_epoch: int = 0
    continues: int | None = None
    bracket: int | None = None
    rung: int = 0
