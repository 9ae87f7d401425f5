"""Which rows and columns, and how rows become train, validation and test."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from regctl.spec.fields import (
    SHA256,
    Fraction,
    Name,
    Section,
    Seed,
)
from regctl.spec.kinds import ClassName, Features


class Dataset(Section):
    """Which rows and columns."""

    source: Name = Field(
        description="A registered name (see `regctl datasets list`), or the path of a .csv, .csv.gz, .parquet or .npz "
        "file, or of a folder of IDX files (*-ubyte, *-ubyte.gz), relative to the spec file."
    )
    options: dict[str, Any] = Field(
        {}, description="Arguments of a registered data set, as {n: 40}; see `regctl datasets show`."
    )
    sha256: Annotated[str, Field(pattern=SHA256)] | None = Field(
        None,
        description="The data's hash: of the source file, of the names and hashes of a folder's files, or of the "
        "columns that a function made. When given, the data must have it; a run's own spec gives it.",
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
