"""A trained model as a plain `.keras` file that takes raw feature columns.

The file holds Keras' own layers and operations only, so it loads where regctl is not installed, in Keras'
safe mode. Operations get their names from Keras, and a column may be called just that (`subtract`); they
therefore live inside named parts, and the names of the parts have a dash, which no input's name has.
"""

import contextlib
import os
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras

from regctl.errors import DataError
from regctl.models.keras_preparation import (
    design_matrix,
    number_design,
    prediction,
    product_design,
    text_design,
)
from regctl.models.raw_inputs import MODEL_SCALE, inputs_document, used_columns
from regctl.types import NumberPreparation, Preparation, TextPreparation


def export_model(path: Path, preparation: Preparation, network: Callable[[Any], Any]) -> None:
    """Write the `.keras` file at `path`, whole or not at all.

    Parameters:
        path: ends in `.keras`; an existing file is replaced.
        preparation: what the network was trained behind.
        network: a Keras model, or a function of Keras layers and operations, from the design matrix `[n, d]`, of
            the preparation's dtype, to the prediction on the model's scale `[n, 1]`, or to K classes' logits `[n, K]`.

    Raises:
        DataError: a level cannot be stored in a Keras file.
        OSError: the file could not be written; nothing is left behind.
    """
    model = raw_column_model(preparation, network)
    with _renamed_when_complete(path) as unfinished, warnings.catch_warnings():
        # Keras' variables do not know NumPy 2's `copy` keyword yet: nothing a user of ours could act on.
        warnings.filterwarnings("ignore", ".*doesn't accept a copy keyword", DeprecationWarning)
        model.save(unfinished)


def raw_column_model(preparation: Preparation, network: Callable[[Any], Any]) -> Any:
    """The Functional model from raw columns, each `[n]` or `[n, 1]`, to predictions float64 `[n, 1]` or `[n, K]`.

    Its inputs are a list, not a dict: given a dict of columns, Keras then takes each input by its name,
    ignores other keys, and refuses a dict that lacks one. A model built with a dict of inputs flattens what
    it is given in the order of the keys, so that a further key shifts the columns behind it.
    """
    document = inputs_document(preparation)
    inputs = [keras.Input((1,), name=entry["input"], dtype=entry["dtype"]) for entry in document["inputs"]]
    design = prepared(preparation, inputs)
    scaled = keras.layers.Identity(name=MODEL_SCALE, dtype=preparation.dtype)(
        _part("trained-network", network, design)
    )
    widths = {1, len(preparation.target.classes) or 1}
    if len(scaled.shape) != 2 or scaled.shape[1] not in widths:
        expected = " or ".join(f"[n, {width}]" for width in sorted(widths))
        raise ValueError(f"Expected: a network to {expected}. Received: a network to {scaled.shape}")
    output = _part(document["outputs"]["name"], partial(prediction, preparation.target), scaled)
    return keras.Model(inputs, output, name="regctl")


def prepared(preparation: Preparation, inputs: Sequence[Any]) -> Any:
    """The design matrix `[n, d]` of raw columns `[n, 1]`; columns of a kind share one path."""
    columns, dtype = used_columns(preparation), preparation.dtype
    pairs = list(zip(columns, inputs, strict=True))
    numbers = [(column, x) for column, x in pairs if isinstance(column, NumberPreparation)]
    texts = [(column, x) for column, x in pairs if isinstance(column, TextPreparation)]
    blocks, products = [], []
    if numbers:
        own, raw = zip(*numbers, strict=True)
        together = keras.layers.Concatenate(name="raw-numbers")(list(raw))
        blocks.append(_part("prepared-numbers", partial(number_design, own, dtype), together))
        if preparation.expansion is not None:
            products.append(_part("products", partial(product_design, own, preparation.expansion), together))
    if texts:
        blocks.append(_prepared_texts(dtype, *zip(*texts, strict=True)))
    return _part("design-matrix", partial(design_matrix, columns), *blocks, *products)


def _part(name: str, function: Callable[..., Any], *inputs: Any) -> Any:
    """The outcome of `function(*inputs)`, computed by one nested model of that name."""
    stand_ins = [keras.Input(x.shape[1:], dtype=x.dtype, name=f"{name}-{i}") for i, x in enumerate(inputs)]
    return keras.Model(stand_ins, function(*stand_ins), name=name)(list(inputs))


def _prepared_texts(dtype: str, columns: Sequence[TextPreparation], inputs: Sequence[Any]) -> Any:
    codes = [_lookup(column, f"levels-of-{x.name}")(x) for column, x in zip(columns, inputs, strict=True)]
    together = keras.layers.Concatenate(name="level-codes")(codes)
    return _part("prepared-texts", partial(text_design, columns, dtype), together)


def _lookup(column: TextPreparation, name: str) -> Any:
    """A layer from strings to codes: 1, 2, … in the order levels, pooled; 0 for any other string."""
    vocabulary = [*column.levels, *column.pooled]
    if unstorable := [level for level in vocabulary if level.endswith("\0")]:
        raise DataError(
            f"column {column.name!r}: a Keras file cannot hold a level that ends in a NUL character. "
            f"Received: {unstorable[0]!r}.",
            "Remove NUL characters from the data.",
        )
    # Keras drops the first level when it equals the token for unknown strings: that token must be no level.
    no_level = f"no {max(vocabulary, key=len)}"
    return keras.layers.StringLookup(vocabulary=vocabulary, oov_token=no_level, name=name)


@contextlib.contextmanager
def _renamed_when_complete(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; becomes `path` at the end, and is removed when anything fails."""
    unfinished = path.with_name(f".{path.stem}-{uuid.uuid4().hex}.keras")  # Keras insists on the suffix
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
