"""A first spec for a table of one's own: YAML with comments, to be read and changed."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from regctl.spec.resolved import yaml_text
from regctl.spec.tasks import Task
from regctl.spec.words import printable, shown

MOST_COLUMNS = 60
FEW_ROWS = 300  # below this, a fifth of the rows is too little to choose by
SOME_ROWS = 1000
_SHORTEST_NAME = 12  # of a column in the list
_LONGEST_NAME = 64  # of a spec
_STEPS = 2000  # of training that a small network needs, about
_EPOCHS = (60, 300)


@dataclass(frozen=True)
class DraftColumn:
    """A column as comments tell of it: `holds` says its type and values, `left_out` why it is no feature, if so."""

    name: str
    holds: str
    left_out: str | None = None


@dataclass(frozen=True)
class Draft:
    """What a spec for a table says.

    `file` is the spec's own name, `source` the table's path relative to it. `target_why` and `task_why` say what the
    guesses rest on. `drop` are columns to leave out, each with a reason; `dates` those that say when; `folds` is None
    for a holdout.
    """

    name: str
    file: str
    source: str
    rows: int
    columns: Sequence[DraftColumn]
    target: str
    target_why: str
    task: Task
    task_why: str
    drop: Sequence[tuple[str, str]] = ()
    dates: Sequence[str] = ()
    folds: int | None = None


def spec_name(table: str) -> str:
    """A spec's name from that of a table's file: `my table.csv.gz` → `my-table`."""
    stem = re.sub(r"(\.(csv|gz|parquet|npz))+$", "", table, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("._-")[:_LONGEST_NAME] or "table"


def draft_yaml(draft: Draft) -> str:
    """The spec with its comments. A name stands in quotes wherever YAML would read something else."""
    parts = (_head(draft), _columns(draft), _dataset(draft), _division(draft), _training(draft))
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(draft: Draft) -> list[str]:
    file = printable(quote(draft.file))
    return [
        f"# A first spec for {printable(os.path.basename(draft.source))}, written by regctl init.",
        "# Every line is yours to change; `regctl schema` describes all keys.",
        "#",
        f"#     regctl validate {file}",
        f"#     regctl sweep lambda {file}",
        "#     regctl report runs/latest      # opens the test set: the number to report, once",
        "#",
    ]


def _columns(draft: Draft) -> list[str]:
    shown_columns = draft.columns[:MOST_COLUMNS]
    width = max(_SHORTEST_NAME, *(len(shown(column.name)) for column in shown_columns))
    lines = [f"# {draft.rows:,} rows, {len(draft.columns):,} columns, as regctl reads them:", "#"]
    for column in shown_columns:
        role = " (the target)" if column.name == draft.target else ""
        left_out = "" if column.left_out is None else f"; left out: {printable(column.left_out)}"
        lines.append(f"#   {shown(column.name):{width}}  {printable(column.holds)}{role}{left_out}")
    more = len(draft.columns) - len(shown_columns)
    return [*lines, *([f"#   and {more:,} more"] if more else []), ""]


def _dataset(draft: Draft) -> list[str]:
    lines = [
        f"name: {yaml_text(draft.name)}",
        "",
        "dataset:",
        f"  source: {yaml_text(draft.source)}",
        f"  target: {yaml_text(draft.target)}    # {draft.target_why}",
        "  features: all               # every other column that can be used; the report names those that were not",
    ]
    if draft.drop:
        lines += ["  drop:", *(f"    - {yaml_text(name)}    # {printable(why)}" for name, why in draft.drop)]
    lines += ["  # units: {…: …}             # a unit for each column, for axes and tables"]
    if draft.task == "regression":
        lines += ["  target_transform: none      # log10 for what grows by factors, such as prices"]
    return [*lines, "", f"task: {draft.task:<22}  # {printable(draft.task_why)}", ""]


def _division(draft: Draft) -> list[str]:
    lines = [
        "# Rows that belong together (one customer, one patient) must not part: name their column in split.group."
    ]
    if draft.dates:
        named = ", ".join(shown(name) for name in draft.dates)
        lines.append(
            f"# If the rows to predict come later than these, order them: split.time, one of {named}."
        )
    if draft.task == "classification":
        lines.append("# Each class gets its share of every part.")
    lines += [
        "split: {train: 0.6, validation: 0.2, test: 0.2, seed: 0}    # test stays sealed until `regctl report`",
        "",
    ]
    if draft.folds is None:
        return [*lines, "validation: holdout           # or {folds: 5, repeats: 1}: k-fold, for few rows", ""]
    return [
        *lines,
        f"# With {draft.rows:,} rows, every row but the test set's takes its turn as a validation row.",
        f"validation: {{folds: {draft.folds}, repeats: 1}}",
        "",
    ]


def _training(draft: Draft) -> list[str]:
    units = "[64, 64]" if draft.rows >= SOME_ROWS else "[32, 32]"
    batch = 64 if draft.rows >= SOME_ROWS else 32
    weighing = (
        ["  class_weight: null          # or balanced: rare classes then count as much as frequent ones"]
        if draft.task == "classification"
        else []
    )
    return [
        f"model: {{name: mlp, units: {units}, activation: relu}}    # or {{name: linear}}",
        "",
        "regularization: {penalty: l2, dropout: 0.0}    # l1 makes weights exactly 0",
        "",
        "training:",
        "  optimizer: adam",
        "  learning_rate: 0.001",
        f"  batch_size: {batch}",
        f"  epochs: {_epochs(draft.rows, batch):<18}  # the report says if that was not enough",
        *weighing,
        "  seeds: 3                    # each λ is trained three times; the error bars show what seeds change",
        "  seed: 0",
        "",
        "sweep:",
        "  lambda: {log: [1.0e-6, 1.0], points: 13, zero: true}    # 13 values on the log scale, and none at all",
        "",
        "selection: minimum            # or one_standard_error: the strongest λ that is not clearly worse",
    ]


def _epochs(rows: int, batch: int) -> int:
    """As many tens of epochs as make enough steps, within bounds; 0.6 of the rows are trained on."""
    few, many = _EPOCHS
    wanted = 10 * round(_STEPS * batch / (0.6 * rows) / 10)
    return min(many, max(few, wanted))
