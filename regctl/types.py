"""Frozen values that travel between rooms. Imports NumPy only.

Shapes in docstrings: `n` rows, `d` design columns (columns of the prepared matrix).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]
Int64: TypeAlias = NDArray[np.int64]
Design: TypeAlias = Float32 | Float64

PART_NAMES = ("train", "validation", "test")

Severity: TypeAlias = Literal["note", "warning", "serious"]
Loss: TypeAlias = Literal["mean_squared_error", "huber", "binary_crossentropy", "categorical_crossentropy"]
EngineName: TypeAlias = Literal["fused", "exact", "keras"]


@dataclass(frozen=True)
class Finding:
    """Something a reader of the run should know, with a stable code.

    `evidence` holds the numbers the sentence rests on; `suggestion` is one sentence.
    """

    code: str
    severity: Severity
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    suggestion: str = ""


# ---- data as read -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A feature column as read. `kind` decides its preparation; `unit` comes from the spec or the data set."""

    name: str
    kind: Literal["number", "text"]
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows as read, not yet prepared.

    `values[name]` has shape `[n]`: float64 with NaN for missing (number), or object of `str` with "" for missing
    (text). `target` is float64 `[n]`, in its own unit, or the number of the row's class.
    """

    columns: tuple[Column, ...]
    values: Mapping[str, NDArray[Any]]
    target: Float64

    def __len__(self) -> int:
        return len(self.target)

    def take(self, rows: Int64) -> "Table":
        """The table of the given row positions, in that order."""
        values = {name: column[rows] for name, column in self.values.items()}
        return Table(self.columns, values, self.target[rows])


@dataclass(frozen=True)
class Target:
    """The target's name, its unit (None when unknown), and the names of class 0, 1, … (none of a regression)."""

    name: str
    unit: str | None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PartRecord:
    """Which rows of the source a part holds: `rows` are 0-based positions, `hashes` their sha256, same order."""

    rows: tuple[int, ...]
    hashes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class SplitRecord:
    """The three parts of a split, without any values: what `split.json` holds and the seal compares.

    `data_hash` is the sha256 of the source file's bytes; `method` says in words how the rows were divided. Under
    k-fold the part train holds the validation rows too, and `folds` has, for each repeat, the number of the fold that
    holds out each of its rows (−1: none), counted through all repeats.
    """

    parts: Mapping[str, PartRecord]
    data_hash: str
    method: str
    folds: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Part:
    """One part's rows.

    `blocks` is int64 `[n]`: rows that share a block are resampled together (group or time splits); None when rows are
    independent.
    """

    table: Table
    blocks: Int64 | None = None


@dataclass(frozen=True)
class FoldRows:
    """Which of the train and validation rows a fold trains on and holds out: int64 positions, ascending."""

    train: Int64
    validation: Int64


@dataclass(frozen=True)
class OpenData:
    """What training may see: the train and validation rows. The test rows are not in here, by construction.

    Under k-fold `train` holds the validation rows too, `validation` none, and `folds` says which are held out when.
    `image_shape` is height, width and channels, where the source knows that its columns are pixels.
    """

    train: Part
    validation: Part
    split: SplitRecord
    target: Target
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    folds: tuple[FoldRows, ...] = ()
    image_shape: tuple[int, int, int] | None = None

    def tables(self, fold: int | None) -> tuple[Table, Table]:
        """The rows to train on and those held out: of a fold, or of the holdout."""
        if fold is None:
            return self.train.table, self.validation.table
        rows = self.folds[fold]
        return self.train.table.take(rows.train), self.train.table.take(rows.validation)

    def targets(self, fold: int | None) -> tuple[Float64, Float64]:
        """The targets of `tables`, float64 `[n]` each."""
        if fold is None:
            return self.train.table.target, self.validation.table.target
        rows, target = self.folds[fold], self.train.table.target
        return target[rows.train], target[rows.validation]


# ---- preparation --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NumberPreparation:
    """Missing → `median`; then `(value − mean) / sd`. With `indicator`, a further 0/1 column says "was missing".

    All three numbers come from training rows only and describe the column after it was rounded to float32, which is
    what an exported model receives.
    """

    name: str
    median: float
    mean: float
    sd: float
    indicator: bool
    unit: str | None = None


@dataclass(frozen=True)
class TextPreparation:
    """One 0/1 column per level in `levels`, then one for all of `pooled` (rare levels) if there are any.

    A level seen in neither is zero everywhere. The missing value is the level "".
    """

    name: str
    levels: tuple[str, ...]
    pooled: tuple[str, ...] = ()
    unit: str | None = None


ColumnPreparation: TypeAlias = NumberPreparation | TextPreparation


# A product of powers of columns: its (column, power) pairs in order of column.
Product: TypeAlias = tuple[tuple[int, int], ...]


def product_name(product: Product, names: Sequence[str]) -> str:
    """`area^2 rooms`, as scikit-learn names it; `names` are the columns'."""
    return " ".join(names[column] if power == 1 else f"{names[column]}^{power}" for column, power in product)


@dataclass(frozen=True)
class Expansion:
    """Products of the standardised number columns, standardised again: `(Π zⱼ^pⱼ − mean) / sd`, in float64.

    A product counts the number columns from 0, and its powers sum to 2 or more. `means` and `sds` (divisor n) are those
    of the training rows.
    """

    products: tuple[Product, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]

    @property
    def factors(self) -> tuple[Int64, Int64, Int64]:
        """The q different powers, as columns `[q]` and exponents `[q]`, and the products `[T, v]` as places among them.

        A product of fewer than v powers is filled up with q, the place of a factor 1.
        """
        powers = sorted({power for product in self.products for power in product})
        place = {power: number for number, power in enumerate(powers)}
        places = np.full((len(self.products), max(map(len, self.products), default=1)), len(powers))
        for row, product in enumerate(self.products):
            places[row, : len(product)] = [place[power] for power in product]
        columns, exponents = np.array(powers, np.int64).reshape(-1, 2).T
        return columns, exponents, places


@dataclass(frozen=True)
class TargetPreparation:
    """`z = (transform(y) − mean) / sd`, fitted on training rows; with `target_scale: none`, mean 0 and sd 1.

    After a log transform, the inverse of a predicted mean is a median in the target's own unit. Of a classification, y
    is the number of a class, `classes` are their names, and nothing is scaled.
    """

    name: str
    unit: str | None
    transform: Literal["none", "log", "log10"]
    mean: float
    sd: float
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preparation:
    """How raw columns become the design matrix, and the target its scaled form. Pure numbers, fitted on train rows.

    `expansion` is a polynomial's: its products stand behind the columns' own design columns.
    """

    columns: tuple[ColumnPreparation, ...]
    target: TargetPreparation
    notes: tuple[str, ...] = ()
    expansion: Expansion | None = None

    @property
    def dtype(self) -> Literal["float32", "float64"]:
        """Of the design matrix, and of the model that is shipped behind it.

        A polynomial's columns nearly repeat each other, and what float32 rounds away is what tells them apart.
        """
        return "float32" if self.expansion is None else "float64"


@dataclass(frozen=True)
class Prepared:
    """What an engine trains on.

    `x_*` `[n, d]`, float32, or float64 of a polynomial (`Preparation.dtype`); `names` the d columns. `y_*` float32
    `[n]`: the target on the model's scale, or the number of the row's class. `row_weights` float32 `[n_train]` multiply
    the rows' losses in the objective (class weights), and never in a data loss; None is 1 for every row.
    """

    names: tuple[str, ...]
    x_train: Design
    y_train: Float32
    x_validation: Design
    y_validation: Float32
    row_weights: Float32 | None = None


# What each fold of a cohort trains on, all in one column layout; with a holdout, the one entry None.
Folds: TypeAlias = Mapping[int | None, Prepared]


# ---- trials -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Setting:
    """One point of the grid: a value for every hyperparameter that may differ between trials.

    `l1_ratio` r divides λ into λ₁ = λ·r and λ₂ = λ·(1 − r): 0 under `penalty: l2`, 1 under l1. `degree` is the
    polynomial's, `samples` the share of the training rows; these two change what a trial trains on. `rates` has a
    dropout rate for each hidden layer where they differ; `dropout` is then 0, and says nothing.
    """

    lambda_: float
    dropout: float
    input_dropout: float
    learning_rate: float
    weight_decay: float = 0.0
    l1_ratio: float = 0.0
    degree: int = 1
    samples: float = 1.0
    rates: tuple[float, ...] = ()

    def rate(self, name: str) -> float:
        """The rate of a noise layer: `input_dropout`, or `dropout_1`, `dropout_2`, … after the hidden layers."""
        if name == "input_dropout":
            return self.input_dropout
        return self.rates[int(name.removeprefix("dropout_")) - 1] if self.rates else self.dropout

    @property
    def l1(self) -> float:
        """λ₁, of Σ|θ|."""
        return self.lambda_ * self.l1_ratio

    @property
    def l2(self) -> float:
        """λ₂, of Σθ²."""
        return self.lambda_ * (1.0 - self.l1_ratio)


@dataclass(frozen=True, order=True)
class DataKey:
    """What a trial changes about the data: the polynomial's degree, and which share of the training rows it has.

    `seed` draws the share; None for all rows, which are the same for every seed.
    """

    degree: int = 1
    samples: float = 1.0
    seed: int | None = None


@dataclass(frozen=True)
class Trial:
    """One setting × one replicate. `id` is its place in the plan and in `results.csv`."""

    id: int
    setting: Setting
    seed: int
    fold: int | None = None

    @property
    def key(self) -> DataKey:
        """What it trains on."""
        return data_key(self.setting, self.seed)


def data_key(setting: Setting, seed: int) -> DataKey:
    """What a setting trains on with a seed."""
    return DataKey(setting.degree, setting.samples, seed if setting.samples < 1 else None)


@dataclass(frozen=True)
class History:
    """Data losses by epoch, float64 `[epochs]`; `train_loss` is NaN where it was not measured."""

    train_loss: Float64
    validation_loss: Float64


@dataclass(frozen=True)
class TrialResult:
    """A trained trial.

    `train_prediction` float32 `[n_train]` and `validation_prediction` float32 `[n_validation]` are the kept weights'
    outputs on the model's scale, dropout off; `[…, K]` logits for K > 2 classes, one logit for two. `weights` are the
    layers' weights in Keras's order (or None when the caller did not ask to keep them).
    `penalty` is λ₁Σ|θ| + λ₂Σθ² over kernels. `nonzero` counts kernel entries ≠ 0. Weights are float64 where they were
    solved for, and a model file rounds them. `degrees_of_freedom` is the effective number of the kernel's, the
    intercept not counted; None where it is not known.
    """

    trial: Trial
    status: Literal["done", "diverged"]
    train_prediction: Float32
    validation_prediction: Float32
    penalty: float
    nonzero: int
    epochs: int
    best_epoch: int
    history: History
    weights: tuple[Float32 | Float64, ...] | None = None
    degrees_of_freedom: float | None = None


@dataclass(frozen=True)
class Failure:
    """A trial that came to nothing: memory ran out, its process was killed, an error ended it.

    Not one that diverged: that is a result, and the same whenever it is trained again. `reason` is a clause without a
    full stop; `traceback` is text, empty where there is none.
    """

    trial: Trial
    reason: str
    traceback: str = ""


@dataclass(frozen=True)
class Exact:
    """The exact solution of a linear model: its objective on the training rows, and its validation data loss."""

    objective: float
    validation_loss: float


# ---- what is learnt from trials -----------------------------------------------------------------------------


@dataclass(frozen=True)
class CurvePoint:
    """One setting on a curve: `value` of the axis, `n` replicates that finished, mean data losses over replicates.

    `other` is the value of the second axis, None where only one is swept.

    Losses are NaN when a replicate diverged. A standard error is None when it cannot be estimated: over seeds with
    one seed, over rows with one row (or one block).
    """

    value: float
    n: int
    train_loss: float
    train_se: float | None
    validation_loss: float
    validation_se: float | None
    se_rows: float | None
    se_seeds: float | None
    other: float | None = None


@dataclass(frozen=True)
class Selection:
    """The points a curve singles out, `selected` being one of the other two.

    `one_standard_error` is None along `samples`, where neither end is the more regularized.
    """

    minimum: CurvePoint
    one_standard_error: CurvePoint | None
    selected: CurvePoint


@dataclass(frozen=True)
class Interval:
    """A number and its interval; `low` and `high` are None when no interval can be estimated."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Evaluation:
    """One model on one part (or the difference of two models): data loss and metrics with their intervals."""

    rows: int
    loss: Interval
    metrics: Mapping[str, Interval]


@dataclass(frozen=True)
class EpochEnd:
    """What a progress display may know after an epoch of a chunk: its trials, and their best validation loss."""

    epoch: int
    epochs: int
    trials: int
    best_validation_loss: float


# ---- what a noise layer does ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoiseObservation:
    """What a noise layer made of some numbers, and of a gradient.

    All arrays are float32 `[rows, places, units]`; `places` is 1 but for images, whose pixels it counts. `outputs` is
    while training, `inference` in inference mode; `upstream` is a gradient with respect to the outputs, `gradient` what
    backpropagation made of it. `draws` are the random numbers that the layer was given, None where they are Keras's
    own. `normal`: the inputs are standard normal numbers instead of the model's activations. `kind` is Keras's name.
    """

    layer: str
    kind: str
    rate: float
    inputs: Float32
    outputs: Float32
    inference: Float32
    upstream: Float32
    gradient: Float32
    draws: Float32 | None = None
    normal: bool = False
