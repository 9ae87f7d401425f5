"""What a plugin's function is told about the model it makes: `hp`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from regctl.types import Setting

_RATE = re.compile(r"dropout_([1-9]\d*)")


class Told(Mapping[str, Any]):
    """Values by name, as `hp["dropout"]` or `hp.dropout`; λ is `hp["lambda"]` or `hp.lambda_`.

    `asked` are the names that were read. `absent` says of some names why they are not there.
    """

    def __init__(self, values: Mapping[str, Any], absent: Mapping[str, str] | None = None) -> None:
        self._values, self._absent = dict(values), dict(absent or {})
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        if name in self._values:
            return self._values[name]
        if rate_number(name) is not None and "dropout" in self._values:
            return self._values["dropout"]  # one rate for all layers
        why = self._absent.get(name, f"it has {', '.join(self._values)}")
        raise KeyError(f"hp has no {name!r}; {why}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # before `_values` is there, as in a copy in the making
            raise AttributeError(name)
        try:
            return self["lambda" if name == "lambda_" else name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def told_of(setting: Setting) -> Mapping[str, Any]:
    """The setting's values by name; with a rate for each layer, `dropout_1`, `dropout_2`, … for `dropout`."""
    rates = {f"dropout_{number}": rate for number, rate in enumerate(setting.rates, start=1)}
    return {
        "lambda": setting.lambda_,
        "l1": setting.l1,
        "l2": setting.l2,
        "l1_ratio": setting.l1_ratio,
        **(rates or {"dropout": setting.dropout}),
        "input_dropout": setting.input_dropout,
        "learning_rate": setting.learning_rate,
        "weight_decay": setting.weight_decay,
    }


def rate_number(name: str) -> int | None:
    """Which `k` of `dropout_k`; None for another name."""
    found = _RATE.fullmatch(name)
    return None if found is None else int(found[1])
