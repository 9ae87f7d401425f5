"""The architectures a spec can name. A preset takes the spec's model section and returns layer specs."""

from collections.abc import Callable

from regctl.models.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Layer,
    LayerNormalization,
    NoiseKind,
)
from regctl.spec.schema import Model

INPUT_DROPOUT = Dropout("input_dropout", rate="input_dropout")
NORMALIZATIONS: dict[str, Callable[[str], Layer]] = {"batch": BatchNormalization, "layer": LayerNormalization}


def linear(model: Model, outputs: int = 1, noise: NoiseKind = "dropout") -> tuple[Layer, ...]:
    """One dense layer: linear, logistic or multinomial regression, by the loss. It has no place for `noise`."""
    return (INPUT_DROPOUT, Dense("output", outputs))


def mlp(model: Model, outputs: int = 1, noise: NoiseKind = "dropout") -> tuple[Layer, ...]:
    """Hidden dense layers of `units`, noise of a kind after each, `outputs` linear output units.

    A normalisation stands between a dense layer and its activation. SELU layers start from LeCun's normal, as
    self-normalising networks need (Klambauer et al. 2017); the others from Keras's default, Glorot's uniform.
    """
    layers: list[Layer] = [INPUT_DROPOUT]
    for number, units in enumerate(model.units, start=1):
        layers += [*_hidden(model, number, units), Dropout(f"dropout_{number}", "dropout", noise)]
    return (*layers, Dense("output", outputs))


def _hidden(model: Model, number: int, units: int) -> list[Layer]:
    initializer = "lecun_normal" if model.activation == "selu" else "glorot_uniform"
    if model.normalization == "none":
        return [Dense(f"dense_{number}", units, model.activation, initializer)]
    return [
        Dense(f"dense_{number}", units, None, initializer),
        NORMALIZATIONS[model.normalization](f"{model.normalization}_normalization_{number}"),
        Activation(f"activation_{number}", model.activation),
    ]
