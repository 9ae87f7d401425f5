"""How a trial is trained."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from regctl.spec.fields import (
    Count,
    Penalty,
    Section,
    Seed,
)
from regctl.spec.kinds import Metrics
from regctl.spec.solvers import EXACT_GOES_WITH


class EarlyStopping(Section):
    """Stops a trial whose validation data loss no longer falls, and keeps its best epoch's weights."""

    patience: Count = Field(10, description="Epochs without an improvement after which a trial stops.")
    min_delta: Penalty = Field(0.0, description="A smaller fall of the loss is no improvement.")


class Training(Section):
    """How a trial is trained."""

    solver: Literal["auto", "exact", "gradient"] = Field(
        "auto",
        description=f"exact: the minimum itself, which goes with {EXACT_GOES_WITH}; gradient: gradient descent; auto: "
        "exact where it goes.",
    )
    loss: Literal[
        "auto", "mean_squared_error", "huber", "binary_crossentropy", "categorical_crossentropy"
    ] = Field(
        "auto",
        description="Of each row, as Keras's of that name (huber's delta is 1); `auto` is mean_squared_error for a "
        "regression, binary_crossentropy for two classes, categorical_crossentropy for more.",
    )
    metrics: Metrics = Field(
        "auto",
        description="What is recorded and reported beside the loss; `auto` is rmse, mae and r2, or for classes "
        "accuracy, balanced_accuracy, roc_auc, pr_auc, log_loss and calibration_error.",
    )
    class_weight: Literal["balanced"] | None = Field(
        None,
        description="balanced: training rows weigh n / (K × rows of their class) in what is minimized, never in a "
        "data loss.",
    )
    optimizer: Literal["sgd", "adam", "adamw", "rmsprop"] = Field(
        "adam",
        description="Keras's optimizer of that name; adamw is adam with `regularization.weight_decay`.",
    )
    learning_rate: Annotated[float, Field(gt=0)] = Field(0.001, description="Step size at the start.")
    schedule: Literal["constant", "cosine", "step"] = Field(
        "constant",
        description="cosine: falls to 0 along half a cosine; step: a tenth after half of the steps, a hundredth "
        "after three quarters.",
    )
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(0.0, description="Of sgd.")
    nesterov: bool = Field(False, description="Nesterov's form of sgd's momentum.")
    batch_size: Count = Field(64, description="Rows per step; an epoch's last batch may have fewer.")
    epochs: Count = Field(60, description="Passes over the training rows.")
    early_stopping: EarlyStopping | None = Field(
        None, description="Of each trial by itself, on its validation data loss; the best weights are kept."
    )
    precision: Literal["float32", "mixed_bfloat16"] = Field(
        "float32",
        description="mixed_bfloat16: weights in float32, products of matrices in bfloat16; for GPUs, slow on a CPU.",
    )
    seeds: Count = Field(3, description="Replicates: how many seeds each setting is trained with.")
    seed: Seed = Field(0, description="The replicates' seeds are seed … seed + seeds − 1.")
    memory_limit: Annotated[float, Field(gt=0)] | None = Field(
        None, description="GiB that training may use; default a quarter of what is available."
    )

    @model_validator(mode="after")
    def _momentum_belongs_to_sgd(self) -> Self:
        if self.momentum and self.optimizer != "sgd":
            received = f"optimizer {self.optimizer} with momentum {self.momentum:g}"
            raise ValueError(f"momentum: goes with optimizer sgd. Received: {received}")
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov: goes with momentum. Received: momentum 0")
        return self

    @model_validator(mode="after")
    def _metrics_are_distinct(self) -> Self:
        if len(set(self.metrics)) != len(self.metrics) and self.metrics != "auto":
            twice = next(low for low, high in pairwise(sorted(self.metrics)) if low == high)
            raise ValueError(f"metrics: every metric once. Received: {twice!r} more than once")
        return self

    @model_validator(mode="after")
    def _seeds_fit(self) -> Self:
        if self.seed + self.seeds > 2**31:
            received = f"seed {self.seed} and {self.seeds} seeds"
            raise ValueError(
                f"seed: the last, seed + seeds − 1, must be below 2147483648. Received: {received}"
            )
        return self
