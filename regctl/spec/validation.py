"""How settings are compared: on one part held out, or on every fold in turn."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from regctl.spec.fields import Section

MAX_FOLDS = 1000
EXPECTED = "'holdout' or {folds: K, repeats: R}"


class KFold(Section):
    """k-fold cross-validation over the train and validation rows together."""

    folds: Annotated[int, Field(ge=2, le=MAX_FOLDS)] = Field(
        description="K: every row is held out in one fold and trained on in the others; under split.time, each fold "
        "trains on the rows before it."
    )
    repeats: Annotated[int, Field(ge=1, le=MAX_FOLDS)] = Field(
        1, description="How often the rows are divided into folds anew."
    )

    @model_validator(mode="after")
    def _countable(self) -> Self:
        """Every fold has a preparation and a design of its own in memory."""
        if self.total > MAX_FOLDS:
            received = f"{self.folds} folds × {self.repeats} repeats = {self.total}"
            raise ValueError(f"repeats: at most {MAX_FOLDS} folds in all. Received: {received}")
        return self

    @property
    def total(self) -> int:
        """Folds in all repeats."""
        return self.folds * self.repeats


def _kind(value: Any) -> str | None:
    if isinstance(value, KFold | dict):
        return "<folds>"
    return "<holdout>" if value == "holdout" else None


Validation: TypeAlias = Annotated[
    Annotated[Literal["holdout"], Tag("<holdout>")] | Annotated[KFold, Tag("<folds>")],
    Discriminator(_kind, custom_error_type="kind", custom_error_message=EXPECTED),
]
