"""A Keras model that a function of the user's builds: `build(hp) -> keras.Model`.

The file runs as a script would, with its folder on the path for imports. Whatever it raises becomes one sentence with
the line of the user's file; the traceback is the error's cause.
"""

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from regctl.errors import SpecError
from regctl.models.layers import UserModel
from regctl.types import Setting

MODULE = "regctl_user_model"


class Hyperparameters(Mapping[str, Any]):
    """What a builder is told, as `hp["dropout"]` or `hp.dropout`; λ is `hp["lambda"]` or `hp.lambda_`.

    `columns` is how many numbers a row has, `outputs` how many the model must return; the others are the setting's,
    and the spec's `model.options`. `asked` are the names that were read.
    """

    def __init__(self, layer: UserModel, columns: int, setting: Setting) -> None:
        self._values = {
            "lambda": setting.lambda_,
            "l1": setting.l1,
            "l2": setting.l2,
            "l1_ratio": setting.l1_ratio,
            "dropout": setting.dropout,
            "input_dropout": setting.input_dropout,
            "learning_rate": setting.learning_rate,
            "weight_decay": setting.weight_decay,
            "columns": columns,
            "outputs": layer.outputs,
            **layer.options,
        }
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # before `_values` is there, as in a copy in the making
            raise AttributeError(name)
        try:
            return self["lambda" if name == "lambda_" else name]
        except KeyError:
            known = ", ".join(self._values)
            raise AttributeError(f"hp has no {name!r}; it has {known}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def build_user_model(layer: UserModel, columns: int, setting: Setting) -> keras.Model:
    """The model that the user's function builds for a setting.

    Raises:
        SpecError: the function fails, or what it returns is no model from `[n, columns]` to `[n, outputs]` of Keras's
            own layers, or it never asks for a dropout rate that the setting has.
    """
    hyperparameters = Hyperparameters(layer, columns, setting)
    with _told_with_its_line(layer):
        model = _builder(layer)(hyperparameters)
    for wrong in _problems(layer, model, hyperparameters):
        raise SpecError([f"model.build: {layer.name} {wrong}."])
    return model


def _problems(layer: UserModel, model: Any, hyperparameters: Hyperparameters) -> Iterator[str]:
    """What is wrong with a model, worst first."""
    if not isinstance(model, keras.Model):
        yield f"must return a Keras model. Received: {type(model).__name__}"
    foreign = [part for part in _parts(model) if not _loads_anywhere(part)]
    if foreign:
        yield (
            "must be made of Keras's own layers, without Lambda, so that model.keras loads without your file. "
            f"Received: {type(foreign[0]).__name__} {foreign[0].name!r}"
        )
    columns = hyperparameters["columns"]
    for what, expected in (("input", columns), ("output", layer.outputs)):
        shape = getattr(model, f"{what}_shape", None)
        if shape != (None, expected):
            yield f"must have one {what} of shape (None, {expected}). Received: {shape}"
    for name in ("dropout", "input_dropout"):
        if name not in hyperparameters.asked and hyperparameters[name]:
            yield f"never asks for hp.{name}, and regularization.{name} is {hyperparameters[name]:g}"


def _parts(model: keras.Model) -> list[Any]:
    return list(model._flatten_layers())


def _loads_anywhere(part: Any) -> bool:
    return type(part).__module__.split(".")[0] == "keras" and not isinstance(part, keras.layers.Lambda)


def _builder(layer: UserModel) -> Callable[[Hyperparameters], Any]:
    content = Path(layer.file).read_bytes()
    if hashlib.sha256(content).hexdigest() != layer.sha256:
        raise SpecError([f"model.build: {layer.file} has changed since the run began. Start it again."])
    spec = importlib.util.spec_from_file_location(MODULE, layer.file)
    assert spec is not None, "the file's name ends in .py"
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(Path(layer.file).parent))
    try:
        exec(compile(content, layer.file, "exec"), module.__dict__)
    finally:
        sys.path.pop(0)
    builder: Callable[[Hyperparameters], Any] = getattr(module, layer.function)
    return builder


@contextmanager
def _told_with_its_line(layer: UserModel) -> Iterator[None]:
    try:
        yield
    except SpecError:
        raise
    except Exception as error:
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == layer.file
        ]
        place = f"{layer.file}:{lines[-1]}" if lines else layer.file
        said = " ".join(str(error).split())
        raise SpecError([f"model.build: {place}: {type(error).__name__}: {said}"]) from error
