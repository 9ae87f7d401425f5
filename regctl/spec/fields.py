"""The kinds of value a spec's keys take, shared by every section."""

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Frozen; unknown keys are errors; text is never read as a number; NaN and infinity are no numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Deferred:
    """Marks a key whose section is read from a module when it is needed: what is rare costs no start-up time."""

    module: str
    name: str

    def section(self) -> type[Section]:
        """The section's class."""
        found: type[Section] = getattr(import_module(self.module), self.name)
        return found


Fraction = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(ge=0, lt=1)]
Penalty = Annotated[float, Field(ge=0, le=1e30)]  # float32 ends at 3e38, and λΣθ² has to fit in it
Share = Annotated[float, Field(gt=0, le=1)]
Degree = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=1, lt=2**31)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Name = Annotated[str, Field(min_length=1)]

TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")  # files whose columns have no shape of an image

# What a model of the user's own is told, beside its options: see models/told.py.
_TOLD = (
    "lambda_",
    "lambda",
    "l1",
    "l2",
    "l1_ratio",
    "dropout",
    "input_dropout",
    "learning_rate",
    "weight_decay",
    "dropout_kind",
    "columns",
    "outputs",
    "image",
)

RUN_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
MODEL_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"
SHA256 = "^[0-9a-f]{64}$"
FINDING_CODE = "^REG[0-9]{3}$"

PATTERNS = {  # in words: what a message says instead of the pattern
    RUN_NAME: "at most 64 letters, digits, dots, dashes and underscores, with a letter or digit first",
    MODEL_NAME: "at most 64 letters, digits, dots, dashes and underscores, with a letter first",
    SHA256: "64 hexadecimal digits in lower case",
    FINDING_CODE: "a finding's code, such as REG101",
}


def is_told(name: str) -> bool:
    """Whether every model of the user's own is told something of that name: an option needs another one."""
    return name in _TOLD or re.fullmatch(r"dropout_\d+", name) is not None
