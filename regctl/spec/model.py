"""Which architecture, and what holds it back."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from regctl.spec.fields import (
    BUILD,
    HYPERPARAMETERS,
    SHA256,
    Count,
    Degree,
    Penalty,
    Rate,
    Section,
)

# The models that are linear in their parameters: one dense unit on the design's columns.
LINEAR_MODELS = ("linear", "polynomial")


class Model(Section):
    """Which architecture."""

    name: Literal["linear", "polynomial", "mlp", "selu_mlp", "cnn", "custom"] = Field(
        "mlp",
        description="`linear` is one dense unit; `polynomial` is one on powers and products of the number columns; "
        "`mlp` has hidden layers; `cnn` has convolutions before them; `custom` "
        "is what a function of yours builds.",
    )
    degree: Degree = Field(
        1,
        description="Of the polynomial: all products of number columns up to this degree. 0/1 columns of text levels "
        "and missing values stay as they are.",
    )
    interactions: bool = Field(
        True, description="Whether a polynomial has products of different columns, or powers of each alone."
    )
    units: list[Count] = Field([64, 64], min_length=1, description="Units of each hidden layer (mlp, cnn).")
    activation: Literal["relu", "elu", "selu", "sigmoid", "tanh"] = Field(
        "relu", description="Of every hidden layer and convolution (mlp, cnn)."
    )
    normalization: Literal["none", "batch", "layer"] = Field(
        "none",
        description="Between each hidden layer or convolution and its activation (mlp, cnn), as Keras's layers of "
        "that name.",
    )
    image: Annotated[list[Count], Field(min_length=3, max_length=3)] | None = Field(
        None,
        description="[height, width, channels] that the feature columns fill (cnn): rows from the top, in a row from "
        "the left, in a pixel its channels.",
    )
    filters: list[Count] = Field(
        [32, 64],
        min_length=1,
        description="Filters of each convolution (cnn); the maximum over 2 × 2 pixels follows each.",
    )
    kernel_size: Count = Field(
        3, description="Height and width of each convolution's kernel, in pixels (cnn)."
    )

    build: Annotated[str, Field(pattern=BUILD)] | None = Field(
        None,
        description="'my_model.py:build': a file, relative to the spec file, and the function in it that returns the "
        "Keras model (custom).",
    )
    build_sha256: Annotated[str, Field(pattern=SHA256)] | None = Field(
        None, description="The file's hash. When given, the file must have it; a run's own spec gives it."
    )
    options: dict[str, Any] = Field({}, description="What the function is told beside the setting (custom).")

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
    def _build_belongs_to_custom(self) -> Self:
        if self.name == "custom" and self.build is None:
            raise ValueError("build: model custom needs the function that builds it. Received: none")
        for key, given in (("build", self.build), ("options", self.options)):
            if given and self.name != "custom":
                raise ValueError(f"{key}: goes with model custom. Received: model {self.name}")
        taken = next((name for name in self.options if name in HYPERPARAMETERS), None)
        if taken is not None:
            raise ValueError(f"options: a setting has {taken!r} already. Choose another name")
        return self

    @model_validator(mode="after")
    def _image_belongs_to_cnn(self) -> Self:
        if self.name == "cnn" and self.image is None:
            raise ValueError("image: model cnn needs [height, width, channels]. Received: none")
        if self.name != "cnn" and self.image is not None:
            raise ValueError(f"image: goes with model cnn. Received: model {self.name}")
        if self.image is not None and min(self.image[:2]) < 2 ** len(self.filters):
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
    dropout: Rate = Field(0.0, description="Share of units dropped after every hidden layer.")
    input_dropout: Rate = Field(0.0, description="Share of design columns dropped at the input.")
    dropout_kind: Literal["dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"] = Field(
        "dropout",
        description="What `dropout` is the rate of: Keras's layer of that name (of gaussian_noise, the standard "
        "deviation). `input_dropout` is always plain dropout.",
    )
    weight_decay: Penalty = Field(
        0.0,
        description="Of adamw: kernels shrink by learning rate × weight_decay at every step, which is not what λ does.",
    )
