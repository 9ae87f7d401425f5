"""Predictions of an exported model for new rows."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.saving.serialization_lib import SafeModeScope
from numpy.typing import NDArray

from regctl.errors import UsageError
from regctl.models.raw_inputs import MODEL_SCALE
from regctl.types import Float64

_ROWS_AT_A_TIME = 4096  # bounds memory: the design matrix of a batch is 16 KB per design column


def predict_columns(
    model_path: Path, inputs: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]
) -> Float64:
    """Predictions float64 `[n]` in the target's own unit, or the classes' probabilities float64 `[n, K]`.

    Parameters:
        model_path: a `.keras` file that `export_model` wrote.
        inputs: the document of its `inputs.json`.
        columns: by column name, numbers `[n]` with NaN for missing, or text `[n]` with "" for missing. Others
            than those in `inputs` are ignored.

    Raises:
        UsageError: there is no such file, it is not a Keras model, it does not belong to `inputs`, or
            `columns` lacks a column or holds one of the wrong kind.
    """
    predicted = _outputs(model_path, load_exported(model_path), inputs, columns)
    if not inputs["outputs"]["classes"]:
        return predicted[:, 0]
    return np.hstack([1 - predicted, predicted]) if predicted.shape[1] == 1 else predicted


def predict_scores(
    model_path: Path, inputs: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]
) -> Float64:
    """What the network inside an exported model puts out, on the model's scale: float64 `[n]`, or `[n, K]` logits.

    A loss needs logits: a probability that rounds to 1 has lost them. Parameters and errors are `predict_columns`'s.
    """
    whole = load_exported(model_path)
    network = keras.Model(whole.inputs, whole.get_layer(MODEL_SCALE).output)
    scores = _outputs(model_path, network, inputs, columns)
    return scores[:, 0] if scores.shape[1] == 1 else scores


def _outputs(
    path: Path, model: Any, inputs: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]
) -> Float64:
    declared = _declared(path, model, inputs)
    _require_columns([entry["column"] for entry in declared], columns)
    arrays = {entry["input"]: _as_declared(entry, columns[entry["column"]]) for entry in declared}
    rows = len(next(iter(arrays.values())))
    batches = [slice(start, start + _ROWS_AT_A_TIME) for start in range(0, max(rows, 1), _ROWS_AT_A_TIME)]
    return np.concatenate([_predict_rows(model, arrays, batch) for batch in batches])


def load_exported(path: Path) -> Any:
    """The Keras model in the file, loaded in safe mode.

    Raises:
        UsageError: there is no such file, or it is not a Keras model.
        OSError: it cannot be read.
    """
    if not path.is_file():
        raise UsageError(
            f"{path}: there is no such file.", "Name a .keras file, such as a run's model.keras."
        )
    with path.open("rb") as file:  # a file that cannot be opened is no damaged one
        if not zipfile.is_zipfile(file):
            raise UsageError(
                f"{path} is not a whole .keras file.", "Name one that `regctl train` or `sweep` wrote."
            )
    try:
        # `keras.config.enable_unsafe_deserialization()` outweighs the argument; the scope outweighs both.
        with SafeModeScope(True):
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UsageError(f"{path} is not a Keras model that can be loaded. {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _declared(path: Path, model: Any, inputs: Mapping[str, Any]) -> list[dict[str, str]]:
    """The entries of `inputs`, once they are known to name exactly the model's inputs."""
    try:
        declared = [{key: entry[key] for key in ("column", "input", "dtype")} for entry in inputs["inputs"]]
        list(inputs["outputs"]["classes"])
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"the inputs.json of {path} is damaged: expected a list `inputs` of column, input and dtype, and "
            "`outputs` with `classes`.",
            "Restore it from the run that wrote the model.",
        ) from error
    names, own = {entry["input"] for entry in declared}, {tensor.name for tensor in model.inputs or ()}
    if names != own:
        differing = ", ".join(sorted(names ^ own)[:5])
        raise UsageError(
            f"{path} and its inputs.json do not name the same inputs; they differ in: {differing}.",
            "Use the inputs.json of the run that wrote the model.",
        )
    return declared


def _require_columns(needed: list[str], columns: Mapping[str, NDArray[Any]]) -> None:
    if missing := [name for name in needed if name not in columns]:
        named = ", ".join(repr(name) for name in missing[:5]) + (", …" if len(missing) > 5 else "")
        raise UsageError(
            f"the data lacks {len(missing)} of the {len(needed)} columns the model needs: {named}.",
            "Add them; a column may be empty where nothing is known.",
        )


def _as_declared(entry: Mapping[str, str], values: NDArray[Any]) -> NDArray[Any]:
    return _text(entry["column"], values) if entry["dtype"] == "string" else _numbers(entry["column"], values)


def _numbers(name: str, values: NDArray[Any]) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore"):  # beyond float32 is infinite, as it was in training
            return np.asarray(values, np.float64).astype(np.float32)
    except (ValueError, TypeError) as error:
        raise UsageError(f"column {name!r}: expected numbers. Received: {error}.") from error


def _text(name: str, values: NDArray[Any]) -> NDArray[Any]:
    for value in values:
        if not isinstance(value, str):
            raise UsageError(f'column {name!r}: expected text, "" where it is missing. Received: {value!r}.')
    return np.asarray(values, dtype=object)


def _predict_rows(model: Any, arrays: Mapping[str, NDArray[Any]], rows: slice) -> Float64:
    """By a direct call: `model.predict` builds a graph first, which takes longer than thousands of rows."""
    tensors = {name: tf.constant(values[rows]) for name, values in arrays.items()}
    return np.asarray(model(tensors, training=False), dtype=np.float64)
