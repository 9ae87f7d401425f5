"""From `tune.space` to what is searched for a target, and from a proposal's values to what a spec must say for them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any, Literal, TypeAlias

from regctl.spec.hyperparameter import Hyperparameter, Value
from regctl.spec.rates import by_layer
from regctl.spec.schema import Spec
from regctl.spec.settings import own_setting
from regctl.spec.space import Choices, Space, values_of

Target: TypeAlias = Literal["dropout", "lambda", "model"]

HIDDEN = ("mlp", "selu_mlp", "cnn")  # models with hidden dense layers
_PLAIN = {  # where each value goes as it is
    "activation": "model.activation",
    "degree": "model.degree",
    "lambda": "regularization.lambda",
    "l1_ratio": "regularization.l1_ratio",
    "dropout": "regularization.dropout",
    "input_dropout": "regularization.input_dropout",
    "dropout_kind": "regularization.dropout_kind",
    "weight_decay": "regularization.weight_decay",
    "learning_rate": "training.learning_rate",
    "batch_size": "training.batch_size",
}
_PENALTIES = ("lambda", "l1", "l2", "l1_ratio")
_RATES = ("dropout", "input_dropout", "dropout_kind")


def space_of(spec: Spec, target: Target) -> tuple[Hyperparameter, ...]:
    """What a target searches: the spec's space, or of it what the target names; else the target's own.

    By default dropout goes from 0 to 0.6: beyond, most units are noise. λ goes over six decades up to 1, where a
    penalty on standardised columns leaves next to nothing.
    """
    own = (
        []
        if spec.tune.space is None
        else [name for name in spec.tune.space.names() if _belongs(name, target)]
    )
    space = spec.tune.space if own else Space.model_validate(_default(spec, target))
    names = own or list(space.names())
    found = [_linked(space.entry(name).hyperparameter(name), space, spec) for name in names]
    return tuple(sorted(found, key=lambda each: each.name != "layers"))  # what others need comes first


def count_settings(space: Sequence[Hyperparameter]) -> int | None:
    """How many settings a space has; None if a range is continuous."""
    counts = [each.count for each in space]
    if None in counts:
        return None
    parents = [each for each in space if any(other.needs and other.needs[0] == each.name for other in space)]
    if not parents:
        return prod(each.count or 1 for each in space)
    (layers,) = parents
    rest = [each for each in space if each is not layers]
    return sum(
        prod(each.count or 1 for each in rest if each.needs is None or value in each.needs[1])
        for value in values_of(layers)
    )


def frozen(spec: Spec, values: Mapping[str, Value]) -> dict[str, Any]:
    """By dotted key, what the spec must say for some searched values."""
    found: dict[str, Any] = {key: values[name] for name, key in _PLAIN.items() if name in values}
    if any(name.startswith(("units", "layers")) for name in values):
        found["model.units"] = _units(spec, values)
    layers = len(found.get("model.units", spec.model.units))
    if any(name.startswith("dropout_") and name != "dropout_kind" for name in values):
        found["regularization.dropout"] = _rates(spec, values, layers)
    elif "dropout" not in values and not isinstance(spec.regularization.dropout, float | int):
        found["regularization.dropout"] = _rates(spec, {}, layers)
    if "l1" in values or "l2" in values:
        found |= _penalty(spec, values)
    return found


def own_values(spec: Spec) -> dict[str, Value]:
    """What a spec says itself of the hyperparameters that are no regularizers, by their names in a space."""
    found: dict[str, Value] = {"batch_size": spec.training.batch_size}
    if spec.model.is_preset and spec.model.name in HIDDEN:
        widths = tuple(spec.model.units)
        by_layer = {f"units_{number}": width for number, width in enumerate(widths, start=1)}
        found |= {"activation": spec.model.activation, "layers": len(widths), **by_layer}
        found["units"] = widths[0] if len(set(widths)) == 1 else widths
    return found


def space_problem(spec: Spec) -> str | None:
    """`name: what is wrong` where the spec's model or training does not have what is searched; None when it does."""
    names = list(spec.tune.space.names())
    return next(
        (f"{name}: {problem}" for name in names if (problem := _problem(spec, name)) is not None), None
    )


def _problem(spec: Spec, name: str) -> str | None:
    model, training = spec.model, spec.training
    of_layers = name.startswith(("dropout", "units", "layers"))
    if of_layers and model.is_preset and model.name not in HIDDEN:
        return f"model {model.name} has no hidden layers"
    if not model.is_preset and name in ("layers", "units", "activation"):
        return f"model {model.name} is your own, and only it knows its layers"
    if name.startswith(("dropout_", "units_")) and name != "dropout_kind":
        number, most = int(name.rsplit("_", 1)[1]), _most_layers(spec)
        if most is not None and number > most:
            return (
                f"the model has {most} hidden {'layer' if most == 1 else 'layers'}. Received: layer {number}"
            )
    if name == "activation" and model.name not in ("mlp", "cnn"):
        return f"goes with models mlp and cnn. Received: model {model.name}"
    if name == "degree" and model.name != "polynomial":
        return f"only model polynomial has a degree. Received: model {model.name}"
    if name == "weight_decay" and training.optimizer != "adamw":
        return f"goes with optimizer adamw. Received: optimizer {training.optimizer}"
    if name == "l1_ratio" and spec.regularization.penalty != "elastic":
        return f"goes with penalty elastic. Received: penalty {spec.regularization.penalty}"
    return None


def _most_layers(spec: Spec) -> int | None:
    if not spec.model.is_preset:
        return None
    space: Space = spec.tune.space
    if space.layers is not None:
        return int(max(map(_number, values_of(space.entry("layers").hyperparameter("layers")))))
    widths = [len(spec.model.units)]
    if isinstance(space.units, Choices):
        widths += [len(each) for each in space.units.choices if isinstance(each, list)]
    return max(widths)


def _number(value: Value) -> float:
    assert isinstance(value, int | float), "a count"
    return value


def _belongs(name: str, target: Target) -> bool:
    if target == "lambda":
        return name in _PENALTIES
    return target == "model" or name in _RATES or name.startswith("dropout_")


def _default(spec: Spec, target: Target) -> dict[str, Any]:
    penalty = {"lambda": {"from": 1e-6, "to": 1.0, "log": True}}
    hidden = spec.model.name in HIDDEN
    rates = {"dropout": {"from": 0.0, "to": 0.6}} if hidden else {"input_dropout": {"from": 0.0, "to": 0.6}}
    if target != "model":
        return rates if target == "dropout" else penalty
    if spec.model.is_linear:
        return penalty
    rate = spec.training.learning_rate
    training = {"learning_rate": {"from": rate / 10, "to": rate * 10, "log": True}}
    units = {"units": {"choices": [32, 64, 128]}} if hidden else {}
    return {**units, **(rates if hidden else {}), **penalty, **training}


def _linked(each: Hyperparameter, space: Space, spec: Spec) -> Hyperparameter:
    """The hyperparameter of a layer has an effect only where there is that layer."""
    stem, _, number = each.name.rpartition("_")
    if space.layers is None or stem not in ("dropout", "units") or not number.isdigit():
        return each
    layers = values_of(space.entry("layers").hyperparameter("layers"))
    enough = tuple(value for value in layers if _number(value) >= int(number))
    return each if len(enough) == len(layers) else replace(each, needs=("layers", enough))


def _units(spec: Spec, values: Mapping[str, Value]) -> list[int]:
    given = values.get("units", 0)
    if isinstance(given, tuple):
        units = list(given)
    else:
        units = list(spec.model.units)
        count = int(_number(values.get("layers", len(units))))
        units = (units + [units[-1]] * count)[:count]
        units = [int(_number(given))] * count if given else units
    for place in range(len(units)):
        units[place] = int(_number(values.get(f"units_{place + 1}", units[place])))
    return units


def _rates(spec: Spec, values: Mapping[str, Value], layers: int) -> list[float]:
    """A rate for each hidden layer: the spec's own, but for those searched."""
    own, rates = by_layer(spec.regularization.dropout, len(spec.model.units))
    found = (list(rates) or [own] * layers) + [list(rates or (own,))[-1]] * layers
    return [float(_number(values.get(f"dropout_{place + 1}", found[place]))) for place in range(layers)]


def _penalty(spec: Spec, values: Mapping[str, Value]) -> dict[str, Any]:
    own = own_setting(spec)
    l1, l2 = (float(_number(values.get(name, there))) for name, there in (("l1", own.l1), ("l2", own.l2)))
    strength = {"regularization.lambda": l1 + l2}
    if l1 > 0 and l2 > 0:
        return {**strength, "regularization.penalty": "elastic", "regularization.l1_ratio": l1 / (l1 + l2)}
    return {**strength, "regularization.penalty": "l1" if l1 > 0 else "l2"}
