"""A Keras model that a plugin builds: `KerasModel(build)` with `build(hp) -> keras.Model`.

Whatever the plugin's code raises becomes one sentence with the line of its file; the traceback is the error's cause.
"""

from collections.abc import Iterator
from typing import Any

import keras

from regctl.catalog import brought, load_plugin, place, said
from regctl.errors import SpecError, UsageError
from regctl.models.layers import KerasModel, UserModel
from regctl.models.told import Told, rate_number, told_of
from regctl.types import Setting


def build_user_model(layer: UserModel, columns: int, setting: Setting) -> keras.Model:
    """The model that the plugin's function builds for a setting.

    Raises:
        SpecError: the function fails, or what it returns is no model from `[n, columns]` to `[n, outputs]` of Keras's
            own layers, or it never asks for a dropout rate that the setting has.
    """
    why = "the layers have rates of their own: hp.dropout_1, hp.dropout_2, …"
    told = Told(
        {**told_of(setting), "columns": columns, "outputs": layer.outputs, **layer.told},
        {"dropout": why} if setting.rates else {},
    )
    model = _built(layer, told)
    for wrong in _problems(layer, model, told, setting):
        raise SpecError([f"model {layer.name}: {wrong}."])
    return model


def _built(layer: UserModel, told: Told) -> Any:
    try:
        if layer.plugin is not None:
            load_plugin(layer.plugin.path, layer.plugin.sha256)  # this may be a worker's process
        own = brought("models", layer.name)
    except UsageError as error:
        raise SpecError([str(error)]) from error
    assert isinstance(own, KerasModel), "planning has looked"
    try:
        return own.build(told)
    except (Exception, SystemExit) as error:
        where = "" if layer.plugin is None else f"{place(error, layer.plugin.path)}: "
        raise SpecError([f"model {layer.name}: {where}{said(error)}."]) from error


def _problems(layer: UserModel, model: Any, told: Told, setting: Setting) -> Iterator[str]:
    """What is wrong with a model, worst first."""
    asked = frozenset(told.asked)
    if not isinstance(model, keras.Model):
        yield f"build must return a Keras model. Received: {type(model).__name__}"
    foreign = [part for part in _parts(model) if not _loads_anywhere(part)]
    if foreign:
        yield (
            "the model must be made of Keras's own layers, without Lambda, so that model.keras loads without your "
            f"file. Received: {type(foreign[0]).__name__} {foreign[0].name!r}"
        )
    for what, expected in (("input", told["columns"]), ("output", layer.outputs)):
        shape = getattr(model, f"{what}_shape", None)
        if shape != (None, expected):
            yield f"the model must have one {what} of shape (None, {expected}). Received: {shape}"
    yield from _never_asked(layer, asked, setting)


def _never_asked(layer: UserModel, asked: frozenset[str], setting: Setting) -> Iterator[str]:
    """Noise that the spec wants and the builder never heard of: the run would say what did not happen."""
    rates = {f"dropout_{number}": rate for number, rate in enumerate(setting.rates, start=1)}
    if not any(map(rate_number, asked)):
        rates["dropout"] = setting.dropout
    for name, rate in {**rates, "input_dropout": setting.input_dropout}.items():
        if rate and name not in asked:
            key = "input_dropout" if name == "input_dropout" else "dropout"
            yield f"build never asks for hp.{name}, and regularization.{key} is {rate:g}"
    kind = layer.told["dropout_kind"]
    if kind != "dropout" and (setting.dropout or setting.rates) and "dropout_kind" not in asked:
        yield f"build never asks for hp.dropout_kind, and regularization.dropout_kind is {kind}"


def _parts(model: keras.Model) -> list[Any]:
    return list(model._flatten_layers())


def _loads_anywhere(part: Any) -> bool:
    return type(part).__module__.split(".")[0] == "keras" and not isinstance(part, keras.layers.Lambda)
