"""The layers of the model that a spec names: a preset's, or those that a plugin's function lists."""

from typing import Any

from regctl import catalog
from regctl.errors import SpecError, UsageError
from regctl.models.layers import Dropout, KerasModel, Layer, UserModel
from regctl.models.own_layers import dropout_layers, layers_problem, listed
from regctl.models.told import Told
from regctl.spec.model import Model, Regularization
from regctl.spec.rates import highest, rates_problem

_NOT_TOLD = "its value is each trial's own: name it, as Dropout('drop', rate='dropout')"
_OF_TRIALS = ("dropout", "input_dropout", "lambda", "l1", "l2", "l1_ratio", "learning_rate", "weight_decay")


def layers_of(
    model: Model, regularization: Regularization, columns: int, outputs: int, logits: bool
) -> tuple[Layer, ...]:
    """The layers from `[n, columns]` to `[n, outputs]`; a model that a plugin builds stands for all of its own.

    `logits`: the outputs are classes' logits.

    Raises:
        SpecError: there is no model of that name, the plugin's function fails, or what it lists is no such model.
    """
    if model.name in catalog.MODELS:
        preset = catalog.resolve(catalog.MODELS[model.name])
        layers: tuple[Layer, ...] = preset(model, outputs, noise=regularization.dropout_kind)
        return layers
    plugin = catalog.plugin_of("models", model.name)
    told = {
        "image": model.image,
        "dropout_kind": regularization.dropout_kind,
        **model.options,
    }
    try:
        own = catalog.brought("models", model.name)
    except UsageError as error:
        raise SpecError([f"model.name: {error}"]) from error
    if isinstance(own, KerasModel):
        return (UserModel(model.name, outputs, told, plugin),)
    return _listed(
        model.name, plugin, own, {"columns": columns, "outputs": outputs, **told}, regularization, logits
    )


def _listed(
    name: str,
    plugin: catalog.Plugin | None,
    own: Any,
    values: dict[str, Any],
    regularization: Regularization,
    logits: bool,
) -> tuple[Layer, ...]:
    where = f"model {name}" if plugin is None else f"model {name} ({plugin.file})"
    if not callable(own):
        expected = "a function that lists layer specs, or KerasModel(build)"
        raise SpecError([f"{where}: expected {expected}. Received: {type(own).__name__}."])
    told = Told(values, dict.fromkeys(_OF_TRIALS, _NOT_TOLD))
    try:
        found = own(told)
    except (Exception, SystemExit) as error:
        line = "" if plugin is None else f"{catalog.place(error, plugin.path)}: "
        raise SpecError([f"model {name}: {line}{catalog.said(error)}."]) from error
    try:
        layers = listed(found)
    except ValueError as error:
        raise SpecError([f"{where}: {error}."]) from None
    problem = layers_problem(layers, values["columns"], values["outputs"], logits)
    if problem is not None:
        raise SpecError([f"{where}: {problem}."])
    _refuse_what_has_no_layer(where, layers, regularization)
    return layers


def _refuse_what_has_no_layer(where: str, layers: tuple[Layer, ...], regularization: Regularization) -> None:
    noise = [layer for layer in layers if isinstance(layer, Dropout)]
    rates = {"input_dropout": regularization.input_dropout, "dropout": highest(regularization.dropout)}
    for key, rate in rates.items():
        has_layer = any((layer.rate == "input_dropout") == (key == "input_dropout") for layer in noise)
        if rate and not has_layer:
            raise SpecError([f"regularization.{key}: {where} has no such layer. Received: {rate:g}."])
    kind = regularization.dropout_kind
    if rates["dropout"] and kind != "dropout" and all(layer.kind != kind for layer in noise):
        raise SpecError(
            [f"regularization.dropout_kind: {where} has no layer of that kind. Received: {kind}."]
        )
    problem = rates_problem(regularization.dropout, dropout_layers(layers)) if rates["dropout"] else None
    if problem is not None:
        raise SpecError([f"regularization.dropout: {problem}."])
