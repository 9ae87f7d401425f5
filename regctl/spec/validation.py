"""How settings are compared: on one part held out, or on every fold in turn."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from regctl.spec.fields import Section

EXPECTED = "'holdout' or {folds: K, repeats: R}"


class KFold(Section):
    """k-fold cross-validation over the train and validation rows together."""

    folds: Annotated[int, Field(ge=2, le=1000)] = Field(
        description="K: every row is held out in one fold and trained on in the others; under split.time, each fold "
        "trains on the rows before it."
    )
    repeats: Annotated[int, Field(ge=1, le=1000)] = Field(
        1, description="How often the rows are divided into folds anew."
    )

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
