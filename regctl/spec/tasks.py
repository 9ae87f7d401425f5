"""What each task minimizes and measures: losses, metrics, and how many outputs a model then has."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:  # a spec is read without NumPy
    from regctl.types import Loss

Task: TypeAlias = Literal["regression", "classification"]
Metric: TypeAlias = Literal[
    "rmse",
    "mae",
    "r2",
    "accuracy",
    "balanced_accuracy",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "calibration_error",
]

LOSSES: Mapping[Task, tuple["Loss", ...]] = {
    "regression": ("mean_squared_error", "huber"),
    "classification": ("binary_crossentropy", "categorical_crossentropy"),
}
METRICS: Mapping[Task, tuple[Metric, ...]] = {
    "regression": ("rmse", "mae", "r2"),
    "classification": (
        "accuracy",
        "balanced_accuracy",
        "roc_auc",
        "pr_auc",
        "log_loss",
        "calibration_error",
    ),
}


def chosen_loss(loss: "Loss | Literal['auto']", classes: int) -> "Loss":
    """The loss that `auto` stands for, by the number of classes: 0 is a regression."""
    if loss != "auto":
        return loss
    if not classes:
        return "mean_squared_error"
    return "binary_crossentropy" if classes == 2 else "categorical_crossentropy"


def chosen_metrics(metrics: list[Metric] | Literal["auto"], task: Task) -> tuple[Metric, ...]:
    """The metrics that are recorded and reported, in the order given; `auto` is all of the task's."""
    return METRICS[task] if metrics == "auto" else tuple(metrics)


def outputs_of(loss: "Loss", classes: int) -> int:
    """How many outputs the model has: a logit per class under categorical cross-entropy, else one."""
    return classes if loss == "categorical_crossentropy" else 1


def class_name(value: str | float | bool) -> str:
    """A class as files and reports name it: `true`, `2` for 2.0, `2.5`, and a text as it stands."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else repr(float(value))
