"""The map from raw columns to the inputs of an exported model: what `inputs.json` holds. Imports no Keras.

A Keras input cannot be called `price/sqft`, so every column gets a safe name, its own where that is safe.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from regctl.types import ColumnPreparation, NumberPreparation, Preparation, TargetPreparation

MODEL_SCALE = "model-scale"  # the layer of an exported model whose output is on the model's scale
_SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LONGEST_CLEANED = 48  # leaves room for a digest below the 64 characters of a safe name


def safe_names(names: Sequence[str]) -> tuple[str, ...]:
    """A distinct safe name for each of the distinct `names`: a letter, then up to 63 letters, digits and `_`.

    A safe name stays as it is. Others lose accents and signs beyond ASCII, every run of other characters
    becomes `_`, and where the outcome is taken, the first digits of the name's sha256 follow. The order of
    `names` plays no part.
    """
    chosen = {name: name for name in names if _SAFE.fullmatch(name)}
    taken = set(chosen)
    for name in sorted(set(names) - taken):
        chosen[name] = next(candidate for candidate in _candidates(name) if candidate not in taken)
        taken.add(chosen[name])
    return tuple(chosen[name] for name in names)


def _candidates(name: str) -> Iterator[str]:
    """Best first; the digest may need more than eight digits only where a column is called just that."""
    cleaned, digest = _cleaned(name), hashlib.sha256(name.encode()).hexdigest()
    yield cleaned
    yield from (f"{cleaned}_{digest[:length]}" for length in range(8, 16))


def _cleaned(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    words = re.sub(r"[^A-Za-z0-9]+", "_", ascii_only).strip("_")
    named = words if words[:1].isalpha() else f"column_{words}"
    return named[:_LONGEST_CLEANED].strip("_")


def used_columns(preparation: Preparation) -> tuple[ColumnPreparation, ...]:
    """The columns an exported model asks for: all but text columns without levels."""
    return tuple(column for column in preparation.columns if _has_design_columns(column))


def _has_design_columns(column: ColumnPreparation) -> bool:
    return isinstance(column, NumberPreparation) or bool(column.levels or column.pooled)


def inputs_document(preparation: Preparation) -> dict[str, Any]:
    """What `inputs.json` says: one entry per input of the exported model, and what its output means.

    `{"inputs": [{"column", "input", "dtype": "float32" | "string"}, …], "outputs": {"name", "column", "unit",
    "meaning", "classes"}}`, inputs in the model's order. A missing text is `""`, a missing number NaN. `classes` are
    the names of class 0, 1, …, none for a regression.
    """
    columns, target = used_columns(preparation), preparation.target
    *inputs, output = safe_names([*(column.name for column in columns), target.name])
    return {
        "inputs": [
            {"column": column.name, "input": name, "dtype": _dtype(column)}
            for column, name in zip(columns, inputs, strict=True)
        ],
        "outputs": {
            "name": output,
            "column": target.name,
            "unit": target.unit,
            "meaning": meaning(target),
            "classes": list(target.classes),
        },
    }


def _dtype(column: ColumnPreparation) -> str:
    return "float32" if isinstance(column, NumberPreparation) else "string"


def meaning(target: TargetPreparation) -> str:
    """A prediction in words: the target's mean, its median when it was learnt on a log scale, or probabilities.

    A model of two classes may have one output, the probability of class 1, or both.
    """
    if target.classes:
        named = ", ".join(map(repr, target.classes))
        return f"probability of each class of {target.name}: {named}; a single output is that of the last"
    quantity = target.name if not target.unit else f"{target.name} in {target.unit}"
    if target.transform == "none":
        return f"mean of {quantity}"
    return f"median of {quantity} (predictions were made on {target.transform} {target.name})"
