"""The spec: what a YAML file may say, validated and frozen. A section is a class, a description a key's help.

Everything here is a value. Positions in the YAML file, overrides and paths are `loading.py`'s.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from regctl.spec import grid, tasks
from regctl.spec.fields import (
    BUILD,
    FINDING_CODE,
    HYPERPARAMETERS,
    RUN_NAME,
    SHA256,
    Count,
    Fraction,
    Name,
    Penalty,
    Rate,
    Section,
    Seed,
)
from regctl.spec.kinds import ClassName, Features, Metrics
from regctl.spec.solvers import EXACT_GOES_WITH, hindrances, other_loss
from regctl.spec.validation import KFold, Validation

MAX_TRIALS = 1_000_000


class Dataset(Section):
    """Which rows and columns."""

    source: Name = Field(
        description="A registered name (`ames`), or the path of a .csv, .csv.gz or .parquet file, relative "
        "to the spec file."
    )
    sha256: Annotated[str, Field(pattern=SHA256)] | None = Field(
        None,
        description="The source file's hash. When given, the file must have it; a run's own spec gives it.",
    )
    target: Name = Field(description="The column to predict.")
    features: Features = Field(
        "all",
        description="`all` columns that can be used (the report names the others), or a list of columns; "
        "a listed column that cannot be used is an error.",
    )
    drop: list[Name] = Field([], description="Columns to leave out.")
    units: dict[str, str] = Field({}, description="Units by column, for axes and tables.")
    positive: ClassName = Field(
        None,
        description="Of two classes, the one whose probability the model gives; default the last in sorted order.",
    )
    target_transform: Literal["none", "log", "log10"] = Field(
        "none", description="Applied to the target of a regression first."
    )
    target_scale: Literal["standardize", "none"] = Field(
        "standardize",
        description="λ acts on this scale; metrics are always in the target's own unit. Classes have none.",
    )

    @model_validator(mode="after")
    def _features_agree(self) -> Self:
        if self.features == "all":
            return self
        if self.target in self.features:
            raise ValueError(
                f"features: the target cannot be a feature too. Received: {self.target!r} as both"
            )
        if len(set(self.features)) != len(self.features):
            twice = next(low for low, high in pairwise(sorted(self.features)) if low == high)
            raise ValueError(f"features: every column once. Received: {twice!r} more than once")
        return self


class Split(Section):
    """How rows become train, validation and test. At most one of `group`, `time`, `column`."""

    train: Fraction = Field(0.6, description="Fraction of rows to train on.")
    validation: Fraction = Field(0.2, description="Fraction of rows to choose by.")
    test: Fraction = Field(0.2, description="Fraction of rows sealed until `regctl report`.")
    seed: Seed = Field(0, description="Another seed is another split.")
    stratify: Name | None = Field(
        None,
        description="A column whose levels (or deciles) get the same share of each part; default the classes.",
    )
    group: Name | None = Field(None, description="A column whose equal values never part.")
    time: Name | None = Field(
        None, description="A column to order by: train first, then validation, then test."
    )
    column: Name | None = Field(
        None,
        description="A column that says the part: train, validation, test; or true/false (1/0), where true "
        "marks training rows.",
    )

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        parts = (self.train, self.validation, self.test)
        if abs(sum(parts) - 1) > 1e-9:
            sum_ = " + ".join(f"{part:g}" for part in parts) + f" = {sum(parts):g}"
            raise ValueError(f"train + validation + test must be 1. Received: {sum_}")
        return self

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        given = [key for key in ("group", "time", "column") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(f"at most one of group, time and column. Received: {' and '.join(given)}")
        if self.stratify is not None and given:
            raise ValueError(f"stratify: cannot be combined with {given[0]}. Remove one of the two")
        return self


class Model(Section):
    """Which architecture."""

    name: Literal["linear", "mlp", "cnn", "custom"] = Field(
        "mlp",
        description="`linear` is one dense unit; `mlp` has hidden layers; `cnn` has convolutions before them; `custom` "
        "is what a function of yours builds.",
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


class Sweep(Section):
    """The grid of each axis."""

    lambda_: grid.LambdaGrid | None = Field(
        None,
        alias="lambda",
        description=f"λ values: {grid.EXPECTED}. auto, for "
        "linear models: 100 values, from the smallest λ that leaves no nonzero weight (for l2, a thousand times that "
        "of l1) down to 1e-4 of it, or 1e-2 where rows < columns.",
    )

    @field_validator("lambda_")
    @classmethod
    def _distinct(cls, value: Any) -> Any:
        if isinstance(value, list) and not grid.ascending(ordered := grid.values(value)):
            twice = next(low for low, high in pairwise(ordered) if low == high)
            raise ValueError(f"every value once. Received: {twice:g} more than once")
        return value


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


class Findings(Section):
    """Which findings to mute."""

    ignore: list[Annotated[str, Field(pattern=FINDING_CODE)]] = Field(
        [], description="Codes, such as REG101, that reports leave out."
    )


class Spec(Section):
    """One experiment."""

    name: Annotated[str, Field(pattern=RUN_NAME)] = Field(
        description="Names the run folder: letters, digits, dot, dash and underscore."
    )
    dataset: Dataset
    task: tasks.Task = Field("regression", description="What is predicted: a number, or a class.")
    split: Split = Split()
    validation: Validation = Field(
        "holdout",
        description="holdout: settings are compared on the validation rows; or {folds: K, repeats: R}: k-fold over "
        "train and validation rows together, whose fractions then only say how many rows are test.",
    )
    model: Model = Model()
    regularization: Regularization = Regularization()
    training: Training = Training()
    sweep: Sweep = Sweep()
    selection: Literal["minimum", "one_standard_error"] = Field(
        "minimum", description="Which setting is selected from the validation data."
    )
    findings: Findings = Findings()

    @property
    def k_fold(self) -> KFold | None:
        """The folds; None with a holdout."""
        return self.validation if isinstance(self.validation, KFold) else None

    @model_validator(mode="after")
    def _time_has_one_order(self) -> Self:
        if self.split.time is not None and self.k_fold is not None and self.k_fold.repeats > 1:
            raise ValueError(
                "validation.repeats: rows in order of split.time can be divided in one way only. "
                f"Received: {self.k_fold.repeats}"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _classes_have_no_scale(cls, data: Any) -> Any:
        """Under task classification, `dataset.target_scale` is none unless given."""
        dataset = data.get("dataset") if isinstance(data, dict) else None
        if not isinstance(dataset, dict) or data.get("task") != "classification":
            return data
        return {**data, "dataset": {"target_scale": "none", **dataset}}

    @model_validator(mode="after")
    def _target_suits_the_task(self) -> Self:
        dataset = self.dataset
        if self.task == "regression":
            if dataset.positive is not None:
                raise ValueError("dataset.positive: goes with task classification. Received: task regression")
        elif dataset.target_transform != "none":
            received = f"{dataset.target_transform} with task classification"
            raise ValueError(f"dataset.target_transform: goes with task regression. Received: {received}")
        elif dataset.target_scale != "none":
            raise ValueError(
                "dataset.target_scale: classes have no scale. Received: standardize. Remove it, or say none"
            )
        return self

    @model_validator(mode="after")
    def _training_suits_the_task(self) -> Self:
        task, training = self.task, self.training
        losses = ("auto", *tasks.LOSSES[task])
        if training.loss not in losses:
            expected = f"with task {task}, expected {_listed(losses)}"
            raise ValueError(f"training.loss: {expected}. Received: {training.loss}")
        others = [name for name in training.metrics if name not in tasks.METRICS[task]]
        if training.metrics != "auto" and others:
            expected = f"with task {task}, expected {_listed(tasks.METRICS[task])}"
            raise ValueError(f"training.metrics: {expected}. Received: {others[0]}")
        if training.class_weight is not None and task != "classification":
            raise ValueError(f"training.class_weight: goes with task classification. Received: task {task}")
        return self

    @model_validator(mode="after")
    def _dropout_has_a_layer(self) -> Self:
        if self.model.name == "linear" and self.regularization.dropout:
            raise ValueError(
                "regularization.dropout: acts after hidden layers, and model linear has none. "
                f"Received: {self.regularization.dropout:g}. Use input_dropout"
            )
        return self

    @model_validator(mode="after")
    def _weight_decay_belongs_to_adamw(self) -> Self:
        decay, optimizer = self.regularization.weight_decay, self.training.optimizer
        if decay and optimizer != "adamw":
            received = f"{decay:g} with optimizer {optimizer}"
            raise ValueError(f"regularization.weight_decay: goes with optimizer adamw. Received: {received}")
        return self

    @model_validator(mode="after")
    def _exact_goes_with_the_rest(self) -> Self:
        found = hindrances(self)
        if self.training.solver == "exact" and found:
            received = f"exact with {' and '.join(found)}"
            raise ValueError(f"training.solver: exact goes with {EXACT_GOES_WITH}. Received: {received}")
        return self

    @model_validator(mode="after")
    def _auto_grid_goes_with_a_linear_model(self) -> Self:
        if self.sweep.lambda_ != "auto":
            return self
        found = f"model {self.model.name}" if self.model.name != "linear" else other_loss(self)
        if found is not None:
            raise ValueError(
                "sweep.lambda: auto goes with model linear and squared loss, whose largest useful λ follows from the "
                f"data. Received: auto with {found}. Give a grid, as {{log: [1.0e-6, 1.0], points: 25}}"
            )
        return self

    @model_validator(mode="after")
    def _is_countable(self) -> Self:
        settings = 1 if self.sweep.lambda_ is None else grid.size(self.sweep.lambda_)
        folds = "" if self.k_fold is None else f" × {self.k_fold.total} folds"
        trials = settings * self.training.seeds * (1 if self.k_fold is None else self.k_fold.total)
        if trials > MAX_TRIALS:
            received = f"{settings} λ values × {self.training.seeds} seeds{folds} = {trials}"
            raise ValueError(f"training.seeds: a sweep has at most {MAX_TRIALS} trials. Received: {received}")
        return self
