"""The spec: what a YAML file may say, validated and frozen. A section is a class, a description a key's help.

Everything here is a value. Positions in the YAML file, overrides and paths are `loading.py`'s.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from regctl import catalog
from regctl.spec import grid, tasks
from regctl.spec.dataset import Dataset, Split
from regctl.spec.fields import (
    FINDING_CODE,
    RUN_NAME,
    TABLE_SUFFIXES,
    Section,
)
from regctl.spec.model import DENSE, LINEAR_MODELS, Model, Regularization
from regctl.spec.rates import highest, rates_problem
from regctl.spec.solvers import EXACT_GOES_WITH, hindrances, other_loss
from regctl.spec.training import Training
from regctl.spec.tuning import BETTER, Objective, Tune
from regctl.spec.validation import KFold, Validation

MAX_TRIALS = 250_000  # planned in about two seconds


class Sweep(Section):
    """The grid of each axis."""

    lambda_: grid.LambdaGrid | None = Field(
        None,
        alias="lambda",
        description=f"λ values: {grid.EXPECTED}. auto, for "
        "linear models: 100 values, from the smallest λ that leaves no nonzero weight (for l2, a thousand times that "
        "of l1) down to 1e-4 of it, or 1e-2 where rows < columns.",
    )
    degree: grid.DegreeGrid | None = Field(None, description="Degrees of a polynomial: a list, or steps.")
    dropout: grid.RateGrid | None = Field(
        None, description="Dropout rates after every hidden layer: a list, or steps, both ends included."
    )
    samples: grid.ShareGrid | None = Field(
        None,
        description="Shares of the training rows, above 0, and 1 among them; a forecast needs eight or more.",
    )
    l1_ratio: grid.RatioGrid | None = Field(
        None, description="Shares of λ that are λ₁, from 0 to 1; for `--by l1_ratio`, with penalty elastic."
    )

    @field_validator("samples")
    @classmethod
    def _ends_with_all_rows(cls, value: Any) -> Any:
        if value is not None and max(value) < 1:
            raise ValueError(
                f"expected a share of 1 among them, since the model of all training rows is shipped. Received: {value}"
            )
        return value

    @field_validator("lambda_", "degree", "dropout", "samples", "l1_ratio")
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
    tune: Tune = Tune()
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

    @model_validator(mode="before")
    @classmethod
    def _selu_goes_with_alpha_dropout(cls, data: Any) -> Any:
        """With model selu_mlp, `regularization.dropout_kind` is alpha_dropout unless given."""
        model = data.get("model") if isinstance(data, dict) else None
        regularization = data.get("regularization", {}) if isinstance(data, dict) else None
        if (
            not isinstance(model, dict)
            or model.get("name") != "selu_mlp"
            or not isinstance(regularization, dict)
        ):
            return data
        return {**data, "regularization": {"dropout_kind": "alpha_dropout", **regularization}}

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
    def _a_table_does_not_know_its_images(self) -> Self:
        source = self.dataset.source
        table = source.lower().endswith(TABLE_SUFFIXES) or source in set(catalog.DATASETS) - catalog.OF_IMAGES
        if self.model.name == "cnn" and self.model.image is None and table:
            raise ValueError("model.image: model cnn needs [height, width, channels]. Received: none")
        return self

    @model_validator(mode="after")
    def _dropout_has_a_layer(self) -> Self:
        dropout = self.regularization.dropout
        layers = self.model.dropout_layers(self.regularization.dropout_kind)
        if layers == 0 and highest(dropout):
            raise ValueError(
                f"regularization.dropout: acts after hidden layers, and model {self.model.name} has none. "
                f"Received: {highest(dropout):g}. Use input_dropout"
            )
        if layers != 0 and (problem := rates_problem(dropout, layers)) is not None:
            raise ValueError(f"regularization.dropout: {problem}")
        return self

    @model_validator(mode="after")
    def _spatial_dropout_has_a_place(self) -> Self:
        if self.regularization.dropout_kind == "spatial_dropout" and self.model.name in DENSE:
            raise ValueError(
                "regularization.dropout_kind: spatial_dropout drops whole filters of convolutions, and model "
                f"{self.model.name} has none. Use model cnn, or another kind"
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
        found = other_loss(self) if self.model.is_linear else f"model {self.model.name}"
        if found is not None:
            expected = f"model {_listed(LINEAR_MODELS)} and squared loss, whose largest useful λ follows from the data"
            raise ValueError(
                f"sweep.lambda: auto goes with {expected}. Received: auto with {found}. "
                "Give a grid, as {log: [1.0e-6, 1.0], points: 25}"
            )
        return self

    @model_validator(mode="after")
    def _objective_is_measured(self) -> Self:
        name, direction = self.tune.goal
        metrics = tasks.chosen_metrics(self.training.metrics, self.task)
        known = ["validation_loss", *(f"validation_{metric}" for metric in metrics)]
        key = "tune.objective.name" if isinstance(self.tune.objective, Objective) else "tune.objective"
        if name not in known:
            raise ValueError(f"{key}: expected {_listed(known)}. Received: {name!r}")
        better = BETTER[name.removeprefix("validation_")]
        if direction != better:
            raise ValueError(
                f"tune.objective.direction: {better} is the better end of {name}. Received: {direction}"
            )
        return self

    @model_validator(mode="after")
    def _space_suits_the_model(self) -> Self:
        if self.tune.space is not None:
            from regctl.spec.search_space import space_problem

            if (problem := space_problem(self)) is not None:
                raise ValueError(f"tune.space.{problem}")
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
