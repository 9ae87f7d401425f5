"""How `tune` searches. What may be in `tune.space` is read only where there is some: `space.py`."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, PlainValidator, Tag

from regctl.spec.fields import Count, Deferred, Section

Direction: TypeAlias = Literal["min", "max"]
Tuner: TypeAlias = Literal["hyperband", "bayesian", "random", "grid"]
TunerName: TypeAlias = Literal["auto", "hyperband", "bayesian", "random", "grid"]

# What is better of each metric.
BETTER: dict[str, Direction] = {
    "loss": "min",
    "rmse": "min",
    "mae": "min",
    "r2": "max",
    "accuracy": "max",
    "balanced_accuracy": "max",
    "roc_auc": "max",
    "pr_auc": "max",
    "log_loss": "min",
    "calibration_error": "min",
}


class Objective(Section):
    """What is minimized or maximized over settings."""

    name: str = Field(description="validation_loss, the data loss, or validation_ and a metric.")
    direction: Direction = Field(description="min or max.")


def _kind(value: Any) -> str | None:
    if isinstance(value, dict | Objective):
        return "<both>"
    return "<name>" if isinstance(value, str) else None


def _space(value: Any) -> Any:
    if value is None:
        return None
    from regctl.spec.space import Space

    return Space.model_validate(value)


class Tune(Section):
    """How `tune` searches."""

    tuner: TunerName = Field(
        "auto",
        description="Keras Tuner's; auto: grid where the space has no more settings than `--trials`, bayesian of "
        "exact solutions, else hyperband.",
    )
    objective: Annotated[
        Annotated[str, Tag("<name>")] | Annotated[Objective, Tag("<both>")],
        Discriminator(
            _kind,
            custom_error_type="kind",
            custom_error_message="a name, as validation_loss, or {name: validation_rmse, direction: min}",
        ),
    ] = Field(
        "validation_loss",
        description="Of each setting, the mean over its replicates: validation_loss, the data loss, or validation_ and "
        "a recorded metric; with {name, direction} the direction is checked.",
    )
    max_epochs: Count | None = Field(
        None, description="Epochs that a setting is trained for at most; by default training.epochs."
    )
    space: Annotated[Any, PlainValidator(_space), Deferred("regctl.spec.space", "Space")] = Field(
        None,
        description="By hyperparameter {from: a, to: b}, with step: c or log: true if wanted, or {choices: [a, b]}; by "
        "default what the command's target names.",
    )

    @property
    def goal(self) -> tuple[str, Direction]:
        """The objective's name, and whether it is minimized or maximized."""
        if isinstance(self.objective, Objective):
            return self.objective.name, self.objective.direction
        return self.objective, BETTER.get(self.objective.removeprefix("validation_"), "min")
