"""Which architecture, and what holds it back."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from regctl.spec.fields import (
    MODEL_NAME,
    Count,
    Degree,
    Penalty,
    Rate,
    Section,
    is_told,
)
from regctl.spec.rates import Rates

PRESETS = ("linear", "polynomial", "mlp", "selu_mlp", "cnn")
DENSE = PRESETS[:4]  # those without convolutions
NoiseKind: TypeAlias = Literal[
    "dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise", "spatial_dropout"
]

# The models that are linear in their parameters: one dense unit on the design's columns.
LINEAR_MODELS = ("linear", "polynomial")


class Model(Section):
    """Which architecture."""

    name: Annotated[str, Field(pattern=MODEL_NAME)] = Field(
        "mlp",
        examples=list(PRESETS),
        description="`linear` is one dense unit; `polynomial` is one on powers and products of the number columns; "
        "`mlp` has hidden layers; `selu_mlp` is an mlp of SELU layers with alpha dropout; `cnn` has convolutions "
        "before them; or a model that `--plugin` or an installed package brings.",
    )
    degree: Degree = Field(
        1,
        description="Of the polynomial: all products of number columns up to this degree. 0/1 columns of text levels "
        "and missing values stay as they are.",
    )
    interactions: bool = Field(
        True, description="Whether a polynomial has products of different columns, or powers of each alone."
    )
    units: list[Count] = Field(
        [64, 64], min_length=1, description="Units of each hidden layer (mlp, selu_mlp, cnn)."
    )
    activation: Literal["relu", "elu", "selu", "sigmoid", "tanh"] = Field(
        "relu", description="Of every hidden layer and convolution (mlp, cnn); that of a selu_mlp is selu."
    )
    normalization: Literal["none", "batch", "layer"] = Field(
        "none",
        description="Between each hidden layer or convolution and its activation (mlp, selu_mlp, cnn), as Keras's "
        "layers of that name.",
    )
    image: Annotated[list[Count], Field(min_length=3, max_length=3)] | None = Field(
        None,
        description="[height, width, channels] that the feature columns fill (cnn, and models of your own): rows from "
        "the top, in a row from the left, in a pixel its channels. Data sets of images know it themselves.",
    )
    filters: list[Count] = Field(
        [32, 64],
        min_length=1,
        description="Filters of each convolution (cnn); the maximum over 2 × 2 pixels follows each.",
    )
    kernel_size: Count = Field(
        3, description="Height and width of each convolution's kernel, in pixels (cnn)."
    )
    global_pooling: bool = Field(
        True,
        description="Whether each filter of the last convolution is averaged over the image (cnn, as Keras's "
        "GlobalAveragePooling2D); else its pixels all enter the next layer.",
    )
    options: dict[str, Any] = Field({}, description="What a model of your own is told beside the setting.")

    @property
    def is_preset(self) -> bool:
        """Whether regctl itself knows the model; else it is the user's own."""
        return self.name in PRESETS

    def dropout_layers(self, kind: NoiseKind) -> int | None:
        """After how many layers noise of a kind stands; None for a model of the user's own: not known yet.

        Spatial dropout follows the convolutions too, each of which drops whole filters.
        """
        if not self.is_preset:
            return None
        if self.name in ("linear", "polynomial"):
            return 0
        return len(self.units) + len(self.filters) * (self.name == "cnn" and kind == "spatial_dropout")

    @model_validator(mode="before")
    @classmethod
    def _selu_is_the_activation_of_selu_mlp(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("name") != "selu_mlp":
            return data
        return {"activation": "selu", **data}

    @property
    def is_linear(self) -> bool:
        """Whether the model is linear in its parameters."""
        return self.name in LINEAR_MODELS

    @model_validator(mode="after")
    def _powers_belong_to_polynomial(self) -> Self:
        for key, given in (
            ("degree", "" if self.degree == 1 else str(self.degree)),
            ("interactions", "" if self.interactions else "false"),
        ):
            if given and self.name != "polynomial":
                raise ValueError(
                    f"{key}: goes with model polynomial. Received: {given} with model {self.name}"
                )
        return self

    @model_validator(mode="after")
    def _selu_mlp_has_no_other_activation(self) -> Self:
        if self.name == "selu_mlp" and self.activation != "selu":
            raise ValueError(
                f"activation: that of model selu_mlp is selu. Received: {self.activation}. Use model mlp"
            )
        return self

    @model_validator(mode="after")
    def _options_belong_to_ones_own(self) -> Self:
        if self.options and self.is_preset:
            raise ValueError(f"options: goes with a model of your own. Received: model {self.name}")
        taken = next(filter(is_told, self.options), None)
        if taken is not None:
            raise ValueError(f"options: a model is told {taken!r} already. Choose another name")
        return self

    @model_validator(mode="after")
    def _image_belongs_to_cnn(self) -> Self:
        if self.name != "cnn" and self.is_preset and self.image is not None:
            raise ValueError(f"image: goes with model cnn. Received: model {self.name}")
        if self.name == "cnn" and self.image is not None and min(self.image[:2]) < 2 ** len(self.filters):
            raise ValueError(
                f"filters: each convolution halves the image, and {self.image[0]} × {self.image[1]} pixels do not "
                f"allow that {len(self.filters)} times. Received: {self.filters}"
            )
        return self


class Regularization(Section):
    """The setting that `train` uses, and that a sweep holds fixed on the axes it does not vary."""

    penalty: Literal["l2", "l1", "elastic"] = Field(
        "l2", description="λΣθ², λΣ|θ|, or λ(l1_ratio Σ|θ| + (1 − l1_ratio) Σθ²), over kernels, never biases."
    )
    lambda_: Penalty = Field(
        0.0, alias="lambda", description="λ in Keras's unit: J = mean loss + penalty, no ½ and no 1/n."
    )
    l1_ratio: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="Of the elastic penalty.")
    dropout: Rates = Field(
        0.0,
        description="Share of units dropped after every hidden layer: a number, a list with one for each, or "
        "{first: a, last: b} in equal steps between.",
    )
    input_dropout: Rate = Field(0.0, description="Share of design columns dropped at the input.")
    dropout_kind: NoiseKind = Field(
        "dropout",
        description="What `dropout` is the rate of: Keras's layer of that name (of gaussian_noise, the standard "
        "deviation); by default plain dropout, with model selu_mlp alpha_dropout. spatial_dropout goes with cnn: whole "
        "filters drop after each convolution and its pooling, units after the dense layers. `input_dropout` is always "
        "plain dropout.",
    )
    weight_decay: Penalty = Field(
        0.0,
        description="Of adamw: kernels shrink by learning rate × weight_decay at every step, which is not what λ does.",
    )
