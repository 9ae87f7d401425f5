"""The architectures a spec can name. A preset takes the spec's model section and returns layer specs."""

from collections.abc import Callable
from dataclasses import replace

from regctl.models.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    LayerNormalization,
    MaxPooling2D,
    Reshape,
)
from regctl.spec.model import Model, NoiseKind

INPUT_DROPOUT = Dropout("input_dropout", rate="input_dropout")
NORMALIZATIONS: dict[str, Callable[[str], Layer]] = {"batch": BatchNormalization, "layer": LayerNormalization}


def linear(model: Model, outputs: int = 1, noise: NoiseKind = "dropout") -> tuple[Layer, ...]:
    """One dense layer: linear, logistic or multinomial regression, by the loss. It has no place for `noise`.

    A polynomial is this on an expanded design, which is the preparation's work.
    """
    return (INPUT_DROPOUT, Dense("output", outputs))


def mlp(model: Model, outputs: int = 1, noise: NoiseKind = "dropout") -> tuple[Layer, ...]:
    """Hidden dense layers of `units`, noise of a kind after each, `outputs` linear output units; selu_mlp too.

    A normalisation stands between a dense layer and its activation. SELU layers start from LeCun's normal, as
    self-normalising networks need (Klambauer et al. 2017); the others from Keras's default, Glorot's uniform.
    """
    return (INPUT_DROPOUT, *_hidden_layers(model, noise), Dense("output", outputs))


def cnn(model: Model, outputs: int = 1, noise: NoiseKind = "dropout") -> tuple[Layer, ...]:
    """Columns as an `image`; for each of `filters` a convolution and a 2 × 2 maximum; then the layers of an mlp.

    What enters those is each filter's mean over the image (`global_pooling`; Lin, Chen and Yan 2014), or all its
    pixels. The columns are the image's pixels in the file's order: rows from the top, in a row from the left, in a
    pixel its channels. Noise acts on the columns (`input_dropout`) and after each dense layer, as in an mlp; spatial
    dropout also after each maximum, and after the dense layers it is plain dropout.
    """
    assert model.image is not None, "the schema asks for it"
    layers: list[Layer] = [INPUT_DROPOUT, Reshape("image", tuple(model.image))]
    spatial = noise == "spatial_dropout"
    for number, filters in enumerate(model.filters, start=1):
        convolution = Conv2D(
            f"conv2d_{number}", filters, model.kernel_size, model.activation, "same", _initializer(model)
        )
        layers += [*_normalized(model, convolution, f"conv2d_{number}"), MaxPooling2D(f"pooling_{number}", 2)]
        layers += [_noise(number, noise)] * spatial
    layers.append(GlobalAveragePooling2D("global_pooling") if model.global_pooling else Flatten("flatten"))
    hidden = _hidden_layers(model, "dropout" if spatial else noise, 1 + len(model.filters) * spatial)
    return (*layers, *hidden, Dense("output", outputs))


def _hidden_layers(model: Model, noise: NoiseKind, first_rate: int = 1) -> list[Layer]:
    layers: list[Layer] = []
    for number, units in enumerate(model.units, start=1):
        dense = Dense(f"dense_{number}", units, model.activation, _initializer(model))
        layers += [*_normalized(model, dense, str(number)), _noise(first_rate + number - 1, noise)]
    return layers


def _noise(number: int, kind: NoiseKind) -> Dropout:
    """The noise layer that has rate `number` of those by layer."""
    return Dropout(f"dropout_{number}", f"dropout_{number}", kind)


def _normalized(model: Model, layer: Dense | Convolution, label: str) -> list[Layer]:
    """The layer, with the model's normalisation before its activation."""
    if model.normalization == "none":
        return [layer]
    return [
        replace(layer, activation=None),
        NORMALIZATIONS[model.normalization](f"{model.normalization}_normalization_{label}"),
        Activation(f"activation_{label}", model.activation),
    ]


def _initializer(model: Model) -> str:
    return "lecun_normal" if model.activation == "selu" else "glorot_uniform"
