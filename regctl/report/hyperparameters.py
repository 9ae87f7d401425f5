"""How a report names what a search varies, and its values."""

import re
from collections.abc import Mapping
from typing import Any

from regctl.report.axes import AXES
from regctl.report.numbers import short

_SYMBOLS = {
    "lambda": "λ",
    "l1": "λ₁",
    "l2": "λ₂",
    "l1_ratio": "l1_ratio",
    "input_dropout": "input dropout",
    "dropout_kind": "kind of dropout",
    "learning_rate": "learning rate",
    "weight_decay": "weight decay",
    "batch_size": "batch size",
}
_TITLES = {
    "l1": "λ₁, the strength of the L1 penalty",
    "l2": "λ₂, the strength of the L2 penalty",
    "input_dropout": "input dropout rate (share of columns dropped in training)",
    "dropout_kind": "kind of dropout",
    "units": "units (neurons of each hidden layer)",
    "layers": "layers (number of hidden ones)",
    "activation": "activation of the hidden layers",
    "learning_rate": "learning rate of the optimizer",
    "weight_decay": "weight decay (share of a kernel per step, over the learning rate)",
    "batch_size": "batch size (rows per step)",
}
_EQUALS = ("lambda", "l1", "l2")


def symbol(name: str) -> str:
    """What stands before a value: `λ`, `dropout`, `dropout 2` for the second layer's, `learning rate`."""
    layered = re.fullmatch(r"(dropout|units)_(\d+)", name)
    return f"{layered[1]} {layered[2]}" if layered else _SYMBOLS.get(name, _visible(name))


def title(name: str) -> str:
    """What stands beside an axis, with its unit."""
    if layered := re.fullmatch(r"dropout_(\d+)", name):
        return f"dropout rate of layer {layered[1]} (share of its units dropped in training)"
    if layered := re.fullmatch(r"units_(\d+)", name):
        return f"units (neurons) of layer {layered[1]}"
    return AXES[name].title if name in AXES else _TITLES.get(name, _visible(name))


def value_text(value: Any) -> str:
    """A value alone: `0.00562`, `64-32`, `relu`; a dash for one that a setting does not have."""
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return "-".join(value_text(each) for each in value)
    if isinstance(value, bool | str):
        return _visible(str(value))
    return f"{value:,}" if isinstance(value, int) else short(float(value))


def say(name: str, value: Any) -> str:
    """A value with its name: `λ = 0.01`, `dropout 0.31`."""
    return f"{symbol(name)} {'= ' if name in _EQUALS else ''}{value_text(value)}"


def say_all(values: Mapping[str, Any]) -> str:
    """A setting's values: `dropout 0.31, units 64`."""
    return ", ".join(say(name, value) for name, value in values.items()) or "nothing"


def _visible(text: str) -> str:
    """On one line, since the writer of PNG ends the process at a control code."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
